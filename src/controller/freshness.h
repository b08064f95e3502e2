/*
 * Read your own writes: after a write, a canary is not decided on from a cache older than it.
 *
 * For each key the newest resourceVersion of our own writes is remembered, for pods and for the
 * LongLivedCanary itself, until the informer has seen it (or has listed again since). Lost with
 * the process, which is safe: a fresh start begins with consistent lists.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/runtime/informer.h"

enum freshness_of {
        FRESHNESS_PODS,
        FRESHNESS_CANARY,
        FRESHNESS_KINDS,
};

struct freshness;

struct freshness *freshness_new(const uint64_t seed[2]);
void freshness_free(struct freshness *freshness);

/* We wrote; the answer carried this resourceVersion. */
void freshness_wrote(struct freshness *freshness, const char *key, enum freshness_of of,
                     struct bytes resource_version, const struct informer *informer);

/* Has the informer seen all that was written for key? Forgets what it has seen. */
bool freshness_caught_up(struct freshness *freshness, const char *key, enum freshness_of of,
                         const struct informer *informer);

/* Was the last answer for key, and any of them, "no"? Then somebody waits for the informer. */
bool freshness_is_awaited(const struct freshness *freshness, const char *key);

void freshness_forget(struct freshness *freshness, const char *key);
