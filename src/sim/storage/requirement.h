/*
 * One requirement of a label selector. Private to sim/storage.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"

enum requirement_operator {
        REQUIRE_IN, /* = and == too */
        REQUIRE_NOT_IN,
        REQUIRE_EXISTS,
        REQUIRE_ABSENT,
        REQUIRE_GREATER,
        REQUIRE_LESS,
};

struct requirement {
        const char *key;
        enum requirement_operator op;
        const char *const *values; /* GREATER, LESS: one */
        size_t n_values;
};

struct selector {
        bool nothing;
        const struct requirement *requirements; /* all must hold */
        size_t n_requirements;
};

/* Of the key and the values; ERR_INVALID in the API server's words. */
int requirement_check(const struct requirement *requirement, struct arena *arena, struct err *err);
/* value: the label's, NULL when there is none. */
bool requirement_holds(const struct requirement *requirement, const char *value);
