/*
 * Where the whole canary stands: in production's traffic, or out of it.
 */
#pragma once

#include "draft.h"

/*
 * Sets draft->stance with its reason, and draft->terminates. Asks in the plan for what must be
 * read first: what the plan says then is only what needs no reading.
 */
void stance_decide(struct draft *draft);
