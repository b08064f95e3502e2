/*
 * The caches of the controller: which resources are watched, how they are decoded and indexed.
 */
#pragma once

#include "controller.h"

void caches_init(struct controller *controller);
void caches_deinit(struct controller *controller);

/* "longlivedcanaries", … */
const char *cache_name(enum controller_cache cache);
/* Nothing is decided before it is filled; without the others something is only not told. */
bool cache_is_needed(enum controller_cache cache);
