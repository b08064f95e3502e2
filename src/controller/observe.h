/*
 * From the caches, and what a pass has read live, to the world that a decision is made on.
 */
#pragma once

#include "controller.h"
#include "live_read.h"
#include "llc/canary/world.h"

/*
 * world.llc is NULL when there is no LongLivedCanary of that name. The world borrows from the caches
 * and from live: it is good until the loop turns.
 */
void observe(const struct controller *controller, const char *key, const struct live_read *live,
             struct arena *arena, struct world *ret_world);
