/*
 * Reads Prometheus' text format 0.0.4 more strictly than Prometheus does: what is not as we mean to
 * write it fails the test, and the line is shown.
 *
 * Each family has HELP and TYPE, in this order, once, and all of its samples right after them. No
 * series is there twice. A histogram has, for each set of labels, its buckets in ascending order,
 * cumulated, +Inf last, then its sum, then its count, which is the last bucket's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/arena.h"
#include "llc/base/map.h"

struct prometheus {
        struct arena arena;
        struct map families; /* name → its type, as text */
        struct map samples;  /* series → double */
};

void prometheus_parse(const char *text, struct prometheus *ret_parsed);
void prometheus_deinit(struct prometheus *parsed);
#define PROMETHEUS_CLEANUP __attribute__((cleanup(prometheus_deinit)))

/* The value of a series, its labels sorted by name and escaped as in the text; it must be there. */
double prometheus_value(const struct prometheus *parsed, const char *series);
bool prometheus_has(const struct prometheus *parsed, const char *series);
/* How many samples have this name, whatever their labels. */
size_t prometheus_count(const struct prometheus *parsed, const char *name);
