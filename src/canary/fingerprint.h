/*
 * What a failure is of.
 */
#pragma once

#include "llc/api/llc.h"
#include "llc/base/arena.h"

/*
 * A stable hash of the spec, without what no failure depends on, and of the resume annotation: a
 * failure stands as long as it stays the same. A valid label value; in the arena.
 */
const char *fingerprint_of(const struct llc *llc, struct arena *arena);
