/*
 * The cache of one resource: slim objects by "namespace/name", with one secondary index.
 *
 * Written by its informer only. Objects are immutable and borrowed: valid until the loop turns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/api/meta.h"
#include "llc/base/arena.h"

/* One cached object; everything it points to lives in its arena. */
struct object {
        const char *key; /* "namespace/name", or "name" */
        const struct meta *meta;
        const void *value;     /* the kind's slim struct (struct pod, …) */
        bool unreadable;       /* a newer version could not be read; this is the last good copy */
        struct object *next;   /* in its index bucket */
        const char *index_key; /* NULL = not indexed */
        struct arena arena;
};

struct store;

/* The index key of an object, made in its arena; NULL = not indexed. */
typedef const char *(*store_index_fn)(const struct object *object, struct arena *arena);

struct store *store_new(const uint64_t seed[2], store_index_fn index);
void store_free(struct store *store);

const struct object *store_get(const struct store *store, const char *key);
/* First object of an index bucket (follow ->next); NULL when empty. */
const struct object *store_lookup(const struct store *store, const char *index_key);
size_t store_count(const struct store *store);
bool store_next(const struct store *store, size_t *cursor, const struct object **ret_object);

/* For the informer. put takes the object and frees the one it replaces; remove frees. */
void store_put(struct store *store, struct object *object);
void store_remove(struct store *store, const char *key);
