/*
 * What the API server checks of a custom resource once its schema's bounds, its metadata and its
 * scale were looked at.
 */
#include "schema/before.h"
#include "schema/bounds.h"
#include "schema/cel.h"
#include "schema/embedded.h"
#include "schema/lists.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

static void check_rules(const struct schema *schema, const struct json *value,
                        const struct json *before, const struct path *at,
                        struct field_errors *errors);

/* What was there twice before may stay so. */
static void check_lists(const struct schema *schema, const struct json *value,
                        const struct json *before, struct field_errors *errors) {
        struct field_errors old = { .arena = errors->arena };
        size_t n = errors->n;

        lists_check(schema, value, errors);
        if (errors->n == n || !before)
                return;
        lists_check(schema, before, &old);
        if (old.n > 0)
                errors->n = n;
}

/* Errors after which the API server runs no rule. */
static bool is_grave(enum field_error_type type) {
        switch (type) {
        case FIELD_ERROR_REQUIRED:
        case FIELD_ERROR_NOT_SUPPORTED:
        case FIELD_ERROR_TOO_LONG:
        case FIELD_ERROR_TOO_MANY:
        case FIELD_ERROR_TYPE:
                return true;
        case FIELD_ERROR_INVALID:
        case FIELD_ERROR_DUPLICATE:
        case FIELD_ERROR_FORBIDDEN:
        case FIELD_ERROR_NOT_FOUND:
                return false;
        }
        return false;
}

static bool has_grave(const struct field_errors *errors) {
        for (size_t i = 0; i < errors->n; i++)
                if (is_grave(errors->items[i].type))
                        return true;
        return false;
}

/* Items that have no keys cannot be told what they were: if the list is as before, so are they. */
static void check_items(const struct schema *schema, const struct json *array,
                        const struct json *before, const struct path *at,
                        struct field_errors *errors) {
        if (!schema->items || (schema->list != LIST_MAP && before && json_equal(array, before)))
                return;
        for (size_t i = 0; i < json_length(array); i++) {
                const struct json *item = json_at(array, i);
                struct path place = path_index(at, i);

                check_rules(schema->items, item, before_item(schema, before, item), &place, errors);
        }
}

static void check_rules(const struct schema *schema, const struct json *value,
                        const struct json *before, const struct path *at,
                        struct field_errors *errors) {
        const struct json *member;
        const char *name;
        void *cursor = NULL;

        if (!value)
                return;
        if (schema->n_rules > 0) {
                struct strbuf field STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);

                path_write(at, &field);
                cel_rules_check(schema->rules, schema->n_rules, schema, value, before,
                                strbuf_str(&field), errors);
        }
        for (size_t i = 0; schema->bounds && i < schema->bounds->n_all_of; i++)
                check_rules(schema->bounds->all_of[i], value, before, at, errors);
        if (json_kind(value) == JSON_ARRAY)
                check_items(schema, value, before, at, errors);
        while (json_next(value, &cursor, &name, &member)) {
                const struct schema *property = schema_property(schema, name);
                struct path place = property ? path_member(at, name) : path_key(at, name);

                if (property || schema->additional)
                        check_rules(property ? property : schema->additional, member,
                                    json_get(before, name), &place, errors);
        }
}

void schema_validate_rules(const struct schema *schema, const struct json *value,
                           const struct json *before, struct field_errors *errors) {
        if (!schema->bounds)
                return;
        if (schema->bounds->has_embedded)
                embedded_check(schema, value, errors);
        if (schema->bounds->has_lists)
                check_lists(schema, value, before, errors);
        if (!schema->bounds->has_rules)
                return;
        if (has_grave(errors))
                field_error_add_shown(errors, FIELD_ERROR_INVALID, "<nil>", "null", "%s",
                                      "some validation rules were not checked because the object "
                                      "was invalid; correct the existing errors to complete "
                                      "validation");
        else
                check_rules(schema, value, before, NULL, errors);
}
