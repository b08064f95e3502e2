#include "schema/shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/rune.h"

/* More digits than any double needs, and where Go changes to exponents. */
enum { DIGITS_MAX = 17, EXPONENT_MIN = -4, EXPONENT_MAX = 6 };

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

void shown_number(double number, struct strbuf *out) {
        char text[64];
        int digits = 1, exponent;

        do
                snprintf(text, sizeof(text), "%.*e", digits - 1, number);
        while (strtod(text, NULL) != number && digits++ < DIGITS_MAX);
        exponent = atoi(strchr(text, 'e') ? strchr(text, 'e') + 1 : "0");
        if (exponent >= EXPONENT_MIN && exponent < EXPONENT_MAX)
                snprintf(text, sizeof(text), "%.*f",
                         digits - 1 > exponent ? digits - 1 - exponent : 0, number);
        strbuf_puts(out, text);
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
                json_write(value, out);
                break;
        }
}
