#include "quantity.h"

#include <stddef.h>

enum { EXPONENT_MAX = 40 }; /* the API server caps quantities far below */

static const struct {
        const char *text;
        int base, power;
} SUFFIXES[] = {
        { "", 10, 0 },   { "n", 10, -9 }, { "u", 10, -6 }, { "m", 10, -3 },
        { "k", 10, 3 },  { "M", 10, 6 },  { "G", 10, 9 },  { "T", 10, 12 },
        { "P", 10, 15 }, { "E", 10, 18 }, { "Ki", 2, 10 }, { "Mi", 2, 20 },
        { "Gi", 2, 30 }, { "Ti", 2, 40 }, { "Pi", 2, 50 }, { "Ei", 2, 60 },
};

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static struct bytes after(struct bytes text, size_t n) {
        return (struct bytes){ .ptr = text.ptr + n, .len = text.len - n };
}

static long double scaled(long double value, int base, int power) {
        for (; power > 0; power--)
                value *= (long double)base;
        for (; power < 0; power++)
                value /= (long double)base;
        return value;
}

/* "+3", "-12" */
static bool parse_exponent(struct bytes text, int *ret_power) {
        bool negative = text.len > 0 && text.ptr[0] == '-';
        int power = 0;

        if (negative || (text.len > 0 && text.ptr[0] == '+'))
                text = after(text, 1);
        if (text.len == 0)
                return false;
        for (size_t i = 0; i < text.len; i++) {
                if (!is_digit(text.ptr[i]) || power > EXPONENT_MAX)
                        return false;
                power = power * 10 + (text.ptr[i] - '0');
        }
        *ret_power = negative ? -power : power;
        return true;
}

static bool parse_suffix(struct bytes text, int *ret_base, int *ret_power) {
        for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
                if (!bytes_is(text, SUFFIXES[i].text))
                        continue;
                *ret_base = SUFFIXES[i].base;
                *ret_power = SUFFIXES[i].power;
                return true;
        }
        *ret_base = 10;
        return (text.ptr[0] == 'e' || text.ptr[0] == 'E') &&
               parse_exponent(after(text, 1), ret_power);
}

bool quantity_parse(struct bytes text, long double *ret_value) {
        long double value = 0;
        bool negative = text.len > 0 && text.ptr[0] == '-';
        bool point = false;
        size_t n_digits = 0;
        int base, power, fraction = 0;

        if (negative || (text.len > 0 && text.ptr[0] == '+'))
                text = after(text, 1);
        for (; text.len > 0; text = after(text, 1)) {
                if (is_digit(text.ptr[0])) {
                        value = value * 10 + (long double)(text.ptr[0] - '0');
                        fraction -= point;
                        n_digits++;
                } else if (text.ptr[0] == '.' && !point) {
                        point = true;
                } else {
                        break;
                }
        }
        if (n_digits == 0 || !parse_suffix(text, &base, &power))
                return false;
        value = scaled(scaled(value, 10, fraction), base, power);
        *ret_value = negative ? -value : value;
        return true;
}
