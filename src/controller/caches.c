#include "caches.h"

#include <stdlib.h>
#include <string.h>

#include "llc/api/llc.h"
#include "llc/api/pod.h"
#include "llc/api/resource.h"
#include "llc/api/rollout.h"
#include "llc/api/service.h"
#include "llc/sys/clock.h"
#include "llc/sys/log.h"
#include "triggers.h"

static int decode_llc(const struct json *json, struct arena *arena,
                      const struct identity **ret_meta, const void **ret_value, struct err *err) {
        struct llc *llc = ARENA_NEW(arena, struct llc);

        if (desc_decode(&llc_type, json, arena, llc, err) < 0)
                return -1;
        *ret_meta = &llc->meta->identity;
        *ret_value = llc;
        return 0;
}

static int decode_rollout(const struct json *json, struct arena *arena,
                          const struct identity **ret_meta, const void **ret_value,
                          struct err *err) {
        struct rollout *rollout = ARENA_NEW(arena, struct rollout);

        if (desc_decode_foreign(&rollout_type, json, arena, rollout, err) < 0)
                return -1;
        *ret_meta = rollout->meta;
        *ret_value = rollout;
        return 0;
}

static int decode_pod(const struct json *json, struct arena *arena,
                      const struct identity **ret_meta, const void **ret_value, struct err *err) {
        struct pod *pod = ARENA_NEW(arena, struct pod);

        if (desc_decode_foreign(&pod_type, json, arena, pod, err) < 0)
                return -1;
        *ret_meta = &pod->meta->identity;
        *ret_value = pod;
        return 0;
}

static int decode_service(const struct json *json, struct arena *arena,
                          const struct identity **ret_meta, const void **ret_value,
                          struct err *err) {
        struct service *service = ARENA_NEW(arena, struct service);

        if (desc_decode_foreign(&service_type, json, arena, service, err) < 0)
                return -1;
        *ret_meta = service->meta;
        *ret_value = service;
        return 0;
}

static void log_unreadable(void *ctx, const struct decoder_item *item) {
        struct controller *controller = ctx;
        uint64_t unsaid;

        if (log_quota_take(&controller->skipped, clock_monotonic_ms(), &unsaid))
                log_line(LOG_WARN, "object skipped: it can't be read, its last good copy stays",
                         LOG_STR("error", item->error.msg), LOG_INT("unsaid", (int64_t)unsaid));
}

static void unreadable_llc(void *ctx, const struct decoder_item *item) {
        log_unreadable(ctx, item);
        trigger_unreadable_llc(ctx, item);
}

static void unreadable_rollout(void *ctx, const struct decoder_item *item) {
        log_unreadable(ctx, item);
        trigger_unreadable_rollout(ctx, item);
}

struct cache_kind {
        const struct resource *resource;
        const struct type *type;
        const char *label_selector;
        int (*decode)(const struct json *json, struct arena *arena,
                      const struct identity **ret_meta, const void **ret_value, struct err *err);
        store_index_fn index;
        void (*on_change)(void *ctx, const struct informer_change *change);
        void (*on_unreadable)(void *ctx, const struct decoder_item *item);
        bool optional;
};

static const struct cache_kind kinds[CACHES] = {
        [CACHE_LLCS] = { .resource = &RESOURCE_LLC,
                         .type = &llc_type,
                         .decode = decode_llc,
                         .index = trigger_index_llc,
                         .on_change = trigger_llc,
                         .on_unreadable = unreadable_llc },
        [CACHE_ROLLOUTS] = { .resource = &RESOURCE_ROLLOUT,
                             .type = &rollout_type,
                             .decode = decode_rollout,
                             .on_change = trigger_rollout,
                             .on_unreadable = unreadable_rollout },
        [CACHE_PODS] = { .resource = &RESOURCE_POD,
                         .type = &pod_type,
                         .label_selector = LABEL_NAME,
                         .decode = decode_pod,
                         .index = trigger_index_pod,
                         .on_change = trigger_pod,
                         .on_unreadable = log_unreadable },
        /* Perhaps we may not even list them. */
        [CACHE_SERVICES] = { .resource = &RESOURCE_SERVICE,
                             .type = &service_type,
                             .decode = decode_service,
                             .on_change = trigger_service,
                             .on_unreadable = log_unreadable,
                             .optional = true },
};

const char *cache_name(enum controller_cache cache) {
        return kinds[cache].resource->plural;
}

bool cache_is_needed(enum controller_cache cache) {
        return !kinds[cache].optional;
}

static void on_error(void *ctx, const struct err *err) {
        (void)ctx;
        log_line(LOG_WARN, "watching", LOG_STR("code", err_code_name(err->code)),
                 LOG_STR("error", err->msg));
}

/* A cache is complete, or its kind turned out to be missing: decisions may be possible now. */
static void on_synced(void *ctx) {
        struct controller *controller = ctx;

        trigger_all(controller);
        controller_wake(controller);
}

static struct informer *cache_informer(struct controller *controller, enum controller_cache cache,
                                       size_t scope, const struct projection *projection) {
        const struct cache_kind *kind = &kinds[cache];
        const struct informer_options options = {
                .loop = controller->loop,
                .client = controller->client,
                .resource = kind->resource,
                .namespace_ = controller->scopes[scope],
                .label_selector = kind->label_selector,
                .projection = projection,
                .decode = kind->decode,
                .store = controller->stores[cache],
                .on_change = kind->on_change,
                .on_unreadable = kind->on_unreadable,
                .on_error = on_error,
                .on_synced = on_synced,
                .ctx = controller,
                /* Each its own, so that they do not all come back in the same moment. */
                .consistency_interval_ms = controller->consistency_ms,
                .no_streaming = &controller->no_streaming[cache],
                .seed = { controller->seed[0] + scope, controller->seed[1] + (uint64_t)cache },
        };

        return informer_new(&options);
}

void caches_init(struct controller *controller) {
        for (int cache = 0; cache < CACHES; cache++) {
                const struct projection *projection =
                        desc_projection(kinds[cache].type, &controller->arena);

                controller->stores[cache] = store_new(controller->seed, kinds[cache].index);
                controller->informers[cache] =
                        calloc(controller->n_scopes, sizeof(struct informer *));
                for (size_t i = 0; i < controller->n_scopes; i++)
                        controller->informers[cache][i] =
                                cache_informer(controller, (enum controller_cache)cache, i,
                                               projection);
        }
}

void caches_deinit(struct controller *controller) {
        for (int cache = 0; cache < CACHES; cache++) {
                for (size_t i = 0; i < controller->n_scopes; i++)
                        informer_free(controller->informers[cache][i]);
                free(controller->informers[cache]);
                store_free(controller->stores[cache]);
        }
}
