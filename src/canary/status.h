/*
 * The status: what is true of the world as it was observed.
 */
#pragma once

#include "draft.h"

/* Fills plan->status and decides whether it must be written. */
void status_decide(struct draft *draft);

/* The phase that the conditions amount to. all_held: there are live pods, and all are held. */
int status_phase(const struct llc_status *status, bool all_held);

/* Does it say anything that the stored status does not? */
bool status_differs(const struct llc_status *status, const struct llc *llc);
