#include "schema/field_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "llc/base/strbuf.h"
#include "schema/shown.h"

enum { TEXT_MAX = 16 * 1024 * 1024 };

static const struct {
        const char *title, *reason;
} TYPES[] = {
        [FIELD_ERROR_REQUIRED] = { "Required value", "FieldValueRequired" },
        [FIELD_ERROR_INVALID] = { "Invalid value", "FieldValueInvalid" },
        [FIELD_ERROR_NOT_SUPPORTED] = { "Unsupported value", "FieldValueNotSupported" },
        [FIELD_ERROR_DUPLICATE] = { "Duplicate value", "FieldValueDuplicate" },
        [FIELD_ERROR_FORBIDDEN] = { "Forbidden", "FieldValueForbidden" },
        [FIELD_ERROR_TOO_LONG] = { "Too long", "FieldValueTooLong" },
        [FIELD_ERROR_TOO_MANY] = { "Too many", "FieldValueTooMany" },
        [FIELD_ERROR_TYPE] = { "Invalid value", "FieldValueTypeInvalid" },
        [FIELD_ERROR_NOT_FOUND] = { "Not found", "FieldValueNotFound" },
};

/* Makes room for one more in an array of an arena; the old one stays with the arena. */
static void *grown(struct arena *arena, void *items, size_t n, size_t *cap, size_t item_bytes) {
        void *larger;

        if (n < *cap)
                return items;
        *cap = *cap ? 2 * *cap : 8;
        larger = arena_array(arena, *cap, item_bytes);
        if (n > 0)
                memcpy(larger, items, n * item_bytes);
        return larger;
}

void strings_add(struct strings *strings, const char *fmt, ...) {
        va_list args;

        strings->items = grown(strings->arena, strings->items, strings->n, &strings->cap,
                               sizeof(const char *));
        va_start(args, fmt);
        strings->items[strings->n++] = arena_vprintf(strings->arena, fmt, args);
        va_end(args);
}

static void add(struct field_errors *errors, enum field_error_type type, const char *field,
                const char *shown, const char *detail) {
        struct strbuf message STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        strbuf_puts(&message, TYPES[type].title);
        if (shown)
                strbuf_printf(&message, ": %s", shown);
        if (*detail)
                strbuf_printf(&message, ": %s", detail);
        errors->items = grown(errors->arena, errors->items, errors->n, &errors->cap,
                              sizeof(struct field_error));
        errors->items[errors->n++] = (struct field_error){
                .type = type,
                .field = arena_strdup(errors->arena, field),
                .message = arena_copy(errors->arena, strbuf_bytes(&message)),
        };
}

void field_error_add(struct field_errors *errors, enum field_error_type type, const char *field,
                     const struct json *value, const char *detail, ...) {
        struct strbuf shown STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        const char *text;
        va_list args;

        va_start(args, detail);
        text = arena_vprintf(errors->arena, detail, args);
        va_end(args);
        if (value)
                shown_value(value, &shown);
        add(errors, type, field, value ? strbuf_str(&shown) : NULL, text);
}

void field_error_add_shown(struct field_errors *errors, enum field_error_type type,
                           const char *field, const char *shown, const char *detail, ...) {
        const char *text;
        va_list args;

        va_start(args, detail);
        text = arena_vprintf(errors->arena, detail, args);
        va_end(args);
        add(errors, type, field, shown, text);
}

const char *field_error_reason(enum field_error_type type) {
        return TYPES[type].reason;
}

static bool is_said(const struct field_errors *errors, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (strcmp(errors->items[k].field, errors->items[i].field) == 0 &&
                    strcmp(errors->items[k].message, errors->items[i].message) == 0)
                        return true;
        return false;
}

const char *field_errors_text(const struct field_errors *errors) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        size_t n = 0;

        for (size_t i = 0; i < errors->n; i++) {
                if (is_said(errors, i))
                        continue;
                strbuf_printf(&text, "%s%s: %s", n > 0 ? ", " : "", errors->items[i].field,
                              errors->items[i].message);
                n++;
        }
        if (n > 1)
                return arena_printf(errors->arena, "[%s]", strbuf_str(&text));
        return arena_copy(errors->arena, strbuf_bytes(&text));
}
