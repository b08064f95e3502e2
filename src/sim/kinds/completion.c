/*
 * What the real server does by decoding into a Go struct and encoding it again: members that are
 * null or zero vanish where the struct says omitempty, amounts take their canonical form. Here the
 * schema says so (x-llc-zero, format: quantity).
 */
#include <string.h>

#include "kinds/kind.h"
#include "kinds/member.h"
#include "kinds/quantity.h"

static void complete_object(const struct schema *schema, struct json *object);

static bool keeps_zero(const struct schema *schema) {
        return schema->type == SCHEMA_INT_OR_STRING || json_has(schema->source, "x-llc-zero");
}

static bool is_map(const struct schema *schema) {
        return schema->additional && schema->n_properties == 0;
}

static bool is_zero(const struct schema *schema, const struct json *value) {
        switch (json_kind(value)) {
        case JSON_NULL:
                return true;
        case JSON_BOOL:
                return !json_as_bool(value);
        case JSON_INT:
                return json_as_int(value) == 0;
        case JSON_STRING:
                return json_as_string(value).len == 0;
        case JSON_ARRAY:
                return json_length(value) == 0;
        case JSON_OBJECT:
                return is_map(schema) && json_length(value) == 0;
        case JSON_DOUBLE:
                break;
        }
        return false;
}

/* The canonical form when it differs, or NULL: what is no amount is left for validation. */
static struct json *canonical_amount(const struct schema *schema, const struct json *value) {
        const struct json *format = json_get(schema->source, "format");
        struct quantity quantity;
        char text[QUANTITY_SIZE];

        if (json_kind(format) != JSON_STRING || !bytes_is(json_as_string(format), "quantity") ||
            !quantity_parse(value, &quantity))
                return NULL;
        quantity_text(&quantity, text);
        if (json_kind(value) == JSON_STRING && bytes_is(json_as_string(value), text))
                return NULL;
        return json_new_string(bytes_of(text));
}

static void complete_member(const struct schema *schema, struct json *object, const char *name,
                            const struct json *value) {
        struct json *amount;

        if (json_kind(value) == JSON_OBJECT || json_kind(value) == JSON_ARRAY) {
                complete_object(schema, json_get_mut(object, name));
        } else if (schema->type == SCHEMA_INT_OR_STRING) {
                amount = canonical_amount(schema, value);
                if (amount)
                        json_set(object, name, amount);
        }
}

/* Values of maps are data, zero or not; so is what no schema names. */
static void complete_members(const struct schema *schema, struct json *object) {
        const struct json *value, *next_value = NULL;
        const char *name, *next_name = NULL;
        void *cursor = NULL;
        bool more = json_next(object, &cursor, &next_name, &next_value);

        while (more) {
                const struct schema *property, *member;

                name = next_name;
                value = next_value;
                more = json_next(object, &cursor, &next_name, &next_value);
                property = schema_property(schema, name);
                member = property ? property : schema->additional;
                if (!member)
                        continue;
                complete_member(member, object, name, value);
                value = json_get(object, name);
                if (property && is_zero(property, value) && (!value || !keeps_zero(property)))
                        json_remove(object, name);
        }
}

static void complete_object(const struct schema *schema, struct json *object) {
        switch (json_kind(object)) {
        case JSON_OBJECT:
                complete_members(schema, object);
                break;
        case JSON_ARRAY:
                for (size_t i = 0; schema->items && i < json_length(object); i++)
                        complete_object(schema->items, json_at_mut(object, i));
                break;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_INT:
        case JSON_DOUBLE:
        case JSON_STRING:
                break;
        }
}

static void take(struct json *object, const struct json *before, const char *key) {
        const struct json *value = json_get(before, key);

        if (!value)
                json_remove(object, key);
        else if (!json_equal(json_get(object, key), value))
                json_set(object, key, json_clone(value));
}

/* Who owns what is settled before and after, so it is not of the past. */
static void take_metadata(struct json *object, const struct json *before) {
        struct json *managed = json_take(json_get_mut(object, "metadata"), "managedFields");
        struct json *metadata = json_clone(json_get(before, "metadata"));

        if (managed)
                json_set(metadata, "managedFields", managed);
        else
                json_remove(metadata, "managedFields");
        json_set(object, "metadata", metadata);
}

/* A write to the status leaves the rest: of a custom resource the metadata, too. */
static void keep_all_but_status(const struct kind *kind, struct json *object,
                                const struct json *before) {
        const struct json *value;
        const char *key;
        void *cursor = NULL;

        while (json_next(before, &cursor, &key, &value))
                if (strcmp(key, "status") != 0 && strcmp(key, "metadata") != 0)
                        take(object, before, key);
        if (!kind->builtin)
                take_metadata(object, before);
        for (size_t i = 0; i < kind->schema->n_properties; i++)
                if (!json_has(before, kind->schema->properties[i].name) &&
                    strcmp(kind->schema->properties[i].name, "status") != 0)
                        json_remove(object, kind->schema->properties[i].name);
}

/* A pod gets its node by a request of its own; anywhere else its spec would forbid it. */
static void keep_all_but_node(struct json *object, const struct json *before) {
        struct json *spec = json_clone(json_get(before, "spec"));
        const struct json *node = json_get(json_get(object, "spec"), "nodeName");

        if (node && json_kind(spec) == JSON_OBJECT)
                json_set(spec, "nodeName", json_clone(node));
        json_set(object, "spec", spec);
        take_metadata(object, before);
        take(object, before, "status");
}

static void keep_other_part(const struct kind *kind, struct json *object, const struct json *before,
                            enum part part) {
        bool status_on_create = kind->hooks && kind->hooks->status_on_create;

        if (part == PART_STATUS)
                keep_all_but_status(kind, object, before);
        else if (part == PART_BINDING)
                keep_all_but_node(object, before);
        else if (kind->has_status && before)
                take(object, before, "status");
        else if (kind->has_status && !status_on_create)
                json_remove(object, "status");
}

void kind_complete(const struct kind *kind, struct json *object, const struct json *before,
                   enum part part, int64_t now_ms) {
        const struct schema *metadata = schema_property(kind->schema, "metadata");

        if (!member_object_made(object, "metadata"))
                return; /* no object at all: validation says so */
        if (kind->builtin)
                complete_object(kind->schema, object);
        else if (metadata)
                complete_object(metadata, json_get_mut(object, "metadata"));
        keep_other_part(kind, object, before, part);
        schema_default(kind->schema, object);
        if (kind->hooks && kind->hooks->prepare)
                kind->hooks->prepare(kind, object, before, part, now_ms);
}
