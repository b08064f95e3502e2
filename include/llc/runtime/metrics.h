/*
 * Prometheus text exposition (format 0.0.4), written on demand from the counters' owners.
 */
#pragma once

#include <stdint.h>

#include "llc/base/strbuf.h"

/* Appends "# HELP", "# TYPE" once per family, then samples of it. labels: `code="200"` or NULL. */
void metrics_family(struct strbuf *out, const char *name, const char *type, const char *help);
void metrics_sample(struct strbuf *out, const char *name, const char *labels, double value);

/* Cumulative histogram with fixed upper bounds in seconds. */
struct metrics_histogram {
        const double *bounds;
        unsigned n_bounds;
        uint64_t counts[24]; /* one more than bounds: +Inf */
        double sum;
        uint64_t count;
};

void metrics_observe(struct metrics_histogram *histogram, double seconds);
void metrics_histogram_write(struct strbuf *out, const char *name, const char *labels,
                             const struct metrics_histogram *histogram);
