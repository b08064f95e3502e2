/*
 * Random delays from a seed: the same seed gives the same delays.
 */
#pragma once

#include <stdint.h>

struct jitter {
        uint64_t seed[2];
        uint64_t n_drawn;
};

struct jitter_backoff {
        int64_t min_ms, max_ms; /* before the spread */
        unsigned spread_percent;
};

/* A number in [0, bound); 0 when bound is 0. */
uint64_t jitter_below(struct jitter *jitter, uint64_t bound);

/*
 * The delay after so many failures in a row before this one: min doubled for each, at most max,
 * plus a random part of it up to the spread.
 */
int64_t jitter_delay(struct jitter *jitter, const struct jitter_backoff *backoff,
                     unsigned failures);
