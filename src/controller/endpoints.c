#include "endpoints.h"

#include "caches.h"
#include "exposition.h"

/* The loop answers: that is what "alive" means for one thread. */
static int handle_healthz(void *ctx, struct strbuf *body) {
        (void)ctx;
        strbuf_puts(body, "ok\n");
        return 200;
}

static int handle_readyz(void *ctx, struct strbuf *body) {
        const struct controller *controller = ctx;

        if (controller->draining) {
                strbuf_puts(body, "stopping\n");
                return 503;
        }
        if (controller_is_ready(controller)) {
                strbuf_puts(body, "ok\n");
                return 200;
        }
        for (int cache = 0; cache < CACHES; cache++)
                for (size_t i = 0; i < controller->n_scopes; i++)
                        if (cache_is_needed((enum controller_cache)cache) &&
                            !informer_has_synced(controller->informers[cache][i]))
                                strbuf_printf(body, "waiting for the list of %s\n",
                                              cache_name((enum controller_cache)cache));
        return 503;
}

static int handle_metrics(void *ctx, struct strbuf *body) {
        exposition_write(ctx, body);
        return 200;
}

enum { METRICS_KEEP_MS = 1000 }; /* nobody scrapes so often to learn something */

const struct httpd_route endpoints_routes[] = {
        { .path = "/healthz",
          .content_type = "text/plain; charset=utf-8",
          .handle = handle_healthz },
        { .path = "/readyz", .content_type = "text/plain; charset=utf-8", .handle = handle_readyz },
        { .path = "/metrics",
          .content_type = "text/plain; version=0.0.4; charset=utf-8",
          .handle = handle_metrics,
          .keep_ms = METRICS_KEEP_MS },
};

const unsigned endpoints_n_routes = sizeof(endpoints_routes) / sizeof(endpoints_routes[0]);
