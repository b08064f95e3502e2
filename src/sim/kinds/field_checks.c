#include "kinds/field_checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/member.h"
#include "kinds/syntax.h"

enum { PORT_MAX = 65535 };

const char *field_under(struct field_errors *errors, const char *at, const char *key) {
        return arena_printf(errors->arena, "%s%s%s", at, *at ? "." : "", key);
}

const char *field_item(struct field_errors *errors, const char *at, const char *key, size_t i) {
        return arena_printf(errors->arena, "%s%s%s[%zu]", at, *at ? "." : "", key, i);
}

void error_invalid(struct field_errors *errors, const char *field, const char *value,
                   const char *detail) {
        struct json *text JSON_CLEANUP = json_new_string(bytes_of(value));

        field_error_add(errors, FIELD_ERROR_INVALID, field, text, "%s", detail);
}

void error_required(struct field_errors *errors, const char *field, const char *detail) {
        field_error_add(errors, FIELD_ERROR_REQUIRED, field, NULL, "%s", detail);
}

void error_forbidden(struct field_errors *errors, const char *field, const char *detail) {
        field_error_add(errors, FIELD_ERROR_FORBIDDEN, field, NULL, "%s", detail);
}

void check_filled(const struct json *object, const char *key, const char *at,
                  struct field_errors *errors) {
        const struct json *value = member_of_kind(object, key, JSON_STRING);

        if (value && json_as_string(value).len == 0)
                error_required(errors, field_under(errors, at, key), "");
}

void check_not_negative(const struct json *object, const char *key, const char *at,
                        struct field_errors *errors) {
        if (json_int_at(object, key, 0) < 0)
                field_error_add(errors, FIELD_ERROR_INVALID, field_under(errors, at, key),
                                json_get(object, key), "%s", "must be greater than or equal to 0");
}

void check_port(const struct json *object, const char *key, const char *at,
                struct field_errors *errors) {
        int64_t port = json_int_at(object, key, 1);

        if (port < 1 || port > PORT_MAX)
                field_error_add(errors, FIELD_ERROR_INVALID, field_under(errors, at, key),
                                json_get(object, key), "must be between 1 and %d, inclusive",
                                PORT_MAX);
}

void check_immutable(const struct json *object, const struct json *before, const char *key,
                     const char *at, struct field_errors *errors) {
        if (!json_equal(json_get(object, key), json_get(before, key)))
                field_error_add(errors, FIELD_ERROR_INVALID, field_under(errors, at, key),
                                json_get(object, key), "%s", "field is immutable");
}

void check_labels(const struct json *labels, const char *at, struct field_errors *errors) {
        const struct json *value;
        const char *key;
        void *cursor = NULL;

        while (json_next(labels, &cursor, &key, &value)) {
                syntax_check(SYNTAX_QUALIFIED_NAME, key, at, errors);
                syntax_check(SYNTAX_LABEL_VALUE, json_text_at(labels, key), at, errors);
        }
}

static bool is_percentage(const char *text) {
        size_t digits = 0;

        while (isdigit((unsigned char)text[digits]))
                digits++;
        return digits > 0 && strcmp(text + digits, "%") == 0;
}

void check_share(const struct json *object, const char *key, const char *at, int64_t most,
                 struct field_errors *errors) {
        const struct json *value = json_get(object, key);
        const char *text = json_text_at(object, key);

        if (json_kind(value) == JSON_INT) {
                check_not_negative(object, key, at, errors);
                return;
        }
        if (json_kind(value) != JSON_STRING)
                return;
        if (!is_percentage(text))
                error_invalid(errors, field_under(errors, at, key), text,
                              "a valid percent string must be a numeric string followed by an "
                              "ending '%' (e.g. '1%',  or '93%', regex used for validation is "
                              "'[0-9]+%')");
        else if (most > 0 && strtoll(text, NULL, 10) > most)
                error_invalid(errors, field_under(errors, at, key), text,
                              "must not be greater than 100%");
}
