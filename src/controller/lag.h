/*
 * Since when something is so, by key: the pods of a canary have to follow another stable hash, a
 * Service selects what it does. Lost with the process, which does no harm: it is for a histogram,
 * and for patience with Argo.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lag;

struct lag *lag_new(const uint64_t seed[2]);
void lag_free(struct lag *lag);

/* It is so from now on, a time of clock_monotonic_us. */
void lag_begin(struct lag *lag, const char *key, int64_t now_us);
bool lag_since(const struct lag *lag, const char *key, int64_t *ret_us);
/* It is over. */
void lag_end(struct lag *lag, const char *key);
