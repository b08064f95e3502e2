/*
 * The status conditions: Ready, Reconciling and Stalled (kstatus), and one for each aspect.
 */
#pragma once

#include "llc/api/llc.h"
#include "verdict.h"

/* Fills the conditions of ret_status. */
void conditions_decide(const struct draft *draft, struct llc_status *ret_status);

/*
 * Replaces Ready and Reconciling by a failure: not ready, and will be tried again. Leaves a
 * stalled canary as it is: what a person must change comes first.
 */
void conditions_note_failure(const struct world *world, struct arena *arena,
                             struct llc_status *status, const char *reason, const char *message);
