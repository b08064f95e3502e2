/*
 * What a schema says nothing of is unknown; under x-kubernetes-preserve-unknown-fields it stays, but
 * what is said there still holds further down.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/path.h"
#include "schema/schema.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

static void prune(const struct schema *schema, bool resource, struct json *value,
                  const struct path *at, struct strings *unknown);

static bool is_meta(const char *name) {
        return strcmp(name, "apiVersion") == 0 || strcmp(name, "kind") == 0 ||
               strcmp(name, "metadata") == 0;
}

static void tell(struct strings *unknown, const struct path *at) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);

        path_write(at, &text);
        strings_add(unknown, "%s", strbuf_str(&text));
}

/* The next member is known before this one may go. */
static void prune_object(const struct schema *schema, bool resource, struct json *object,
                         const struct path *at, struct strings *unknown) {
        const struct json *value, *next_value = NULL;
        const char *name, *next_name = NULL;
        void *cursor = NULL;
        bool more = json_next(object, &cursor, &next_name, &next_value);

        while (more) {
                const struct schema *member;
                struct path place;

                name = next_name;
                value = next_value;
                more = json_next(object, &cursor, &next_name, &next_value);
                if (resource && is_meta(name))
                        continue;
                place = path_member(at, name);
                member = schema ? schema_member(schema, name) : NULL;
                if (member) {
                        if (json_kind(value) == JSON_OBJECT || json_kind(value) == JSON_ARRAY)
                                prune(member, member->embedded_resource, json_get_mut(object, name),
                                      &place, unknown);
                } else if (!schema || !schema->preserve_unknown) {
                        if (unknown)
                                tell(unknown, &place);
                        json_remove(object, name);
                }
        }
}

/* Items of a list that is preserved are preserved too, whatever is said of them. */
static void prune_array(const struct schema *schema, struct json *array, const struct path *at,
                        struct strings *unknown) {
        const struct schema *items = schema ? schema->items : NULL;
        struct schema kept;

        if (schema && schema->preserve_unknown) {
                if (!items)
                        return;
                kept = *items;
                kept.preserve_unknown = true;
                items = &kept;
        }
        for (size_t i = 0; i < json_length(array); i++) {
                struct path place = path_index(at, i);

                prune(items, items && items->embedded_resource, json_at_mut(array, i), &place,
                      unknown);
        }
}

static void prune(const struct schema *schema, bool resource, struct json *value,
                  const struct path *at, struct strings *unknown) {
        switch (json_kind(value)) {
        case JSON_OBJECT:
                prune_object(schema, resource, value, at, unknown);
                break;
        case JSON_ARRAY:
                prune_array(schema, value, at, unknown);
                break;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_INT:
        case JSON_DOUBLE:
        case JSON_STRING:
                break;
        }
}

static int by_text(const void *a, const void *b) {
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void schema_prune(const struct schema *schema, struct json *value, struct strings *ret_unknown) {
        size_t before = ret_unknown ? ret_unknown->n : 0;

        prune(schema, true, value, NULL, ret_unknown);
        if (ret_unknown && ret_unknown->n > before)
                qsort(ret_unknown->items + before, ret_unknown->n - before,
                      sizeof(*ret_unknown->items), by_text);
}
