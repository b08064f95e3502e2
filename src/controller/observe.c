#include "observe.h"

#include <stdlib.h>
#include <string.h>

#include "llc/api/llc.h"
#include "llc/sys/clock.h"

static void observe_rollout(const struct controller *controller, const struct live_read *live,
                            struct arena *arena, struct world *world) {
        const char *key = arena_printf(arena, "%s/%s", world->llc->meta->namespace_,
                                       world->llc->spec->rollout_ref->name);
        const struct object *cached = store_get(controller->stores[CACHE_ROLLOUTS], key);

        if (cached) {
                world->rollout_state = WORLD_ROLLOUT_FOUND;
                world->rollout = cached->value;
                world->rollout_unreadable = cached->unreadable;
        } else if (live->rollout_read) {
                world->rollout_state = live->rollout_state;
                world->rollout = live->rollout;
        } else if (informer_no_kind(controller_informer(controller, CACHE_ROLLOUTS,
                                                        world->llc->meta->namespace_))) {
                world->rollout_state = WORLD_ROLLOUT_NO_KIND;
        } else {
                world->rollout_state = WORLD_ROLLOUT_UNKNOWN;
        }
}

/* A template that was read counts only while it is still the stable one. */
static void observe_template(const struct live_read *live, struct arena *arena,
                             struct world *world) {
        const struct rollout *rollout = world->rollout;
        const char *name;

        if (!live->replicaset_read || !rollout || !rollout->stable_rs)
                return;
        name = arena_printf(arena, "%s-%s", rollout->meta->name, rollout->stable_rs);
        if (strcmp(name, live->replicaset_name) != 0)
                return;
        world->template_state = live->template_state;
        world->replicaset = live->replicaset;
}

/*
 * One that can't be read and never could is not in the cache, but it is not missing either:
 * once anything was skipped, absence proves nothing.
 */
static void observe_service(const struct controller *controller, struct arena *arena,
                            struct world *world) {
        const char *namespace_ = world->llc->meta->namespace_;
        const struct informer *informer =
                controller_informer(controller, CACHE_SERVICES, namespace_);
        const char *name = world->rollout ? rollout_service(world->rollout) : NULL;
        const struct object *cached;
        int64_t since_us;

        if (!name)
                return;
        cached = store_get(controller->stores[CACHE_SERVICES],
                           arena_printf(arena, "%s/%s", namespace_, name));
        if (cached) {
                world->service_state = WORLD_SERVICE_FOUND;
                world->service = cached->value;
                if (lag_since(controller->service_changes, cached->key, &since_us))
                        world->service_changed_at =
                                world->now - (clock_monotonic_us() - since_us) / 1000;
        } else if (informer_has_synced(informer) && !informer_no_kind(informer) &&
                   informer_counters(informer)->unreadable == 0) {
                world->service_state = WORLD_SERVICE_MISSING;
        }
}

static void observe_pods(const struct controller *controller, const char *key, struct arena *arena,
                         struct world *world) {
        const struct object *first = store_lookup(controller->stores[CACHE_PODS], key);
        const struct pod **pods;
        size_t n = 0;

        for (const struct object *pod = first; pod; pod = pod->next)
                n++;
        pods = ARENA_NEW_ARRAY(arena, const struct pod *, n + 1);
        n = 0;
        for (const struct object *pod = first; pod; pod = pod->next)
                pods[n++] = pod->value;
        world->pods = pods;
        world->n_pods = n;
}

/* As cached, unless it has been read live in this pass and is gone. */
static const struct object *observe_canary(const struct controller *controller, const char *key,
                                           const struct live_read *live) {
        const struct object *llc = store_get(controller->stores[CACHE_LLCS], key);

        if (llc && (live->canary_gone ||
                    (live->canary_uid && strcmp(live->canary_uid, llc->meta->uid) != 0)))
                return NULL;
        return llc;
}

/*
 * A LongLivedCanary that could never be read is not in the cache, and yet it is there. Nothing is
 * lost by taking it for none: what is done without one is done to pods that have proof of having
 * been ours and no LongLivedCanary as their controller, whichever exists.
 */
void observe(const struct controller *controller, const char *key, const struct live_read *live,
             struct arena *arena, struct world *ret_world) {
        const struct object *llc = observe_canary(controller, key, live);
        struct world world = { .now = clock_wall_ms(), .template_state = WORLD_TEMPLATE_UNREAD };

        observe_pods(controller, key, arena, &world);
        if (llc) {
                world.llc = llc->value;
                world.llc_unreadable = llc->unreadable;
                world.llc_is_live = live->canary_read;
                observe_rollout(controller, live, arena, &world);
                observe_template(live, arena, &world);
                observe_service(controller, arena, &world);
                world.budgets_state = live->budgets_state;
                world.budgets = live->budgets;
                world.n_budgets = live->n_budgets;
        }
        *ret_world = world;
}
