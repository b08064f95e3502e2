#include "llc/runtime/object.h"

#include <string.h>

enum { SCRATCH_BYTES = 4096 };

static int object_check(const struct meta *meta, struct err *err) {
        if (!meta->name || !*meta->name)
                return err_set(err, ERR_INVALID, "metadata.name is missing");
        if (!meta->uid || !*meta->uid)
                return err_set(err, ERR_INVALID, "metadata.uid is missing");
        if (!meta->resource_version || !*meta->resource_version)
                return err_set(err, ERR_INVALID, "metadata.resourceVersion is missing");
        return 0;
}

static int object_fill(struct object *object, struct arena *arena, const struct json *json,
                       object_decode_fn decode, object_index_fn index, struct err *err) {
        const struct meta *meta;

        if (decode(json, arena, &object->meta, &object->value, err) < 0)
                return -1;
        meta = object->meta;
        if (object_check(meta, err) < 0)
                return -1;
        object->key = meta->namespace_ && *meta->namespace_
                              ? arena_printf(arena, "%s/%s", meta->namespace_, meta->name)
                              : meta->name;
        object->index_key = index ? index(object, arena) : NULL;
        return 0;
}

/*
 * The first pass, into an arena that is thrown away: it finds errors and the exact size of the
 * object, or 0 when that is more than the first block.
 */
static int object_measure(const struct json *json, object_decode_fn decode, object_index_fn index,
                          size_t *ret_bytes, struct err *err) {
        ARENA_CLEANUP struct arena arena = { .block_bytes = SCRATCH_BYTES };
        struct object *object = ARENA_NEW(&arena, struct object);
        uintptr_t start = (uintptr_t)object, end;

        if (object_fill(object, &arena, json, decode, index, err) < 0)
                return -1;
        /* used_bytes does not count padding; an address inside the first block does. */
        end = (uintptr_t)arena_copy(&arena, BYTES_NULL);
        *ret_bytes = end >= start && end - start < SCRATCH_BYTES ? end - start : 0;
        return 0;
}

int object_new(const struct json *json, object_decode_fn decode, object_index_fn index,
               struct object **ret_object, struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct object *object;

        if (object_measure(json, decode, index, &arena.block_bytes, err) < 0)
                return -1;
        object = ARENA_NEW(&arena, struct object);
        if (object_fill(object, &arena, json, decode, index, err) < 0)
                return -1;
        object->memory = arena.head;
        arena.head = NULL;
        *ret_object = object;
        return 0;
}

void object_free(struct object *object) {
        struct arena arena = ARENA_INIT;

        if (!object)
                return;
        arena.head = object->memory; /* the object lives in it */
        arena_deinit(&arena);
}
