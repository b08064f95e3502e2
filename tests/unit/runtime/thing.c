#include "thing.h"

#include <assert.h>
#include <stdio.h>

const uint64_t THING_SEED[2] = { 7, 11 };

static const char *copy(const struct json *object, const char *key, struct arena *arena) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_STRING ? arena_copy(arena, json_as_string(value)) : NULL;
}

int thing_decode(const struct json *json, struct arena *arena, const struct identity **ret_meta,
                 const void **ret_value, struct err *err) {
        const struct json *metadata = json_get(json, "metadata");
        const struct json *color = json_get(json, "color");
        struct thing *thing = ARENA_NEW(arena, struct thing);
        struct identity *meta = ARENA_NEW(arena, struct identity);

        if (color && json_kind(color) != JSON_STRING)
                return err_set(err, ERR_INVALID, "color: expected string, found %s",
                               json_kind_name(json_kind(color)));
        thing->color = copy(json, "color", arena);
        meta->name = copy(metadata, "name", arena);
        meta->namespace_ = copy(metadata, "namespace", arena);
        meta->uid = copy(metadata, "uid", arena);
        meta->resource_version = copy(metadata, "resourceVersion", arena);
        *ret_meta = meta;
        *ret_value = thing;
        return 0;
}

const char *thing_color(const struct object *object) {
        const struct thing *thing = object->value;

        return thing->color;
}

const char *thing_index(const struct object *object, struct arena *arena) {
        const char *color = thing_color(object);

        return color ? arena_printf(arena, "%s/%s", object->meta->namespace_, color) : NULL;
}

const char *thing_text(const char *name, const char *uid, const char *version, const char *color) {
        static char text[1024];

        snprintf(text, sizeof(text),
                 "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"a\",\"uid\":\"%s\","
                 "\"resourceVersion\":\"%s\"},\"color\":%s%s%s}",
                 name, uid, version, color ? "\"" : "", color ? color : "null", color ? "\"" : "");
        return text;
}

struct object *thing_new(const char *name, const char *uid, const char *version,
                         const char *color) {
        JSON_CLEANUP struct json *json = NULL;
        struct object *object = NULL;
        struct err err;
        int r;

        r = json_parse(bytes_of(thing_text(name, uid, version, color)), &JSON_LIMITS_OBJECT, &json,
                       &err);
        assert(r == 0);
        r = object_new(json, thing_decode, thing_index, &object, &err);
        assert(r == 0);
        (void)r;
        return object;
}
