#include "llc/runtime/object.h"

#include <assert.h>
#include <stdlib.h>

enum { SCRATCH_BYTES = 4096 };

static int object_check(const struct identity *meta, struct err *err) {
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
        const struct identity *meta;

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

/* The first pass, into memory that is thrown away: it finds errors and the size of the object. */
static int object_measure(const struct json *json, object_decode_fn decode, object_index_fn index,
                          size_t *ret_bytes, struct err *err) {
        _Alignas(ARENA_ALIGNMENT) unsigned char scratch[SCRATCH_BYTES] = { 0 };
        ARENA_CLEANUP struct arena arena = ARENA_OVER(scratch, sizeof(scratch));
        struct object *object = ARENA_NEW(&arena, struct object);

        if (object_fill(object, &arena, json, decode, index, err) < 0)
                return -1;
        *ret_bytes = arena.used_bytes;
        return 0;
}

int object_new(const struct json *json, object_decode_fn decode, object_index_fn index,
               struct object **ret_object, struct err *err) {
        struct object *object;
        struct arena arena;
        void *memory;
        size_t bytes;

        if (object_measure(json, decode, index, &bytes, err) < 0)
                return -1;
        memory = calloc(1, bytes);
        arena = ARENA_OVER(memory, bytes);
        object = ARENA_NEW(&arena, struct object);
        if (object_fill(object, &arena, json, decode, index, err) < 0) {
                arena_deinit(&arena);
                free(memory);
                return -1;
        }
        assert(!arena.head && arena.at == arena.end); /* all of it is there, and nothing else */
        *ret_object = object;
        return 0;
}

void object_free(struct object *object) {
        free(object);
}
