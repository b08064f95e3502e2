/*
 * Since when the pods of a canary have had to follow another stable hash: for a histogram, nothing
 * is decided on it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lag;

struct lag *lag_new(const uint64_t seed[2]);
void lag_free(struct lag *lag);

/* A new stable hash was seen, at a time of clock_monotonic_us. */
void lag_begin(struct lag *lag, const char *key, int64_t now_us);
bool lag_since(const struct lag *lag, const char *key, int64_t *ret_us);
/* All pods follow it: what is relabelled from now on is drift. */
void lag_end(struct lag *lag, const char *key);
