/*
 * The cache of one resource: slim objects by "namespace/name", with one secondary index.
 *
 * Written by its informers only. Objects are immutable and borrowed: valid until the loop turns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/runtime/object.h"

struct store;

typedef object_index_fn store_index_fn;

/* index is for object_new, which makes the keys; NULL = no index. */
struct store *store_new(const uint64_t seed[2], store_index_fn index);
void store_free(struct store *store);

const struct object *store_get(const struct store *store, const char *key);
/* First object of an index bucket (follow ->next, in no particular order); NULL when empty. */
const struct object *store_lookup(const struct store *store, const char *index_key);
size_t store_count(const struct store *store);
/* Walks all in no particular order: start with *cursor = 0. No change during the walk. */
bool store_next(const struct store *store, size_t *cursor, const struct object **ret_object);

/*
 * For the informer. put takes the object (of object_new, with store_index) and frees the one it
 * replaces; remove frees.
 */
void store_put(struct store *store, struct object *object);
void store_remove(struct store *store, const char *key);
/* The same, but the former object (or NULL) goes to the caller, who frees it. */
struct object *store_exchange(struct store *store, struct object *object);
struct object *store_take(struct store *store, const char *key);
struct object *store_get_mut(struct store *store, const char *key);
store_index_fn store_index(const struct store *store);
