#include "schema/cel_value.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/strbuf.h"
#include "schema/cel_time.h"

enum { MESSAGE_MAX = 512, NUMBER_TEXT_MAX = 400 };

static const struct {
        enum cel_type type;
        const char *name;
} TYPE_NAMES[] = {
        { CEL_ERROR, "error" },
        { CEL_NULL, "null_type" },
        { CEL_BOOL, "bool" },
        { CEL_INT, "int" },
        { CEL_DOUBLE, "double" },
        { CEL_STRING, "string" },
        { CEL_LIST, "list" },
        { CEL_MAP, "map" },
        { CEL_TYPE, "type" },
        { CEL_DURATION, "google.protobuf.Duration" },
        { CEL_TIMESTAMP, "google.protobuf.Timestamp" },
        { CEL_OPTIONAL, "optional_type" },
};

bool cel_charge(struct cel_run *run, size_t cost) {
        if (run->cost_left < 0)
                return false;
        run->cost_left -= cost > INT32_MAX ? INT32_MAX : (int64_t)cost;
        return run->cost_left >= 0;
}

struct cel_value cel_error(struct cel_run *run, const char *fmt, ...) {
        char message[MESSAGE_MAX];
        va_list args;

        va_start(args, fmt);
        vsnprintf(message, sizeof(message), fmt, args);
        va_end(args);
        return (struct cel_value){ .type = CEL_ERROR,
                                   .text = bytes_of(arena_strdup(run->arena, message)) };
}

struct cel_value cel_no_overload(void) {
        return (struct cel_value){ .type = CEL_ERROR, .text = bytes_of("no such overload") };
}

struct cel_value cel_bool(bool truth) {
        return (struct cel_value){ .type = CEL_BOOL, .truth = truth };
}

struct cel_value cel_int(int64_t number) {
        return (struct cel_value){ .type = CEL_INT, .number = number };
}

struct cel_value cel_double(double real) {
        return (struct cel_value){ .type = CEL_DOUBLE, .real = real };
}

struct cel_value cel_string(struct bytes text) {
        return (struct cel_value){ .type = CEL_STRING, .text = text };
}

struct cel_value cel_list(const struct cel_value *items, size_t n) {
        return (struct cel_value){ .type = CEL_LIST, .items = items, .n = n };
}

/* json keeps the text of a number, so strtod reads what was sent. */
static double real_of(const struct json *json) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(NUMBER_TEXT_MAX);

        json_write(json, &text);
        return strtod(strbuf_str(&text), NULL);
}

static struct cel_value number_of(const struct json *json, const struct schema *schema) {
        enum schema_type type = schema ? schema->type : SCHEMA_ANY;
        double real;

        if (json_kind(json) == JSON_INT)
                return type == SCHEMA_NUMBER ? cel_double((double)json_as_int(json))
                                             : cel_int(json_as_int(json));
        real = real_of(json);
        if (type == SCHEMA_INTEGER && fabs(real) < 0x1p63 && real == (double)(int64_t)real)
                return cel_int((int64_t)real);
        return cel_double(real);
}

static struct cel_value string_of(struct cel_run *run, const struct json *json,
                                  const struct schema *schema) {
        const struct json *format = schema ? json_get(schema->source, "format") : NULL;
        struct bytes text = json_as_string(json), name;

        if (!format || json_kind(format) != JSON_STRING || schema->type != SCHEMA_STRING)
                return cel_string(text);
        name = json_as_string(format);
        if (bytes_is(name, "date-time"))
                return cel_time_timestamp(run, text);
        if (bytes_is(name, "date"))
                return cel_time_timestamp(run, bytes_of(arena_printf(run->arena, "%.*sT00:00:00Z",
                                                                     (int)text.len, text.ptr)));
        if (bytes_is(name, "duration"))
                return cel_time_duration(run, text);
        if (bytes_is(name, "byte"))
                return cel_error(run, "llc-sim does not know values of format byte");
        return cel_string(text);
}

struct cel_value cel_of_json(struct cel_run *run, const struct json *json,
                             const struct schema *schema) {
        switch (json_kind(json)) {
        case JSON_NULL:
                break;
        case JSON_BOOL:
                return cel_bool(json_as_bool(json));
        case JSON_INT:
        case JSON_DOUBLE:
                return number_of(json, schema);
        case JSON_STRING:
                return string_of(run, json, schema);
        case JSON_ARRAY:
                return (struct cel_value){ .type = CEL_LIST, .json = json, .schema = schema };
        case JSON_OBJECT:
                return (struct cel_value){ .type = CEL_MAP, .json = json, .schema = schema };
        }
        return (struct cel_value){ .type = CEL_NULL };
}

const char *cel_type_name(enum cel_type type) {
        assert((size_t)type < sizeof(TYPE_NAMES) / sizeof(TYPE_NAMES[0]));
        return TYPE_NAMES[type].name;
}

bool cel_type_named(struct bytes name, enum cel_type *ret_type) {
        for (size_t i = CEL_NULL; i <= CEL_TYPE; i++) {
                if (!bytes_is(name, TYPE_NAMES[i].name))
                        continue;
                *ret_type = TYPE_NAMES[i].type;
                return true;
        }
        return false;
}

size_t cel_length(const struct cel_value *value) {
        return value->json ? json_length(value->json) : value->n;
}

struct cel_value cel_list_at(struct cel_run *run, const struct cel_value *list, size_t index) {
        if (!list->json)
                return list->items[index];
        return cel_of_json(run, json_at(list->json, index),
                           list->schema ? list->schema->items : NULL);
}

struct cel_value cel_map_keys(struct cel_run *run, const struct cel_value *map) {
        size_t n = cel_length(map), i = 0;
        struct cel_value *keys;
        const struct json *member;
        const char *name;

        if (n == 0 || !cel_charge(run, n))
                return cel_list(NULL, 0);
        keys = ARENA_NEW_ARRAY(run->arena, struct cel_value, n);
        if (map->json)
                for (void *cursor = NULL; json_next(map->json, &cursor, &name, &member);)
                        keys[i++] = cel_string(bytes_of(name));
        else
                for (; i < n; i++)
                        keys[i] = map->items[2 * i];
        return cel_list(keys, n);
}

static bool member_find(struct cel_run *run, const struct cel_value *map, const char *name,
                        struct cel_value *ret_value) {
        const struct json *member = json_get(map->json, name);

        if (!member && map->schema && schema_property(map->schema, name))
                return false; /* null: a field is absent then, a member of a map is not */
        if (!json_has(map->json, name))
                return false;
        *ret_value =
                cel_of_json(run, member, map->schema ? schema_member(map->schema, name) : NULL);
        return true;
}

bool cel_map_find(struct cel_run *run, const struct cel_value *map, const struct cel_value *key,
                  struct cel_value *ret_value) {
        if (map->json) {
                if (key->type != CEL_STRING)
                        return false;
                return member_find(run, map, arena_copy(run->arena, key->text), ret_value);
        }
        for (size_t i = 0; i < map->n; i++) {
                if (!cel_equal(run, &map->items[2 * i], key))
                        continue;
                *ret_value = map->items[2 * i + 1];
                return true;
        }
        return false;
}

/* Lists of type set or map say the same in any order. */
static bool equal_in_any_order(struct cel_run *run, const struct cel_value *a,
                               const struct cel_value *b, size_t n) {
        for (size_t i = 0; i < n; i++) {
                struct cel_value item = cel_list_at(run, a, i);
                bool found = false;

                for (size_t j = 0; j < n && !found; j++) {
                        struct cel_value other = cel_list_at(run, b, j);

                        found = cel_equal(run, &item, &other);
                }
                if (!found)
                        return false;
        }
        return true;
}

static bool lists_equal(struct cel_run *run, const struct cel_value *a, const struct cel_value *b) {
        size_t n = cel_length(a);

        if (n != cel_length(b))
                return false;
        if ((a->schema && a->schema->list != LIST_ATOMIC) ||
            (b->schema && b->schema->list != LIST_ATOMIC))
                return equal_in_any_order(run, a, b, n);
        for (size_t i = 0; i < n; i++) {
                struct cel_value item = cel_list_at(run, a, i), other = cel_list_at(run, b, i);

                if (!cel_equal(run, &item, &other))
                        return false;
        }
        return true;
}

static bool maps_equal(struct cel_run *run, const struct cel_value *a, const struct cel_value *b) {
        struct cel_value keys, key, value, other;

        if (cel_length(a) != cel_length(b))
                return false;
        keys = cel_map_keys(run, a);
        for (size_t i = 0; i < keys.n; i++) {
                key = keys.items[i];
                if (!cel_map_find(run, a, &key, &value) || !cel_map_find(run, b, &key, &other) ||
                    !cel_equal(run, &value, &other))
                        return false;
        }
        return true;
}

static bool is_number(const struct cel_value *value) {
        return value->type == CEL_INT || value->type == CEL_DOUBLE;
}

bool cel_equal(struct cel_run *run, const struct cel_value *a, const struct cel_value *b) {
        int order;

        if (!cel_charge(run, 1))
                return false;
        if (is_number(a) && is_number(b))
                return cel_compare(a, b, &order) && order == 0;
        if (a->type != b->type)
                return false;
        switch (a->type) {
        case CEL_NULL:
                return true;
        case CEL_BOOL:
                return a->truth == b->truth;
        case CEL_STRING:
                return cel_charge(run, a->text.len / 10) && bytes_equal(a->text, b->text);
        case CEL_LIST:
                return lists_equal(run, a, b);
        case CEL_MAP:
                return maps_equal(run, a, b);
        case CEL_INT:
        case CEL_TYPE:
        case CEL_DURATION:
        case CEL_TIMESTAMP:
                return a->number == b->number;
        case CEL_OPTIONAL:
                return a->n == b->n && (a->n == 0 || cel_equal(run, a->items, b->items));
        case CEL_DOUBLE:
        case CEL_ERROR:
                break;
        }
        return false;
}

/* As the API server does it: through double, also where that is not exact. */
static bool compare_reals(double a, double b, int *ret_order) {
        *ret_order = (a > b) - (a < b);
        return !isnan(a) && !isnan(b);
}

static int compare_texts(struct bytes a, struct bytes b) {
        size_t n = a.len < b.len ? a.len : b.len;
        int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

        return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool cel_compare(const struct cel_value *a, const struct cel_value *b, int *ret_order) {
        if (a->type == CEL_DOUBLE && b->type == CEL_INT)
                return compare_reals(a->real, (double)b->number, ret_order);
        if (a->type == CEL_INT && b->type == CEL_DOUBLE)
                return compare_reals((double)a->number, b->real, ret_order);
        if (a->type != b->type)
                return false;
        switch (a->type) {
        case CEL_INT:
        case CEL_DURATION:
        case CEL_TIMESTAMP:
                *ret_order = (a->number > b->number) - (a->number < b->number);
                return true;
        case CEL_DOUBLE:
                return compare_reals(a->real, b->real, ret_order);
        case CEL_STRING:
                *ret_order = compare_texts(a->text, b->text);
                return true;
        case CEL_BOOL:
                *ret_order = a->truth - b->truth;
                return true;
        case CEL_ERROR:
        case CEL_NULL:
        case CEL_LIST:
        case CEL_MAP:
        case CEL_TYPE:
        case CEL_OPTIONAL:
                break;
        }
        return false;
}
