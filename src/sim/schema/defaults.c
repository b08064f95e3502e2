/*
 * The API server drops null where it is not allowed and nothing stands for it, and then sets
 * defaults, from the root down: so the defaults of what was itself a default count.
 */
#include "schema/schema.h"

static void default_members(const struct schema *schema, struct json *object) {
        for (size_t i = 0; i < schema->n_properties; i++) {
                const struct schema_property *property = &schema->properties[i];

                if (property->schema->dflt && !json_has(object, property->name))
                        json_set(object, property->name, json_clone(property->schema->dflt));
        }
}

/* The next member is known before this one may go. */
static void default_object(const struct schema *schema, struct json *object) {
        const struct json *value, *next_value = NULL;
        const char *name, *next_name = NULL;
        void *cursor = NULL;
        bool more;

        default_members(schema, object);
        more = json_next(object, &cursor, &next_name, &next_value);
        while (more) {
                const struct schema *member;

                name = next_name;
                value = next_value;
                more = json_next(object, &cursor, &next_name, &next_value);
                if (value && json_kind(value) != JSON_OBJECT && json_kind(value) != JSON_ARRAY)
                        continue;
                member = schema_member(schema, name);
                if (!member)
                        continue;
                if (!value && !member->nullable) {
                        if (!member->dflt) {
                                json_remove(object, name);
                                continue;
                        }
                        json_set(object, name, json_clone(member->dflt));
                }
                schema_default(member, json_get_mut(object, name));
        }
}

static void default_items(const struct schema *schema, struct json *array) {
        const struct schema *items = schema->items;

        for (size_t i = 0; items && i < json_length(array); i++) {
                if (!json_at(array, i) && !items->nullable && items->dflt)
                        json_set_at(array, i, json_clone(items->dflt));
                schema_default(items, json_at_mut(array, i));
        }
}

void schema_default(const struct schema *schema, struct json *value) {
        switch (json_kind(value)) {
        case JSON_OBJECT:
                default_object(schema, value);
                break;
        case JSON_ARRAY:
                default_items(schema, value);
                break;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_INT:
        case JSON_DOUBLE:
        case JSON_STRING:
                break;
        }
}
