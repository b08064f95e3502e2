/*
 * Which objects select a pod: labels that a pod must have, by namespace and name of the object that
 * says so. A pod's change asks it, so that not every Service of a namespace is looked at.
 */
#pragma once

#include <stdint.h>

#include "llc/base/json.h"

struct selector_index;

struct selector_index *selector_index_new(const uint64_t seed[2]);
void selector_index_free(struct selector_index *index); /* NULL is fine */

/* labels: a map of texts; NULL or empty = each pod of the namespace may be meant. */
void selector_index_put(struct selector_index *index, const char *namespace_, const char *name,
                        const struct json *labels);
void selector_index_remove(struct selector_index *index, const char *namespace_, const char *name);

/* All whose labels are among these (as in struct record). fn may not put or remove. */
void selector_index_walk(const struct selector_index *index, const char *namespace_,
                         const char *labels,
                         void (*fn)(void *ctx, const char *namespace_, const char *name),
                         void *ctx);
