/*
 * One pass over one LongLivedCanary: observe, decide, act, report, and what becomes of the key.
 */
#pragma once

#include "controller.h"

struct pass;

/*
 * Starts a pass for a key just taken from the queue. It ends with controller_pass_ended.
 * only_urgent: it has a place that is kept for what decides on traffic, and does nothing else.
 */
void pass_start(struct controller *controller, const char *key, bool only_urgent);
/*
 * The Rollout has changed while the pass waits, or what is asked for: what decides on traffic does
 * not wait with it.
 */
void pass_hurry(struct pass *pass);
/* Something has changed: what was to be hurried may have waited to see it. Does not end the pass. */
void pass_see(struct pass *pass);
/* Stops without calling back: the process is ending. */
void pass_free(struct pass *pass);
