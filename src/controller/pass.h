/*
 * One pass over one LongLivedCanary: observe, decide, act, report, and what becomes of the key.
 */
#pragma once

#include "controller.h"

struct pass;

/* Starts a pass for a key just taken from the queue. It ends with controller_pass_ended. */
void pass_start(struct controller *controller, const char *key);
/*
 * The Rollout has changed while the pass waits, or what is asked for: what decides on traffic does
 * not wait with it.
 */
void pass_hurry(struct pass *pass);
/* Stops without calling back: the process is ending. */
void pass_free(struct pass *pass);
