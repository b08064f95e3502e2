#include "controller.h"

#include <stdlib.h>
#include <string.h>

#include "caches.h"
#include "llc/sys/clock.h"
#include "llc/sys/random.h"
#include "pass.h"

enum {
        /* More parallel writes only add latency at the API server (measured: the knee is 8). */
        MAX_WRITES_IN_FLIGHT = 8,
        /* A refused write is tried again soon enough that a mended cause shows within 10 s. */
        BACKOFF_MIN_MS = 100,
        BACKOFF_MAX_MS = 8000,
};

/* controller-runtime's. */
static const double pass_seconds_bounds[] = {
        0.005, 0.01, 0.025, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6,
        0.7,   0.8,  0.9,   1,    1.25, 1.5,  1.75, 2,    2.5, 3,    3.5, 4,    4.5, 5,
        6,     7,    8,     9,    10,   15,   20,   25,   30,  40,   50,  60,
};

static const double relabel_seconds_bounds[] = { 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5,
                                                 0.75, 1,     1.5,  2.5, 5,    10,  30,   60 };

static const char *controller_take(struct controller *controller, int64_t now,
                                   bool *ret_only_urgent) {
        size_t n = map_count(&controller->passes);

        *ret_only_urgent = n >= CONTROLLER_MAX_PASSES;
        if (n < CONTROLLER_MAX_PASSES)
                return queue_take(controller->queue, now);
        if (n < CONTROLLER_MAX_PASSES_RELABEL)
                return queue_take_urgent(controller->queue, QUEUE_RELABEL, now);
        return NULL;
}

/* Passes under way may wait to see what they did. */
static void controller_see(struct controller *controller) {
        const char *key;
        size_t cursor = 0;
        void *pass;

        while (map_next(&controller->passes, &cursor, &key, &pass))
                pass_see(pass);
}

static void controller_work(void *ctx) {
        struct controller *controller = ctx;
        int64_t now = clock_monotonic_ms();
        bool only_urgent;
        int64_t due;
        const char *key;

        controller_see(controller);
        if (controller->draining || !controller_is_ready(controller))
                return;
        while ((key = controller_take(controller, now, &only_urgent)))
                pass_start(controller, key, only_urgent);
        /* What is due already waits for a pass to end. */
        if (queue_next_due(controller->queue, &due))
                loop_timer_set(controller->work_timer, due > now ? due - now : 0);
}

void controller_wake(struct controller *controller) {
        loop_timer_set(controller->work_timer, 0);
}

struct controller *controller_new(const struct controller_options *options) {
        static const char *const all_namespaces[] = { NULL };
        struct controller *controller = calloc(1, sizeof(*controller));
        struct queue_options queue_options = {
                .backoff_min_ms = BACKOFF_MIN_MS,
                .backoff_max_ms = BACKOFF_MAX_MS,
        };

        controller->loop = options->loop;
        controller->client = options->client;
        controller->scopes = options->n_namespaces > 0 ? options->namespaces : all_namespaces;
        controller->n_scopes = options->n_namespaces > 0 ? options->n_namespaces : 1;
        controller->consistency_ms = options->consistency_ms;
        random_fill(controller->seed, sizeof(controller->seed));
        memcpy(queue_options.seed, controller->seed, sizeof(queue_options.seed));
        controller->queue = queue_new(&queue_options);
        controller->writes = writes_new(options->loop, options->client, MAX_WRITES_IN_FLIGHT);
        controller->events = events_new(controller->writes, options->hostname);
        controller->freshness = freshness_new(controller->seed);
        controller->lag = lag_new(controller->seed);
        controller->service_changes = lag_new(controller->seed);
        controller->work_timer = loop_timer_new(options->loop, controller_work, controller);
        controller->started_ms = clock_wall_ms();
        controller->counters.pass_seconds = HISTOGRAM_INIT(pass_seconds_bounds);
        controller->counters.relabel_seconds = HISTOGRAM_INIT(relabel_seconds_bounds);
        map_init(&controller->passes, controller->seed);
        caches_init(controller);
        return controller;
}

void controller_free(struct controller *controller) {
        const char *key;
        size_t cursor = 0;
        void *pass;

        if (!controller)
                return;
        writes_free(controller->writes);
        events_free(controller->events);
        while (map_next(&controller->passes, &cursor, &key, &pass))
                pass_free(pass);
        map_deinit(&controller->passes);
        caches_deinit(controller);
        loop_timer_free(controller->work_timer);
        freshness_free(controller->freshness);
        lag_free(controller->service_changes);
        lag_free(controller->lag);
        queue_free(controller->queue);
        arena_deinit(&controller->arena);
        free(controller);
}

void controller_start(struct controller *controller) {
        for (int cache = 0; cache < CACHES; cache++)
                for (size_t i = 0; i < controller->n_scopes; i++)
                        informer_start(controller->informers[cache][i]);
}

bool controller_is_ready(const struct controller *controller) {
        for (int cache = 0; cache < CACHES; cache++)
                for (size_t i = 0; i < controller->n_scopes; i++)
                        if (cache_is_needed((enum controller_cache)cache) &&
                            !informer_has_synced(controller->informers[cache][i]))
                                return false;
        return true;
}

const struct informer *controller_informer(const struct controller *controller,
                                           enum controller_cache cache, const char *namespace_) {
        for (size_t i = 0; i < controller->n_scopes; i++)
                if (!controller->scopes[i] || strcmp(controller->scopes[i], namespace_) == 0)
                        return controller->informers[cache][i];
        return controller->informers[cache][0];
}

static void controller_check_drained(struct controller *controller) {
        if (controller->draining && map_count(&controller->passes) == 0)
                controller->on_drained(controller->on_drained_ctx);
}

void controller_pass_ended(struct controller *controller, const char *key) {
        map_remove(&controller->passes, key);
        queue_done(controller->queue, key, clock_monotonic_ms());
        controller_wake(controller);
        controller_check_drained(controller);
}

void controller_drain(struct controller *controller, void (*on_drained)(void *ctx), void *ctx) {
        controller->draining = true;
        controller->on_drained = on_drained;
        controller->on_drained_ctx = ctx;
        controller_check_drained(controller);
}
