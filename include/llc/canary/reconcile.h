/*
 * The decision: world in, plan out. Pure: no clock, no I/O, no memory of earlier passes.
 */
#pragma once

#include "llc/canary/plan.h"
#include "llc/canary/world.h"

/*
 * Never fails: what cannot be done is a condition in the plan's status. The plan borrows from
 * world and arena.
 */
void reconcile(const struct world *world, struct arena *arena, struct plan *ret_plan);

/*
 * Tells the truth about a plan whose actions could not all be performed: puts the first failure
 * into the status (Ready=False, Reconciling=True with a reason that says what to do, for example
 * QuotaExceeded) and decides again whether the status must be written. action is NULL when what
 * failed is the read that the plan asked for.
 *
 * Failures that pass by themselves (conflicts, throttling, no answer, already gone) say nothing
 * new: what the status says of an earlier one stays. Nor is any told while the canary is stalled
 * or being deleted. AlreadyExists is to be noted only when the pod of that name is not ours.
 */
void plan_note_failure(struct plan *plan, const struct world *world, struct arena *arena,
                       const struct action *action, const struct err *err);

/* Does the status tell such a failure, of the present generation? */
bool llc_tells_failure(const struct llc *llc);
