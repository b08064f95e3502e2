/*
 * From the caches, and what a pass has read live, to the world that a decision is made on.
 */
#pragma once

#include "controller.h"
#include "llc/canary/world.h"

/* What a pass has read from the API server beyond the caches; owned by the pass. */
struct live_read {
        bool rollout_read;
        enum world_rollout rollout_state;
        const struct rollout *rollout; /* when found */

        bool replicaset_read;
        char *replicaset_name;
        enum world_template template_state;
        const struct replicaset *replicaset; /* when found */

        struct json *tree; /* what replicaset borrows from */
        struct arena arena;
};

void live_read_deinit(struct live_read *live);

/*
 * false when the key has no LongLivedCanary any more. The world borrows from the caches and from
 * live: it is good until the loop turns.
 */
bool observe(const struct controller *controller, const char *key, const struct live_read *live,
             struct arena *arena, struct world *ret_world);
