#include "schema/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "schema/shown.h"

enum { PATH_MAX_BYTES = 64 * 1024, TEXT_MAX = 16 * 1024 * 1024 };

static const char *path_text(const struct findings *findings, const struct path *at) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);

        path_write(at, &text);
        return arena_copy(findings->errors->arena, strbuf_bytes(&text));
}

/* Go's empty path prints so. */
static const char *field_text(const struct findings *findings, const struct path *at) {
        if (!at)
                return findings->parent ? findings->parent : "<nil>";
        if (!findings->parent)
                return path_text(findings, at);
        return arena_printf(findings->errors->arena, "%s.%s", findings->parent,
                            path_text(findings, at));
}

/* The one added last goes again when it is there already. */
static void keep_once(const struct findings *findings) {
        struct field_errors *errors = findings->errors;
        const struct field_error *last = &errors->items[errors->n - 1];

        for (size_t i = findings->first; i + 1 < errors->n; i++)
                if (strcmp(errors->items[i].field, last->field) == 0 &&
                    strcmp(errors->items[i].message, last->message) == 0) {
                        errors->n--;
                        return;
                }
}

void found(struct findings *findings, const struct spot *spot, enum field_error_type type,
           const char *shown, const char *detail, ...) {
        const char *text;
        va_list args;

        findings->n++;
        if (!findings->errors)
                return;
        va_start(args, detail);
        text = arena_vprintf(findings->errors->arena, detail, args);
        va_end(args);
        field_error_add_shown(findings->errors, type, field_text(findings, spot->at), shown, "%s",
                              text);
        keep_once(findings);
}

void found_in_body(struct findings *findings, const struct spot *spot, enum field_error_type type,
                   const char *shown, const char *detail, ...) {
        const char *text;
        va_list args;

        findings->n++;
        if (!findings->errors)
                return;
        va_start(args, detail);
        text = arena_vprintf(findings->errors->arena, detail, args);
        va_end(args);
        field_error_add_shown(findings->errors, type, field_text(findings, spot->at), shown,
                              "%s in body %s", path_text(findings, spot->at), text);
        keep_once(findings);
}

void found_of_all(struct findings *findings, const struct spot *spot, const char *detail, ...) {
        const char *text;
        va_list args;

        findings->n++;
        if (!findings->errors)
                return;
        va_start(args, detail);
        text = arena_vprintf(findings->errors->arena, detail, args);
        va_end(args);
        field_error_add_shown(findings->errors, FIELD_ERROR_INVALID, field_text(findings, NULL),
                              "\"\"", "\"%s\" %s", path_text(findings, spot->at), text);
        keep_once(findings);
}

const char *found_path(const struct findings *findings, const struct spot *spot) {
        return findings->errors ? path_text(findings, spot->at) : "";
}

const char *found_value(const struct findings *findings, const struct json *value) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        if (!findings->errors)
                return "";
        shown_value(value, &text);
        return arena_copy(findings->errors->arena, strbuf_bytes(&text));
}

const char *found_number(const struct findings *findings, double number) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        if (!findings->errors)
                return "";
        shown_number(number, &text);
        return arena_copy(findings->errors->arena, strbuf_bytes(&text));
}

const char *found_size(const struct findings *findings, size_t size) {
        return findings->errors ? arena_printf(findings->errors->arena, "%zu", size) : "";
}
