/*
 * Whether the canary has failed: crash loops and the progress deadline. What follows from it is
 * decided elsewhere (stance.h, traffic.h).
 */
#pragma once

#include "draft.h"

/*
 * Sets draft->failure, with draft->fingerprint where it matters, and own_pod.lapsed. Asks in the
 * plan to be told at once when a failure begins or ends.
 */
void judge_decide(struct draft *draft);

/*
 * The status says so already. Until then no pod is deleted for it: a failure that only its pods
 * bear witness of would be forgotten with them, and others made to fail in their place.
 */
bool judge_is_told(const struct draft *draft);

/* A failure stands, and for it the pods are to be out of traffic, kept as they are. */
bool judge_quarantines(const struct draft *draft);
