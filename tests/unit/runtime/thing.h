/*
 * A small kind for the tests of this room: {"metadata": {…}, "color": "red"}, indexed by
 * "namespace/color". A color that is no string can't be decoded.
 */
#pragma once

#include "llc/runtime/object.h"

struct thing {
        const char *color; /* NULL = none */
};

extern const uint64_t THING_SEED[2];

int thing_decode(const struct json *json, struct arena *arena, const struct identity **ret_meta,
                 const void **ret_value, struct err *err);
const char *thing_index(const struct object *object, struct arena *arena);

/* The JSON text of a thing, in a static buffer that each call overwrites. */
const char *thing_text(const char *name, const char *uid, const char *version, const char *color);
/* A thing in namespace "a". */
struct object *thing_new(const char *name, const char *uid, const char *version, const char *color);
const char *thing_color(const struct object *object);
