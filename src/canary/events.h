/*
 * Which Events a new status is worth: one for every transition, none for what was told before.
 */
#pragma once

#include "llc/canary/plan.h"

/* Fills plan->events from what plan->status says and the stored status does not. */
void events_decide(struct plan *plan, const struct llc *llc, struct arena *arena);
