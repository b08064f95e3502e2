#include "schema/lists.h"

#include <stdlib.h>

#include "llc/base/map.h"
#include "schema/path.h"

enum { TEXT_MAX = 1 << 20 };

static void check(const struct schema *schema, const struct json *value, const struct path *at,
                  struct field_errors *errors);

const struct json *list_find(const struct schema *list, const struct json *array,
                             const struct json *item) {
        if (json_kind(array) != JSON_ARRAY || json_kind(item) != JSON_OBJECT)
                return NULL;
        for (size_t i = 0; i < json_length(array); i++) {
                const struct json *other = json_at(array, i);
                size_t k = 0;

                if (json_kind(other) != JSON_OBJECT)
                        continue;
                while (k < list->n_list_keys && json_equal(json_get(item, list->list_keys[k]),
                                                           json_get(other, list->list_keys[k])))
                        k++;
                if (k == list->n_list_keys)
                        return other;
        }
        return NULL;
}

static void tell(const struct path *list, size_t index, enum field_error_type type,
                 const struct json *value, const char *detail, struct field_errors *errors) {
        struct strbuf field STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        struct path at = path_index(list, index);

        path_write(&at, &field);
        if (value)
                field_error_add(errors, type, strbuf_str(&field), value, "%s", detail);
        else
                field_error_add_shown(errors, type, strbuf_str(&field), "null", "%s", detail);
}

static uint64_t hash_of(const struct json *value) {
        static const uint64_t seed[2] = { 0x6c6c632d73696d21, 0x6b65797365747321 };
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        if (json_kind(value) == JSON_STRING)
                return siphash13(json_as_string(value).ptr, json_as_string(value).len, seed);
        json_write(value, &text);
        return siphash13(text.data, text.len, seed);
}

/* What tells an item from others: itself in a set, an object of its keys in a map. */
static struct json *key_of(const struct schema *list, const struct json *item) {
        struct json *key = json_new_object();

        for (size_t i = 0; i < list->n_list_keys; i++)
                if (json_has(item, list->list_keys[i]))
                        json_set(key, list->list_keys[i],
                                 json_clone(json_get(item, list->list_keys[i])));
        return key;
}

/* A value that is there more than twice is told of once, where it comes the second time. */
static void tell_doubles(const struct json *keys, const struct path *at,
                         struct field_errors *errors) {
        size_t n = json_length(keys);
        uint64_t *hashes = calloc(n, sizeof(*hashes));

        if (!hashes)
                abort();
        for (size_t i = 0; i < n; i++) {
                size_t times = 0;

                hashes[i] = hash_of(json_at(keys, i));
                for (size_t k = 0; k < i && times < 2; k++)
                        if (hashes[k] == hashes[i] &&
                            json_equal(json_at(keys, k), json_at(keys, i)))
                                times++;
                if (times == 1)
                        tell(at, i, FIELD_ERROR_DUPLICATE, json_at(keys, i), "", errors);
        }
        free(hashes);
}

static void check_map(const struct schema *schema, const struct json *array, const struct path *at,
                      struct field_errors *errors) {
        struct json *keys JSON_CLEANUP = json_new_array();

        for (size_t i = 0; i < json_length(array); i++) {
                const struct json *item = json_at(array, i);

                if (item && json_kind(item) != JSON_OBJECT) {
                        tell(at, i, FIELD_ERROR_INVALID, item,
                             "must be an object for an array of list-type map", errors);
                        return;
                }
                json_append(keys, key_of(schema, item));
        }
        tell_doubles(keys, at, errors);
}

/* The usual map: one key, a text, in few items; nothing is copied for it. */
static bool is_plainly_unique(const struct schema *schema, const struct json *array) {
        size_t n = json_length(array);

        if (n > 64 || (schema->list == LIST_MAP && schema->n_list_keys != 1))
                return false;
        for (size_t i = 0; i < n; i++) {
                const struct json *key = json_at(array, i);

                if (schema->list == LIST_MAP)
                        key = json_get(key, schema->list_keys[0]);
                if (json_kind(key) != JSON_STRING)
                        return false;
                for (size_t k = 0; k < i; k++) {
                        const struct json *other = json_at(array, k);

                        if (schema->list == LIST_MAP)
                                other = json_get(other, schema->list_keys[0]);
                        if (bytes_equal(json_as_string(key), json_as_string(other)))
                                return false;
                }
        }
        return true;
}

static void check_array(const struct schema *schema, const struct json *array,
                        const struct path *at, struct field_errors *errors) {
        if (schema->list != LIST_ATOMIC && !is_plainly_unique(schema, array)) {
                if (schema->list == LIST_MAP)
                        check_map(schema, array, at, errors);
                else if (json_length(array) > 1)
                        tell_doubles(array, at, errors);
        }
        for (size_t i = 0; schema->items && i < json_length(array); i++) {
                struct path place = path_index(at, i);

                check(schema->items, json_at(array, i), &place, errors);
        }
}

static void check(const struct schema *schema, const struct json *value, const struct path *at,
                  struct field_errors *errors) {
        const struct json *member;
        const char *name;
        void *cursor = NULL;

        if (json_kind(value) == JSON_ARRAY)
                check_array(schema, value, at, errors);
        while (json_next(value, &cursor, &name, &member)) {
                const struct schema *property = schema_property(schema, name);
                struct path place = property ? path_member(at, name) : path_key(at, name);

                if (json_kind(member) != JSON_ARRAY && json_kind(member) != JSON_OBJECT)
                        continue;
                if (property || schema->additional)
                        check(property ? property : schema->additional, member, &place, errors);
        }
}

void lists_check(const struct schema *schema, const struct json *value,
                 struct field_errors *errors) {
        check(schema, value, NULL, errors);
}
