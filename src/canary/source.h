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
/* The hash to follow, or NULL. */
const char *source_stable_hash(const struct world *world);

/*
 * Fills draft->obstacle and, when pods are to be made or replaced and nothing is in the way,
 * draft->prototype. Asks in the plan for what must be read first.
 */
void source_find(struct draft *draft);
