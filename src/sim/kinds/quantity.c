#include "kinds/quantity.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NANO_DIGITS = 9, NANO = 1000000000, DIGITS_MAX = 40 };

static const struct {
        const char *suffix;
        int exponent; /* of ten */
} DECIMAL[] = { { "n", -9 }, { "u", -6 }, { "m", -3 }, { "", 0 },   { "k", 3 },
                { "M", 6 },  { "G", 9 },  { "T", 12 }, { "P", 15 }, { "E", 18 } };

static const char *const BINARY[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };

static __int128 limit(void) {
        return (__int128)INT64_MAX * NANO;
}

/* Multiplies, and stays at the limit once there. */
static __int128 times(__int128 value, int64_t factor) {
        return value > limit() / factor ? limit() : value * factor;
}

/* Reads the suffix: powers of two in *ret_shift, of ten in *ret_exponent. */
static bool read_suffix(const char *text, struct quantity *quantity, int *ret_shift,
                        int *ret_exponent) {
        char *end;
        long exponent;

        *ret_shift = 0;
        for (size_t i = 1; i < sizeof(BINARY) / sizeof(BINARY[0]); i++)
                if (strcmp(text, BINARY[i]) == 0) {
                        quantity->format = QUANTITY_BINARY;
                        *ret_shift = (int)(10 * i);
                        *ret_exponent = 0;
                        return true;
                }
        quantity->format = QUANTITY_DECIMAL;
        for (size_t i = 0; i < sizeof(DECIMAL) / sizeof(DECIMAL[0]); i++)
                if (strcmp(text, DECIMAL[i].suffix) == 0) {
                        *ret_exponent = DECIMAL[i].exponent;
                        return true;
                }
        if ((text[0] != 'e' && text[0] != 'E') ||
            !isdigit((unsigned char)text[1 + (text[1] == '-' || text[1] == '+')]))
                return false;
        exponent = strtol(text + 1, &end, 10);
        if (*end || exponent < -DIGITS_MAX || exponent > DIGITS_MAX)
                return false;
        quantity->format = QUANTITY_EXPONENT;
        *ret_exponent = (int)exponent;
        return true;
}

/* The digits as an integer of billionths, after moving the point; rounded up. */
static __int128 read_digits(const char *text, size_t len, int exponent) {
        __int128 value = 0;
        int places = -1; /* digits after the point so far; -1 = no point yet */
        int shift;
        bool rest = false;

        for (size_t i = 0; i < len; i++) {
                if (text[i] == '.') {
                        places = 0;
                        continue;
                }
                if (value >= limit()) { /* finer than counts, or too much anyway */
                        if (places < 0)
                                return limit();
                        rest = rest || text[i] != '0';
                        continue;
                }
                value = value * 10 + (text[i] - '0');
                if (places >= 0)
                        places++;
        }
        shift = NANO_DIGITS + exponent - (places > 0 ? places : 0);
        for (; shift > 0; shift--)
                value = times(value, 10);
        for (; shift < 0; shift++) {
                rest = rest || value % 10 != 0;
                value /= 10;
        }
        return value + (rest ? 1 : 0);
}

static bool parse_text(const char *text, struct quantity *ret_quantity) {
        struct quantity quantity = { 0 };
        bool negative = *text == '-';
        size_t len = 0, points = 0, digits = 0;
        int shift, exponent;

        if (*text == '-' || *text == '+')
                text++;
        for (; isdigit((unsigned char)text[len]) || text[len] == '.'; len++) {
                points += text[len] == '.';
                digits += text[len] != '.';
        }
        if (points > 1 || digits == 0 || !read_suffix(text + len, &quantity, &shift, &exponent))
                return false;
        quantity.nano = read_digits(text, len, exponent);
        for (; shift > 0; shift -= 10)
                quantity.nano = times(quantity.nano, 1024);
        if (negative)
                quantity.nano = -quantity.nano;
        *ret_quantity = quantity;
        return true;
}

bool quantity_parse(const struct json *value, struct quantity *ret_quantity) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(QUANTITY_SIZE);

        switch (json_kind(value)) {
        case JSON_STRING:
                strbuf_append(&text, json_as_string(value));
                break;
        case JSON_INT:
        case JSON_DOUBLE:
                json_write(value, &text);
                break;
        case JSON_NULL:
        case JSON_BOOL:
        case JSON_ARRAY:
        case JSON_OBJECT:
                return false;
        }
        return strbuf_ok(&text) && parse_text(strbuf_str(&text), ret_quantity);
}

static void write_number(__int128 value, bool negative, const char *suffix,
                         char out[static QUANTITY_SIZE]) {
        snprintf(out, QUANTITY_SIZE, "%s%lld%s", negative ? "-" : "", (long long)value, suffix);
}

/* A power of 1024 that divides it, the largest; what is no whole number or small is decimal. */
static bool write_binary(__int128 nano, bool negative, char out[static QUANTITY_SIZE]) {
        __int128 value = nano / NANO;
        size_t power = 0;

        if (nano % NANO != 0 || value < 1024)
                return false;
        while (power + 1 < sizeof(BINARY) / sizeof(BINARY[0]) && value % 1024 == 0) {
                value /= 1024;
                power++;
        }
        write_number(value, negative, BINARY[power], out);
        return true;
}

const char *quantity_text(const struct quantity *quantity, char out[static QUANTITY_SIZE]) {
        bool negative = quantity->nano < 0;
        __int128 value = negative ? -quantity->nano : quantity->nano;
        size_t power = 0;
        char suffix[8];

        if (value == 0) {
                snprintf(out, QUANTITY_SIZE, "0");
                return out;
        }
        if (quantity->format == QUANTITY_BINARY && write_binary(value, negative, out))
                return out;
        while (power + 1 < sizeof(DECIMAL) / sizeof(DECIMAL[0]) && value % 1000 == 0) {
                value /= 1000;
                power++;
        }
        if (quantity->format == QUANTITY_EXPONENT && DECIMAL[power].exponent != 0)
                snprintf(suffix, sizeof(suffix), "e%d", DECIMAL[power].exponent);
        else
                snprintf(suffix, sizeof(suffix), "%s", DECIMAL[power].suffix);
        write_number(value, negative, suffix, out);
        return out;
}

int quantity_compare(const struct quantity *a, const struct quantity *b) {
        return (a->nano > b->nano) - (a->nano < b->nano);
}

bool quantity_is_integer(const struct quantity *quantity) {
        return quantity->nano % NANO == 0;
}
