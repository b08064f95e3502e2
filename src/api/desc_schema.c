/* Structural schema as apiextensions.k8s.io/v1 takes it; members in the order people read. */
#include <assert.h>

#include "llc/api/desc.h"
#include "llc/base/json.h"

static const char *type_name(enum field_kind kind) {
        switch (kind) {
        case FIELD_BOOL:
                return "boolean";
        case FIELD_INT:
                return "integer";
        case FIELD_STR:
        case FIELD_ENUM:
        case FIELD_TIME:
                return "string";
        case FIELD_OBJ:
        case FIELD_FLAT:
        case FIELD_STR_MAP:
        case FIELD_RAW:
                return "object";
        case FIELD_LIST:
        case FIELD_STR_LIST:
        case FIELD_INT_LIST:
                return "array";
        }
        assert(false); /* no such kind */
        return NULL;
}

static void schema_doc(struct json *schema, const char *doc) {
        if (doc)
                json_set_str(schema, "description", doc);
}

/* What decoding accepts and nothing more: the bounds, where they are closed. */
static void schema_bounds(struct json *schema, int64_t min, int64_t max, const char *min_key,
                          const char *max_key) {
        if (min == 0 && max == 0)
                return;
        if (min != INT64_MIN)
                json_set_int(schema, min_key, min);
        if (max != INT64_MAX)
                json_set_int(schema, max_key, max);
}

/* As schema_bounds; that a length is at least 0 goes without saying. */
static void schema_sizes(struct json *schema, int64_t min, int64_t max, const char *min_key,
                         const char *max_key) {
        if (min != 0 || max != 0)
                schema_bounds(schema, min ? min : INT64_MIN, max, min_key, max_key);
}

static void schema_names(struct json *schema, const char *const *names) {
        struct json *array = json_new_array();

        for (size_t i = 0; names[i]; i++)
                json_append(array, json_new_string(bytes_of(names[i])));
        json_set(schema, "enum", array);
}

static void schema_default(struct json *schema, const char *text) {
        struct json *value;
        struct err err;
        int r = json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &value, &err);

        assert(r == 0);
        json_set(schema, "default", value);
}

static void schema_rules(struct json *schema, const struct desc_rule *rules, size_t n) {
        struct json *array;

        if (n == 0)
                return;
        array = json_get_mut(schema, "x-kubernetes-validations");
        if (!array) {
                array = json_new_array();
                json_set(schema, "x-kubernetes-validations", array);
        }
        for (size_t i = 0; i < n; i++) {
                struct json *rule = json_new_object();

                json_set_str(rule, "rule", rules[i].rule);
                json_set_str(rule, "message", rules[i].message);
                if (rules[i].field_path)
                        json_set_str(rule, "fieldPath", rules[i].field_path);
                json_append(array, rule);
        }
}

static void schema_int(struct json *schema, int64_t min, int64_t max) {
        bool narrow = (min != 0 || max != 0) && min >= INT32_MIN && max <= INT32_MAX;

        json_set_str(schema, "format", narrow ? "int32" : "int64");
        schema_bounds(schema, min, max, "minimum", "maximum");
}

static struct json *of_type(const char *name) {
        struct json *schema = json_new_object();

        json_set_str(schema, "type", name);
        return schema;
}

/* Lengths and patterns beside it speak of the string only, the minimum of the integer only. */
static void schema_text_type(struct json *schema, const struct field *f) {
        struct json *either;

        if (!(f->flags & FIELD_INT_OR_STRING)) {
                json_set_str(schema, "type", "string");
                return;
        }
        either = json_new_array();
        json_append(either, of_type("integer"));
        json_append(either, of_type("string"));
        json_set(schema, "anyOf", either);
        json_set_bool(schema, "x-kubernetes-int-or-string", true);
        json_set_int(schema, "minimum", 0);
}

static void schema_str(struct json *schema, const struct field *f) {
        if (f->names)
                schema_names(schema, f->names);
        schema_sizes(schema, f->min, f->max, "minLength", "maxLength");
        if (f->pattern)
                json_set_str(schema, "pattern", f->pattern);
}

/* The schema of a map's values, or of a list's items that are no objects. */
static struct json *schema_item(const struct field *f) {
        struct json *item = json_new_object();

        if (f->kind == FIELD_INT_LIST) {
                json_set_str(item, "type", "integer");
                schema_int(item, f->item_min, f->item_max);
        } else {
                schema_text_type(item, f);
                schema_sizes(item, f->item_min, f->item_max, "minLength", "maxLength");
        }
        schema_rules(item, f->item_rules, f->n_item_rules);
        return item;
}

static void schema_map(struct json *schema, const struct field *f) {
        schema_sizes(schema, f->min, f->max, "minProperties", "maxProperties");
        json_set(schema, "additionalProperties", schema_item(f));
}

static void schema_list(struct json *schema, const struct field *f) {
        bool map = f->flags & FIELD_MAP_LIST;

        schema_sizes(schema, f->min, f->max, "minItems", "maxItems");
        json_set_str(schema, "x-kubernetes-list-type", map ? "map" : "atomic");
        if (map) {
                struct json *keys = json_new_array();

                json_append(keys, json_new_string(bytes_of(f->list_key)));
                json_set(schema, "x-kubernetes-list-map-keys", keys);
        }
        json_set(schema, "items", f->sub ? desc_schema(f->sub) : schema_item(f));
}

static void schema_members(struct json *schema, const struct type *type);

/* What only fields of this kind have. */
static void schema_kind(struct json *schema, const struct field *f) {
        switch (f->kind) {
        case FIELD_BOOL:
                break;
        case FIELD_INT:
                schema_int(schema, f->min, f->max);
                break;
        case FIELD_STR:
                schema_str(schema, f);
                break;
        case FIELD_ENUM:
                schema_names(schema, f->names);
                break;
        case FIELD_TIME:
                json_set_str(schema, "format", "date-time");
                break;
        case FIELD_OBJ:
        case FIELD_FLAT:
                schema_members(schema, f->sub);
                break;
        case FIELD_LIST:
        case FIELD_STR_LIST:
        case FIELD_INT_LIST:
                schema_list(schema, f);
                break;
        case FIELD_STR_MAP:
                schema_map(schema, f);
                break;
        case FIELD_RAW:
                json_set_bool(schema, "x-kubernetes-preserve-unknown-fields", true);
                break;
        }
}

static struct json *schema_field(const struct field *f) {
        struct json *schema = json_new_object();

        schema_doc(schema, f->doc ? f->doc : f->sub ? f->sub->doc : NULL);
        if (f->kind == FIELD_STR)
                schema_text_type(schema, f);
        else
                json_set_str(schema, "type", type_name(f->kind));
        if (f->def)
                schema_default(schema, f->def);
        schema_rules(schema, f->rules, f->n_rules);
        schema_kind(schema, f);
        return schema;
}

static void schema_members(struct json *schema, const struct type *type) {
        struct json *properties = json_new_object();
        struct json *required = json_new_array();

        assert(type);
        for (size_t i = 0; i < type->n_fields; i++) {
                const struct field *f = &type->fields[i];

                if (f->flags & FIELD_HIDDEN)
                        continue;
                json_set(properties, f->key, schema_field(f));
                if (f->flags & FIELD_REQUIRED)
                        json_append(required, json_new_string(bytes_of(f->key)));
        }
        schema_rules(schema, type->rules, type->n_rules);
        if (json_length(required))
                json_set(schema, "required", required);
        else
                json_free(required);
        json_set(schema, "properties", properties);
}

struct json *desc_schema(const struct type *type) {
        struct json *schema = json_new_object();

        schema_doc(schema, type->doc);
        json_set_str(schema, "type", "object");
        schema_members(schema, type);
        return schema;
}
