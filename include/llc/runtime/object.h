/*
 * One cached object: a slim struct in one piece of memory of just its size.
 *
 * Immutable for everybody but its informer. Made by object_new from a projected tree; the tree is
 * not needed afterwards, so a cached kind must not have FIELD_RAW members.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/api/meta.h"
#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"

/* Everything an object points to lives in its own memory, and so does the object itself. */
struct object {
        const char *key; /* "namespace/name", or "name" */
        const struct identity *meta;
        const void *value;          /* the kind's slim struct (struct pod, …) */
        const char *index_key;      /* NULL = not indexed */
        struct object *next, *prev; /* in its index bucket; prev NULL = first */
        uint32_t mark;              /* the informer's: the last list that named it */
        bool unreadable;            /* a newer version can't be read; this is the last good copy */
};

/*
 * Decodes one projected object into the arena: *ret_meta and *ret_value live there. Must give the
 * same each time: it is called twice, first to learn the size.
 */
typedef int (*object_decode_fn)(const struct json *json, struct arena *arena,
                                const struct identity **ret_meta, const void **ret_value,
                                struct err *err);

/* The index key of an object, in the arena or in the object; NULL = not indexed. As above. */
typedef const char *(*object_index_fn)(const struct object *object, struct arena *arena);

/* index may be NULL. ERR_INVALID also when name, uid or resourceVersion is missing. */
int object_new(const struct json *json, object_decode_fn decode, object_index_fn index,
               struct object **ret_object, struct err *err);
void object_free(struct object *object);
