/*
 * As lenient as apimachinery, which is what decides in the end: "k" and "+" are 0, blanks around it
 * do not count. Exact, since equal amounts may be written in two ways (0.1, 100m).
 */
#include "quantity.h"

#include <stddef.h>
#include <stdint.h>

enum {
        TEXT_MAX = 512,
        NANO_DIGITS = 9,
        EXPONENT_MAX = 1000, /* beyond it everything is nothing or the most anyway */
        DECIMAL_DIGITS = 37, /* that are looked at; the rest only rounds */
        BINARY_DIGITS = 19,  /* so that a product with 2^60 has room */
};

#define TEN_19     ((unsigned __int128)10000000000000000000u)
#define NANO_MAX   (TEN_19 * TEN_19)
#define BINARY_MAX ((unsigned __int128)INT64_MAX * 1000000000)

static const struct unit {
        const char *text;
        int decimal, binary; /* powers of 10 and of 2 */
} UNITS[] = {
        { "", 0, 0 },    { "n", -9, 0 },  { "u", -6, 0 },  { "m", -3, 0 },
        { "k", 3, 0 },   { "M", 6, 0 },   { "G", 9, 0 },   { "T", 12, 0 },
        { "P", 15, 0 },  { "E", 18, 0 },  { "Ki", 0, 10 }, { "Mi", 0, 20 },
        { "Gi", 0, 30 }, { "Ti", 0, 40 }, { "Pi", 0, 50 }, { "Ei", 0, 60 },
};

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static struct bytes after(struct bytes text, size_t n) {
        return (struct bytes){ .ptr = text.ptr + n, .len = text.len - n };
}

static struct bytes without_blanks(struct bytes text) {
        while (text.len > 0 && text.ptr[0] == ' ')
                text = after(text, 1);
        while (text.len > 0 && text.ptr[text.len - 1] == ' ')
                text.len--;
        return text;
}

/* "-" or "+" at the front. */
static bool take_sign(struct bytes *text) {
        bool negative = text->len > 0 && text->ptr[0] == '-';

        if (negative || (text->len > 0 && text->ptr[0] == '+'))
                *text = after(*text, 1);
        return negative;
}

/* "+3", "-12" */
static bool parse_exponent(struct bytes text, int *ret_power) {
        bool negative = take_sign(&text);
        int power = 0;

        if (text.len == 0)
                return false;
        for (size_t i = 0; i < text.len; i++) {
                if (!is_digit(text.ptr[i]))
                        return false;
                power = power * 10 + (text.ptr[i] - '0');
                if (power > EXPONENT_MAX)
                        power = EXPONENT_MAX;
        }
        *ret_power = negative ? -power : power;
        return true;
}

static bool parse_unit(struct bytes text, struct unit *ret_unit) {
        for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
                if (!bytes_is(text, UNITS[i].text))
                        continue;
                *ret_unit = UNITS[i];
                return true;
        }
        *ret_unit = UNITS[0];
        return (text.ptr[0] == 'e' || text.ptr[0] == 'E') &&
               parse_exponent(after(text, 1), &ret_unit->decimal);
}

/* "12", "1.5", ".5", "5.", "." at the front. */
static struct bytes take_number(struct bytes *text) {
        struct bytes number = { .ptr = text->ptr };
        bool point = false;

        while (number.len < text->len &&
               (is_digit(number.ptr[number.len]) || (number.ptr[number.len] == '.' && !point)))
                point |= number.ptr[number.len++] == '.';
        *text = after(*text, number.len);
        return number;
}

/* number × 10^exponent × 2^shift, rounded up. */
static unsigned __int128 scaled(struct bytes number, int exponent, int shift) {
        int room = shift > 0 ? BINARY_DIGITS : DECIMAL_DIGITS;
        unsigned __int128 value = 0;
        bool point = false, rest = false;

        for (size_t i = 0; i < number.len; i++) {
                unsigned digit = (unsigned)(number.ptr[i] - '0');

                if (number.ptr[i] == '.') {
                        point = true;
                } else if (room > 0) {
                        value = value * 10 + digit;
                        room -= value > 0;
                        exponent -= point;
                } else {
                        rest |= digit > 0;
                        exponent += !point;
                }
        }
        value <<= shift;
        for (; exponent > 0 && value > 0 && value < NANO_MAX; exponent--)
                value = value > NANO_MAX / 10 ? NANO_MAX : value * 10;
        for (; exponent < 0 && value > 0; exponent++) {
                rest |= value % 10 > 0;
                value /= 10;
        }
        return value >= NANO_MAX ? NANO_MAX : value + rest;
}

static bool parse_text(struct bytes text, __int128 *ret_nano) {
        unsigned __int128 nano;
        struct bytes number;
        struct unit unit;
        bool negative;

        text = without_blanks(text);
        if (text.len == 0)
                return false;
        negative = take_sign(&text);
        number = take_number(&text);
        if (!parse_unit(text, &unit))
                return false;
        nano = scaled(number, unit.decimal + NANO_DIGITS, unit.binary);
        if (unit.binary > 0 && nano > BINARY_MAX)
                nano = BINARY_MAX;
        *ret_nano = negative ? -(__int128)nano : (__int128)nano;
        return true;
}

bool quantity_parse(const struct json *value, __int128 *ret_nano) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(TEXT_MAX);

        switch (json_kind(value)) {
        case JSON_STRING:
                return parse_text(json_as_string(value), ret_nano);
        case JSON_INT:
        case JSON_DOUBLE:
                json_write(value, &text);
                return strbuf_ok(&text) && parse_text(strbuf_bytes(&text), ret_nano);
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_ARRAY:
        case JSON_OBJECT:
                break;
        }
        return false;
}
