/*
 * Where pods come from: the Rollout, its stable hash, its stable ReplicaSet. Finds what stands in
 * the way of making a pod, or makes the prototype.
 */
#pragma once

#include "draft.h"

/* A Rollout that is there to stay. */
bool source_rollout_stays(const struct world *world);
/* Known to be gone or going: pods must leave traffic. Neither, when nothing may be concluded. */
bool source_rollout_leaves(const struct world *world);
/* As above, or scaled to zero: there are no other pods to serve, and none to come. */
bool source_rollout_is_over(const struct world *world);
/* The hash to follow, or NULL. */
const char *source_stable_hash(const struct world *world);

/* Finds what stands in the way of making a pod, but for the template. Asks for the Rollout when it
 * must be read. */
void source_find(struct draft *draft);

/*
 * How many pods of the stable ReplicaSet are ready, by a live read; 0 when it does not exist. False
 * when it was not read yet, which the plan asks for. There must be a stable hash.
 */
bool source_stable_ready(struct draft *draft, int64_t *ret_ready);

/* Will pods be made in this pass or soon? */
bool source_makes_pods(const struct draft *draft);

/*
 * Makes draft->prototype when pods are to be made and nothing is in the way: in traffic or, unless
 * the canary follows, out of it. Otherwise draft->obstacle says why not.
 */
void source_build(struct draft *draft);
