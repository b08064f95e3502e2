/*
 * What an apply would change of what others own. Private to sim/patch.
 */
#pragma once

#include "patch/writing.h"

/* The conflicts with one manager. */
struct conflict {
        const struct manager *with;
        struct strings paths;
};

struct conflicts {
        struct conflict *all; /* by the managers' names */
        size_t n, n_paths;
};

/* self: the applier. allowed: what it may take all the same. */
struct conflicts conflicts_of(const struct writing *writing, const struct comparison *comparison,
                              const struct manager *self, const struct field_set *allowed);
/* 409; returns -1. */
int conflicts_refuse(const struct conflicts *conflicts, struct refusal *refusal);
