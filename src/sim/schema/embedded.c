#include "schema/embedded.h"

#include <ctype.h>
#include <string.h>

#include "schema/names.h"
#include "schema/path.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

static void tell(const struct path *object, const char *name, enum field_error_type type,
                 const struct json *value, const char *detail, struct field_errors *errors) {
        struct strbuf field STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);
        struct path at = path_member(object, name);

        path_write(&at, &field);
        if (value || type == FIELD_ERROR_REQUIRED)
                field_error_add(errors, type, strbuf_str(&field), value, "%s", detail);
        else
                field_error_add_shown(errors, type, strbuf_str(&field), "null", "%s", detail);
}

/* False when there is nothing to look at, which is told. */
static bool is_text(const struct json *object, const char *name, const struct path *at,
                    struct field_errors *errors) {
        const struct json *value = json_get(object, name);

        if (!json_has(object, name))
                tell(at, name, FIELD_ERROR_REQUIRED, NULL, "", errors);
        else if (json_kind(value) != JSON_STRING)
                tell(at, name, FIELD_ERROR_INVALID, value, "must be a string", errors);
        else if (json_as_string(value).len == 0)
                tell(at, name, FIELD_ERROR_INVALID, value, "must not be empty", errors);
        else
                return true;
        return false;
}

static void check_version(const struct json *object, const struct path *at,
                          struct field_errors *errors) {
        const struct json *value = json_get(object, "apiVersion");
        const char *text, *slash;

        if (!is_text(object, "apiVersion", at, errors))
                return;
        text = json_as_string(value).ptr;
        slash = strchr(text, '/');
        if (slash && strchr(slash + 1, '/'))
                tell(at, "apiVersion", FIELD_ERROR_INVALID, value,
                     arena_printf(errors->arena, "unexpected GroupVersion string: %s", text),
                     errors);
}

static void check_kind(const struct json *object, const struct path *at,
                       struct field_errors *errors) {
        const struct json *value = json_get(object, "kind");
        const char *trouble;
        char *lower;

        if (!is_text(object, "kind", at, errors))
                return;
        lower = arena_copy(errors->arena, json_as_string(value));
        for (char *c = lower; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        trouble = name_trouble(NAME_DNS_1035, lower, errors->arena);
        if (trouble)
                tell(at, "kind", FIELD_ERROR_INVALID, value,
                     arena_printf(errors->arena,
                                  "may have mixed case, but should otherwise match: %s", trouble),
                     errors);
}

static void check(const struct schema *schema, const struct json *value, const struct path *at,
                  struct field_errors *errors) {
        const struct json *member;
        const char *name;
        void *cursor = NULL;

        if (schema->embedded_resource && json_kind(value) == JSON_OBJECT) {
                check_version(value, at, errors);
                check_kind(value, at, errors);
                if (json_has(value, "metadata") &&
                    json_kind(json_get(value, "metadata")) != JSON_OBJECT)
                        tell(at, "metadata", FIELD_ERROR_INVALID, json_get(value, "metadata"),
                             "must be an object", errors);
        }
        for (size_t i = 0;
             json_kind(value) == JSON_ARRAY && schema->items && i < json_length(value); i++) {
                struct path place = path_index(at, i);

                check(schema->items, json_at(value, i), &place, errors);
        }
        while (json_next(value, &cursor, &name, &member)) {
                const struct schema *property = schema_property(schema, name);
                struct path place = property ? path_member(at, name) : path_key(at, name);

                if (property || schema->additional)
                        check(property ? property : schema->additional, member, &place, errors);
        }
}

void embedded_check(const struct schema *schema, const struct json *value,
                    struct field_errors *errors) {
        check(schema, value, NULL, errors);
}
