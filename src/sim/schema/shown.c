#include "schema/shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/rune.h"

enum { DIGITS_MAX = 17 }; /* tell any double */

/* Spaces but ' ', marks that show nothing, and what is no character. */
static bool is_invisible(uint32_t rune) {
        static const struct {
                uint32_t first, last;
        } ranges[] = {
                { 0x7F, 0xA0 },     { 0xAD, 0xAD },     { 0x1680, 0x1680 }, { 0x2000, 0x200F },
                { 0x2028, 0x202F }, { 0x205F, 0x206F }, { 0x3000, 0x3000 }, { 0xD800, 0xF8FF },
                { 0xFEFF, 0xFEFF }, { 0xFFF0, 0xFFFB }, { 0xFFFE, 0xFFFF }, { 0xE0000, RUNE_MAX },
        };

        for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
                if (rune >= ranges[i].first && rune <= ranges[i].last)
                        return true;
        return rune < ' ';
}

static void write_escaped(uint32_t rune, struct strbuf *out) {
        static const char named[] = "\a\b\f\n\r\t\v\"\\", letters[] = "abfnrtv\"\\";
        const char *name = rune > 0 && rune < 0x80 ? strchr(named, (int)rune) : NULL;

        if (name)
                strbuf_printf(out, "\\%c", letters[name - named]);
        else if (rune < 0x80)
                strbuf_printf(out, "\\x%02x", rune);
        else if (rune <= 0xFFFF)
                strbuf_printf(out, "\\u%04x", rune);
        else
                strbuf_printf(out, "\\U%08x", rune);
}

void shown_text(struct bytes text, struct strbuf *out) {
        strbuf_append_char(out, '"');
        for (size_t at = 0; at < text.len;) {
                size_t start = at;
                uint32_t rune = rune_next(text, &at);

                if (rune == '"' || rune == '\\' || is_invisible(rune))
                        write_escaped(rune, out);
                else
                        strbuf_append(out, (struct bytes){ text.ptr + start, at - start });
        }
        strbuf_append_char(out, '"');
}

/* An exponent only below 10^low and from 10^high on. */
static void write_number(double number, int low, int high, struct strbuf *out) {
        char text[64];
        const char *e;
        long exponent;
        int digits = 1;

        do
                snprintf(text, sizeof(text), "%.*e", digits - 1, number);
        while (strtod(text, NULL) != number && digits++ < DIGITS_MAX);
        e = strchr(text, 'e');
        exponent = e ? strtol(e + 1, NULL, 10) : 0;
        if (exponent >= low && exponent < high)
                snprintf(text, sizeof(text), "%.*f",
                         digits - 1 > exponent ? digits - 1 - (int)exponent : 0, number);
        strbuf_puts(out, text);
}

void shown_number(double number, struct strbuf *out) {
        write_number(number, -4, 6, out);
}

static int by_name(const void *a, const void *b) {
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Go writes members in the order of their names. */
static void write_object(const struct json *object, struct strbuf *out) {
        size_t n = 0, count = json_length(object);
        const char **names = calloc(count + 1, sizeof(*names));
        const struct json *value;
        void *cursor = NULL;

        if (!names)
                abort();
        while (n < count && json_next(object, &cursor, &names[n], &value))
                n++;
        qsort(names, n, sizeof(*names), by_name);
        strbuf_append_char(out, '{');
        for (size_t i = 0; i < n; i++) {
                struct json *name JSON_CLEANUP = json_new_string(bytes_of(names[i]));

                strbuf_puts(out, i > 0 ? "," : "");
                shown_json(name, out);
                strbuf_append_char(out, ':');
                shown_json(json_get(object, names[i]), out);
        }
        strbuf_append_char(out, '}');
        free(names);
}

/* Go's JSON could stand in a web page. */
static void write_scalar(const struct json *value, struct strbuf *out) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(out->max);

        json_write(value, &text);
        for (size_t i = 0; i < text.len; i++)
                if (strchr("<>&", text.data[i]))
                        strbuf_printf(out, "\\u%04x", (unsigned char)text.data[i]);
                else
                        strbuf_append_char(out, text.data[i]);
}

void shown_json(const struct json *value, struct strbuf *out) {
        switch (json_kind(value)) {
        case JSON_OBJECT:
                write_object(value, out);
                break;
        case JSON_ARRAY:
                strbuf_append_char(out, '[');
                for (size_t i = 0; i < json_length(value); i++) {
                        strbuf_puts(out, i > 0 ? "," : "");
                        shown_json(json_at(value, i), out);
                }
                strbuf_append_char(out, ']');
                break;
        case JSON_DOUBLE:
                write_number(json_as_number(value), -6, 21, out);
                break;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_INT:
        case JSON_STRING:
                write_scalar(value, out);
                break;
        }
}

void shown_value(const struct json *value, struct strbuf *out) {
        switch (json_kind(value)) {
        case JSON_STRING:
                shown_text(json_as_string(value), out);
                break;
        case JSON_DOUBLE:
                shown_number(json_as_number(value), out);
                break;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_INT:
        case JSON_ARRAY:
        case JSON_OBJECT:
                shown_json(value, out);
                break;
        }
}
