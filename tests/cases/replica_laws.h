/*
 * What every plan's creates and deletes must keep to, whatever the world.
 */
#pragma once

#include "llc/canary/plan.h"
#include "llc/canary/world.h"

/* The law that the plan breaks, or NULL. There is a LongLivedCanary. */
const char *replica_laws_broken(const struct world *world, const struct plan *plan);
