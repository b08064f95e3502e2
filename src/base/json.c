/*
 * A struct json is a json_object under another name: json-c is seen here only, and json.h can
 * promise what json-c leaves open (strict syntax, caps, exact integers, null apart from absent).
 */
#include "llc/base/json.h"

#include <assert.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>

#include "jsonscan.h"

const struct json_limits JSON_LIMITS_OBJECT = {
        .max_bytes = 4u << 20,
        .max_depth = 128,
        .max_nodes = 20000,
};

/* json-c's interface is not const-correct; nothing below changes what it gets this way. */
static json_object *object_of(const struct json *json) {
        union {
                const struct json *in;
                json_object *out;
        } cast = { .in = json };

        return cast.out;
}

static struct json *json_of(json_object *object) {
        return (struct json *)object;
}

/* json-c answers NULL when memory is short, and NULL would read as JSON null. */
static struct json *must(json_object *object) {
        if (!object)
                abort();
        return json_of(object);
}

int json_parse(struct bytes text, const struct json_limits *limits, struct json **ret_json,
               struct err *err) {
        json_tokener *tokener;
        json_object *object;
        enum json_tokener_error code;
        size_t depth;

        assert(limits->max_bytes < INT_MAX - 1);
        if (json_scan(text, limits, &depth, err) < 0)
                return -1;
        tokener = json_tokener_new_ex((int)depth + 1);
        if (!tokener)
                abort();
        object = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
        code = json_tokener_get_error(tokener);
        if (code == json_tokener_continue) /* a number or word at the very end */
                object = json_tokener_parse_ex(tokener, "\n", 1);
        code = json_tokener_get_error(tokener);
        json_tokener_free(tokener);
        if (code != json_tokener_success) {
                json_object_put(object);
                return err_set(err, ERR_INVALID, "JSON: %s", json_tokener_error_desc(code));
        }
        *ret_json = json_of(object);
        return 0;
}

struct json *json_new_object(void) {
        return must(json_object_new_object());
}

struct json *json_new_array(void) {
        return must(json_object_new_array());
}

struct json *json_new_string(struct bytes text) {
        assert(text.len <= INT_MAX);
        return must(json_object_new_string_len(text.ptr ? text.ptr : "", (int)text.len));
}

struct json *json_new_int(int64_t value) {
        return must(json_object_new_int64(value));
}

struct json *json_new_bool(bool value) {
        return must(json_object_new_boolean(value));
}

struct json *json_clone(const struct json *json) {
        json_object *copy = NULL;

        if (!json)
                return NULL;
        if (json_object_deep_copy(object_of(json), &copy, NULL) < 0)
                abort();
        return must(copy);
}

void json_free(struct json *json) {
        json_object_put(object_of(json));
}

void json_freep(struct json **json) {
        json_free(*json);
        *json = NULL;
}

enum json_kind json_kind(const struct json *json) {
        switch (json_object_get_type(object_of(json))) {
        case json_type_null:
                return JSON_NULL;
        case json_type_boolean:
                return JSON_BOOL;
        case json_type_int:
                return JSON_INT;
        case json_type_double:
                return JSON_DOUBLE;
        case json_type_string:
                return JSON_STRING;
        case json_type_array:
                return JSON_ARRAY;
        case json_type_object:
                return JSON_OBJECT;
        }
        return JSON_NULL;
}

const char *json_kind_name(enum json_kind kind) {
        static const char *const names[] = {
                [JSON_NULL] = "null",     [JSON_BOOL] = "bool",     [JSON_INT] = "int",
                [JSON_DOUBLE] = "double", [JSON_STRING] = "string", [JSON_ARRAY] = "array",
                [JSON_OBJECT] = "object",
        };

        return names[kind];
}

bool json_as_bool(const struct json *json) {
        assert(json_kind(json) == JSON_BOOL);
        return json_object_get_boolean(object_of(json));
}

int64_t json_as_int(const struct json *json) {
        assert(json_kind(json) == JSON_INT);
        return json_object_get_int64(object_of(json));
}

double json_as_number(const struct json *json) {
        assert(json_kind(json) == JSON_INT || json_kind(json) == JSON_DOUBLE);
        return json_object_get_double(object_of(json));
}

struct bytes json_as_string(const struct json *json) {
        assert(json_kind(json) == JSON_STRING);
        return (struct bytes){
                .ptr = json_object_get_string(object_of(json)),
                .len = (size_t)json_object_get_string_len(object_of(json)),
        };
}

size_t json_length(const struct json *json) {
        if (!json)
                return 0;
        if (json_kind(json) == JSON_ARRAY)
                return json_object_array_length(object_of(json));
        assert(json_kind(json) == JSON_OBJECT);
        return (size_t)json_object_object_length(object_of(json));
}

const struct json *json_at(const struct json *array, size_t index) {
        assert(json_kind(array) == JSON_ARRAY);
        return json_of(json_object_array_get_idx(object_of(array), index));
}

struct json *json_at_mut(struct json *array, size_t index) {
        assert(json_kind(array) == JSON_ARRAY);
        return json_of(json_object_array_get_idx(object_of(array), index));
}

void json_append(struct json *array, struct json *item) {
        assert(json_kind(array) == JSON_ARRAY);
        if (json_object_array_add(object_of(array), object_of(item)) < 0)
                abort();
}

void json_remove_at(struct json *array, size_t index) {
        assert(json_kind(array) == JSON_ARRAY && index < json_length(array));
        json_object_array_del_idx(object_of(array), index, 1);
}

void json_set_at(struct json *array, size_t index, struct json *item) {
        assert(json_kind(array) == JSON_ARRAY && index < json_length(array));
        if (json_object_array_put_idx(object_of(array), index, object_of(item)) < 0)
                abort();
}

struct json *json_take_at(struct json *array, size_t index) {
        struct json *item = json_of(json_object_get(object_of(json_at_mut(array, index))));

        json_set_at(array, index, NULL);
        return item;
}

void json_insert_at(struct json *array, size_t index, struct json *item) {
        assert(index <= json_length(array));
        json_append(array, NULL);
        for (size_t i = json_length(array) - 1; i > index; i--)
                json_set_at(array, i, json_take_at(array, i - 1));
        json_set_at(array, index, item);
}

bool json_has(const struct json *object, const char *key) {
        return json_kind(object) == JSON_OBJECT &&
               json_object_object_get_ex(object_of(object), key, NULL);
}

struct json *json_get_mut(struct json *object, const char *key) {
        json_object *value = NULL;

        if (json_kind(object) == JSON_OBJECT)
                json_object_object_get_ex(object_of(object), key, &value);
        return json_of(value);
}

const struct json *json_get(const struct json *object, const char *key) {
        return json_get_mut(json_of(object_of(object)), key);
}

void json_set(struct json *object, const char *key, struct json *value) {
        assert(json_kind(object) == JSON_OBJECT);
        if (json_object_object_add(object_of(object), key, object_of(value)) < 0)
                abort();
}

void json_set_str(struct json *object, const char *key, const char *value) {
        json_set(object, key, json_new_string(bytes_of(value)));
}

void json_set_int(struct json *object, const char *key, int64_t value) {
        json_set(object, key, json_new_int(value));
}

void json_set_bool(struct json *object, const char *key, bool value) {
        json_set(object, key, json_new_bool(value));
}

void json_remove(struct json *object, const char *key) {
        assert(json_kind(object) == JSON_OBJECT);
        json_object_object_del(object_of(object), key);
}

struct json *json_take(struct json *object, const char *key) {
        struct json *value = json_of(json_object_get(object_of(json_get(object, key))));

        json_remove(object, key);
        return value;
}

struct json *json_object_at(struct json *object, const char *key) {
        struct json *member = json_get_mut(object, key);

        if (!member) {
                member = json_new_object();
                json_set(object, key, member);
        }
        assert(json_kind(member) == JSON_OBJECT);
        return member;
}

const char *json_text_at(const struct json *object, const char *key) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_STRING ? json_as_string(value).ptr : "";
}

int64_t json_int_at(const struct json *object, const char *key, int64_t otherwise) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_INT ? json_as_int(value) : otherwise;
}

bool json_is_true_at(const struct json *object, const char *key) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_BOOL && json_as_bool(value);
}

bool json_next(const struct json *object, void **cursor, const char **ret_key,
               const struct json **ret_value) {
        struct lh_entry *entry = *cursor;

        if (json_kind(object) != JSON_OBJECT)
                return false;
        entry = entry ? lh_entry_next(entry)
                      : lh_table_head(json_object_get_object(object_of(object)));
        if (!entry)
                return false;
        *cursor = entry;
        *ret_key = lh_entry_k(entry);
        *ret_value = lh_entry_v(entry);
        return true;
}

bool json_equal(const struct json *a, const struct json *b) {
        return json_object_equal(object_of(a), object_of(b));
}

void json_write(const struct json *json, struct strbuf *out) {
        size_t len;
        const char *text = json_object_to_json_string_length(
                object_of(json), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

        if (!text)
                abort();
        strbuf_append(out, (struct bytes){ .ptr = text, .len = len });
}
