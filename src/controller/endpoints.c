#include "endpoints.h"

#include <stdio.h>

#include "caches.h"
#include "llc/runtime/metrics.h"
#include "llc/sys/log.h"

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
                        if (!informer_has_synced(controller->informers[cache][i]))
                                strbuf_printf(body, "waiting for the list of %s\n",
                                              cache_name((enum controller_cache)cache));
        return 503;
}

static void write_reconcile(const struct controller *controller, struct strbuf *out) {
        static const char *const labels[RESULTS] = {
                [RESULT_SUCCESS] = "controller=\"longlivedcanary\",result=\"success\"",
                [RESULT_REQUEUE] = "controller=\"longlivedcanary\",result=\"requeue\"",
                [RESULT_REQUEUE_AFTER] = "controller=\"longlivedcanary\",result=\"requeue_after\"",
                [RESULT_ERROR] = "controller=\"longlivedcanary\",result=\"error\"",
        };

        metrics_family(out, "controller_runtime_reconcile_total", "counter",
                       "Passes over a LongLivedCanary, by result.");
        for (int i = 0; i < RESULTS; i++)
                metrics_sample(out, "controller_runtime_reconcile_total", labels[i],
                               (double)controller->counters.results[i]);
        metrics_family(out, "controller_runtime_reconcile_time_seconds", "histogram",
                       "How long a pass took, its requests included.");
        metrics_histogram_write(out, "controller_runtime_reconcile_time_seconds",
                                "controller=\"longlivedcanary\"",
                                &controller->counters.pass_seconds);
        metrics_family(out, "controller_runtime_active_workers", "gauge", "Passes under way.");
        metrics_sample(out, "controller_runtime_active_workers", "controller=\"longlivedcanary\"",
                       (double)map_count(&controller->passes));
        metrics_family(out, "workqueue_depth", "gauge", "Keys that wait, due or not.");
        metrics_sample(out, "workqueue_depth", "name=\"longlivedcanary\"",
                       (double)queue_depth(controller->queue));
        metrics_family(out, "llc_relabels_total", "counter",
                       "Pods whose hash label was moved to the stable ReplicaSet's.");
        metrics_sample(out, "llc_relabels_total", NULL, (double)controller->counters.relabels);
}

static void write_requests(const struct controller *controller, struct strbuf *out) {
        const struct client_counters *counters = client_counters(controller->client);
        char label[32];

        metrics_family(out, "rest_client_requests_total", "counter",
                       "Requests to the API server, by HTTP status; <error> = no answer.");
        for (int code = 0; code < 600; code++) {
                if (counters->by_code[0][code] == 0)
                        continue;
                if (code == 0)
                        snprintf(label, sizeof(label), "code=\"<error>\"");
                else
                        snprintf(label, sizeof(label), "code=\"%d\"", code);
                metrics_sample(out, "rest_client_requests_total", label,
                               (double)counters->by_code[0][code]);
        }
        metrics_family(out, "llc_writes_pending", "gauge", "Writes that wait or are in flight.");
        metrics_sample(out, "llc_writes_pending", NULL, (double)writes_pending(controller->writes));
        metrics_family(out, "llc_log_lines_dropped_total", "counter",
                       "Log lines that stderr did not take in time.");
        metrics_sample(out, "llc_log_lines_dropped_total", NULL, (double)log_dropped());
}

struct cache_metric {
        const char *name, *type, *help;
        double (*value)(const struct informer_counters *counters);
};

static double count_lists(const struct informer_counters *counters) {
        return (double)counters->lists;
}

static double count_watches(const struct informer_counters *counters) {
        return (double)counters->watches;
}

static double count_events(const struct informer_counters *counters) {
        return (double)counters->events;
}

static double count_unreadable(const struct informer_counters *counters) {
        return (double)counters->unreadable;
}

static const struct cache_metric cache_metrics[] = {
        { "llc_cache_lists_total", "counter", "Complete lists of a resource.", count_lists },
        { "llc_cache_watches_total", "counter", "Watches begun on a resource.", count_watches },
        { "llc_cache_events_total", "counter", "Watch events of a resource.", count_events },
        { "llc_cache_unreadable_total", "counter", "Objects of a resource that could not be read.",
          count_unreadable },
};

static void write_caches(const struct controller *controller, struct strbuf *out) {
        char label[64];

        metrics_family(out, "llc_cache_objects", "gauge", "Objects in the cache of a resource.");
        for (int cache = 0; cache < CACHES; cache++) {
                snprintf(label, sizeof(label), "resource=\"%s\"",
                         cache_name((enum controller_cache)cache));
                metrics_sample(out, "llc_cache_objects", label,
                               (double)store_count(controller->stores[cache]));
        }
        for (size_t m = 0; m < sizeof(cache_metrics) / sizeof(cache_metrics[0]); m++) {
                const struct cache_metric *metric = &cache_metrics[m];

                metrics_family(out, metric->name, metric->type, metric->help);
                for (int cache = 0; cache < CACHES; cache++) {
                        double sum = 0;

                        for (size_t i = 0; i < controller->n_scopes; i++)
                                sum += metric->value(
                                        informer_counters(controller->informers[cache][i]));
                        snprintf(label, sizeof(label), "resource=\"%s\"",
                                 cache_name((enum controller_cache)cache));
                        metrics_sample(out, metric->name, label, sum);
                }
        }
}

static int handle_metrics(void *ctx, struct strbuf *body) {
        const struct controller *controller = ctx;

        write_reconcile(controller, body);
        write_requests(controller, body);
        write_caches(controller, body);
        return 200;
}

const struct httpd_route endpoints_routes[] = {
        { "/healthz", "text/plain; charset=utf-8", handle_healthz },
        { "/readyz", "text/plain; charset=utf-8", handle_readyz },
        { "/metrics", "text/plain; version=0.0.4; charset=utf-8", handle_metrics },
};

const unsigned endpoints_n_routes = sizeof(endpoints_routes) / sizeof(endpoints_routes[0]);
