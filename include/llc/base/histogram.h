/*
 * Counts of measured values between fixed bounds, as Prometheus wants them. Allocates nothing.
 */
#pragma once

#include <stdint.h>

enum { HISTOGRAM_BOUNDS_MAX = 40 };

struct histogram {
        const double *bounds; /* upper ones, ascending; borrowed, usually static */
        unsigned n_bounds;
        uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1]; /* each for itself; the last one is +Inf */
        double sum;
        uint64_t count;
};

/* Of an array of bounds. */
#define HISTOGRAM_INIT(array)                                                                      \
        ((struct histogram){ .bounds = (array), .n_bounds = sizeof(array) / sizeof((array)[0]) })

/* A value that equals a bound counts below it. */
void histogram_observe(struct histogram *histogram, double value);
