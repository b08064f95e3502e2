/*
 * What every plan must keep to, whatever the world.
 */
#pragma once

#include "llc/canary/plan.h"
#include "llc/canary/world.h"

/* The law that the plan breaks, or NULL. */
const char *laws_broken(const struct world *world, const struct plan *plan);
