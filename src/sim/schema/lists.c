#include "schema/lists.h"

#include <stdlib.h>
#include <string.h>

#include "schema/path.h"
#include "schema/shown.h"

enum { TEXT_MAX = 1 << 20 };

struct keyed {
        const char *text;
        size_t index;
};

static void check(const struct schema *schema, const struct json *value, const struct path *at,
                  struct field_errors *errors);

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

/* Numbers are the same in an object or array as they are written, elsewhere as they are. */
static const char *text_of(const struct json *value, struct arena *arena) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        if (json_kind(value) == JSON_OBJECT || json_kind(value) == JSON_ARRAY)
                shown_json(value, &text);
        else
                json_write(value, &text);
        return arena_copy(arena, strbuf_bytes(&text));
}

static int by_text(const void *a, const void *b) {
        const struct keyed *one = a, *other = b;
        int order = strcmp(one->text, other->text);

        return order != 0 ? order : (one->index > other->index) - (one->index < other->index);
}

static int by_index(const void *a, const void *b) {
        const size_t *one = a, *other = b;

        return (*one > *other) - (*one < *other);
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
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        size_t n = json_length(keys), n_doubles = 0;
        struct keyed *sorted = ARENA_NEW_ARRAY(&arena, struct keyed, n + 1);
        size_t *doubles = ARENA_NEW_ARRAY(&arena, size_t, n + 1);

        for (size_t i = 0; i < n; i++)
                sorted[i] = (struct keyed){ text_of(json_at(keys, i), &arena), i };
        qsort(sorted, n, sizeof(*sorted), by_text);
        for (size_t i = 1; i < n; i++)
                if (strcmp(sorted[i].text, sorted[i - 1].text) == 0 &&
                    (i == 1 || strcmp(sorted[i].text, sorted[i - 2].text) != 0))
                        doubles[n_doubles++] = sorted[i].index;
        qsort(doubles, n_doubles, sizeof(*doubles), by_index);
        for (size_t i = 0; i < n_doubles; i++)
                tell(at, doubles[i], FIELD_ERROR_DUPLICATE, json_at(keys, doubles[i]), "", errors);
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
