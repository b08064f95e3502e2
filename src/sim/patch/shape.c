#include "patch/shape.h"

#include <stdio.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof(*(array)))

/* What every object's metadata is, whatever the schema of its kind says of it. */
static const struct schema TEXT = { .type = SCHEMA_STRING };
static const struct schema NUMBER = { .type = SCHEMA_INTEGER };
static const struct schema TEXTS = { .type = SCHEMA_OBJECT, .additional = &TEXT };
static const struct schema OWNER = { .type = SCHEMA_OBJECT,
                                     .preserve_unknown = true,
                                     .map_atomic = true };
static const char *const OWNER_KEYS[] = { "uid" };
static const struct schema OWNERS = { .type = SCHEMA_ARRAY,
                                      .items = &OWNER,
                                      .list = LIST_MAP,
                                      .list_keys = OWNER_KEYS,
                                      .n_list_keys = N(OWNER_KEYS) };
static const struct schema TEXT_SET = { .type = SCHEMA_ARRAY, .items = &TEXT, .list = LIST_SET };
static const struct schema MANAGERS = { .type = SCHEMA_ARRAY };

static const struct schema_property METADATA_FIELDS[] = {
        { .name = "annotations", .schema = &TEXTS },
        { .name = "creationTimestamp", .schema = &TEXT },
        { .name = "deletionGracePeriodSeconds", .schema = &NUMBER },
        { .name = "deletionTimestamp", .schema = &TEXT },
        { .name = "finalizers", .schema = &TEXT_SET },
        { .name = "generateName", .schema = &TEXT },
        { .name = "generation", .schema = &NUMBER },
        { .name = "labels", .schema = &TEXTS },
        { .name = "managedFields", .schema = &MANAGERS },
        { .name = "name", .schema = &TEXT },
        { .name = "namespace", .schema = &TEXT },
        { .name = "ownerReferences", .schema = &OWNERS },
        { .name = "resourceVersion", .schema = &TEXT },
        { .name = "selfLink", .schema = &TEXT },
        { .name = "uid", .schema = &TEXT },
};
static const struct schema METADATA = { .type = SCHEMA_OBJECT,
                                        .properties = METADATA_FIELDS,
                                        .n_properties = N(METADATA_FIELDS) };

enum shape shape_of(const struct schema *schema, const struct json *value) {
        if (schema && schema->type == SCHEMA_OBJECT)
                return SHAPE_MAP;
        if (schema && schema->type == SCHEMA_ARRAY)
                return SHAPE_LIST;
        if (schema && schema->type != SCHEMA_ANY)
                return SHAPE_SCALAR;
        switch (json_kind(value)) {
        case JSON_NULL:
        case JSON_OBJECT:
                return SHAPE_MAP;
        case JSON_ARRAY:
                return SHAPE_LIST;
        case JSON_BOOL:
        case JSON_INT:
        case JSON_DOUBLE:
        case JSON_STRING:
                break;
        }
        return SHAPE_SCALAR;
}

/* A list's keys; without a list type the keys of strategic merging are it. */
static bool is_unsaid(const struct schema *list) {
        return list->list == LIST_ATOMIC && list->merge &&
               !json_has(list->source, "x-kubernetes-list-type");
}

bool shape_is_atomic(const struct schema *schema, enum shape shape) {
        switch (shape) {
        case SHAPE_MAP:
                return schema && schema->map_atomic;
        case SHAPE_LIST:
                return !schema || (schema->list == LIST_ATOMIC && !is_unsaid(schema));
        case SHAPE_SCALAR:
                break;
        }
        return true;
}

static const struct schema *meta_member(const struct schema *found, const char *name) {
        if (strcmp(name, "metadata") == 0)
                return found && found->n_properties > 0 ? found : &METADATA;
        return strcmp(name, "apiVersion") == 0 || strcmp(name, "kind") == 0 ? &TEXT : found;
}

const struct schema *shape_member(const struct schema *schema, const char *name, bool *ret_declared,
                                  bool *ret_known) {
        const struct schema *found = schema ? schema_property(schema, name) : NULL;

        if (schema && schema->embedded_resource)
                found = meta_member(found, name);
        *ret_declared = found != NULL;
        *ret_known = found || !schema || schema->n_properties == 0 || schema->additional ||
                     schema->preserve_unknown;
        return found ? found : schema ? schema->additional : NULL;
}

const struct schema *shape_items(const struct schema *schema) {
        return schema ? schema->items : NULL;
}

static int keys_element(const struct schema *list, const char *const *names, size_t n,
                        const struct json *item, struct arena *arena, const char **ret_element,
                        const char **ret_why) {
        struct json *keys JSON_CLEANUP = json_new_object();
        struct strbuf quoted STRBUF_CLEANUP = STRBUF_INIT(4096);

        if (json_kind(item) != JSON_OBJECT) {
                *ret_why = item ? "associative list with keys may not have non-map elements"
                                : "associative list with keys may not have a null element";
                return -1;
        }
        for (size_t i = 0; i < n; i++) {
                const struct schema *key =
                        list->items ? schema_property(list->items, names[i]) : NULL;

                strbuf_printf(&quoted, "%s\"%s\"", i > 0 ? " " : "", names[i]);
                if (json_has(item, names[i]))
                        json_set(keys, names[i], json_clone(json_get(item, names[i])));
                else if (key && key->dflt)
                        json_set(keys, names[i], json_clone(key->dflt));
        }
        if (json_length(keys) == 0) {
                *ret_why = arena_printf(arena,
                                        "associative list with keys has an element that omits all "
                                        "key fields [%s] (and doesn't have default values for any "
                                        "key fields)",
                                        strbuf_str(&quoted));
                return -1;
        }
        *ret_element = element_of_keys(keys, arena);
        return 0;
}

int shape_item_element(const struct schema *list, const struct json *item, struct arena *arena,
                       const char **ret_element, const char **ret_why) {
        if (list->list == LIST_MAP)
                return keys_element(list, list->list_keys, list->n_list_keys, item, arena,
                                    ret_element, ret_why);
        if (is_unsaid(list) && list->merge_key)
                return keys_element(list, &list->merge_key, 1, item, arena, ret_element, ret_why);
        switch (json_kind(item)) {
        case JSON_OBJECT:
                *ret_why = "associative list without keys has an element that's a map type";
                return -1;
        case JSON_ARRAY:
                *ret_why = "not supported: associative list with lists as elements";
                return -1;
        case JSON_NULL:
                *ret_why = "associative list without keys has an element that's an explicit null";
                return -1;
        case JSON_BOOL:
        case JSON_INT:
        case JSON_DOUBLE:
        case JSON_STRING:
                break;
        }
        *ret_element = element_of_value(item, arena);
        return 0;
}
