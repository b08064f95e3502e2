/*
 * How long to wait after a failure: twice as long each time, with jitter, until something has
 * worked. Time and random are arguments.
 * Source: client-go's Reflector, see docs/client-go.md.
 */
#pragma once

#include <stdbool.h>

#include "jitter.h"

struct backoff {
        bool unreachable;  /* the last failure was that there was no connection */
        unsigned failures; /* in a row, all of them unreachable or none */
        int64_t until_ms;  /* the end of the last wait */
};

struct backoff_failure {
        bool has_worked; /* before it failed */
        bool unreachable;
        bool no_kind;
        int64_t retry_after_ms; /* that the server asked for, a minute at most; 0 = it did not */
};

/* How long to wait from now on. */
int64_t backoff_next(struct backoff *backoff, struct jitter *jitter,
                     const struct backoff_failure *failure, int64_t now_ms);
