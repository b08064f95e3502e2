/*
 * Members of an object that may be anything: what is completed has not been checked yet, so a member
 * of another kind counts as absent.
 */
#pragma once

#include "llc/base/json.h"

static inline const struct json *member_of_kind(const struct json *object, const char *key,
                                                enum json_kind kind) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == kind ? value : NULL;
}

/* NULL has length 0. */
static inline const struct json *member_array(const struct json *object, const char *key) {
        return member_of_kind(object, key, JSON_ARRAY);
}

static inline const struct json *member_object(const struct json *object, const char *key) {
        return member_of_kind(object, key, JSON_OBJECT);
}

static inline struct json *member_array_mut(struct json *object, const char *key) {
        return member_array(object, key) ? json_get_mut(object, key) : NULL;
}

static inline struct json *member_object_mut(struct json *object, const char *key) {
        return member_object(object, key) ? json_get_mut(object, key) : NULL;
}

/* Made when absent; NULL when something else is there or object is no object. */
static inline struct json *member_object_made(struct json *object, const char *key) {
        if (json_kind(object) != JSON_OBJECT)
                return NULL;
        if (!json_get(object, key))
                json_set(object, key, json_new_object());
        return member_object_mut(object, key);
}

static inline void member_default(struct json *object, const char *key, const char *value) {
        if (json_kind(object) == JSON_OBJECT && !json_get(object, key))
                json_set_str(object, key, value);
}
