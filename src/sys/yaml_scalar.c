#include "yaml_scalar.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { NUMBER_MAX_BYTES = 320 }; /* longer ones are strings */

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_one_of(struct bytes text, const char *const *words) {
        for (; *words; words++)
                if (bytes_is(text, *words))
                        return true;
        return false;
}

static bool is_null(struct bytes text) {
        static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

        return is_one_of(text, words);
}

static bool is_true(struct bytes text) {
        static const char *const words[] = { "y",  "Y",  "yes",  "Yes",  "YES",  "on",
                                             "On", "ON", "true", "True", "TRUE", NULL };

        return is_one_of(text, words);
}

static bool is_false(struct bytes text) {
        static const char *const words[] = { "n",   "N",   "no",    "No",    "NO",    "off",
                                             "Off", "OFF", "false", "False", "FALSE", NULL };

        return is_one_of(text, words);
}

static bool is_not_finite(struct bytes text) {
        static const char *const words[] = { ".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",
                                             ".INF",  "+.inf", "+.Inf", "+.INF", "-.inf",
                                             "-.Inf", "-.INF", NULL };

        return is_one_of(text, words);
}

/* The digits without sign, prefix and underscores, in the base the prefix says. */
struct integer {
        const char *digits;
        unsigned base;
        bool negative;
};

static int digit_value(char c) {
        if (is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return 99;
}

static bool integer_read(const char *s, struct integer *ret) {
        *ret = (struct integer){ .base = 10, .negative = *s == '-' };
        if (*s == '-' || *s == '+')
                s++;
        if (s[0] == '0' && s[1] != '\0') {
                ret->base = strchr("xX", s[1]) ? 16 : strchr("bB", s[1]) ? 2 : 8;
                s += strchr("xXbBoO", s[1]) ? 2 : 1;
        }
        ret->digits = s;
        if (!*s)
                return false;
        for (; *s; s++)
                if (digit_value(*s) >= (int)ret->base)
                        return false;
        return true;
}

static bool integer_value(const struct integer *integer, int64_t *ret_value) {
        int64_t value = 0;

        /* Downwards, as there is one negative number more. */
        for (const char *s = integer->digits; *s; s++)
                if (__builtin_mul_overflow(value, (int64_t)integer->base, &value) ||
                    __builtin_sub_overflow(value, (int64_t)digit_value(*s), &value))
                        return false;
        if (!integer->negative && value == INT64_MIN)
                return false;
        *ret_value = integer->negative ? value : -value;
        return true;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(const char *s) {
        size_t whole = 0, fraction = 0;

        if (*s == '-' || *s == '+')
                s++;
        for (; is_digit(*s); s++)
                whole++;
        if (*s == '.')
                for (s++; is_digit(*s); s++)
                        fraction++;
        if (whole + fraction == 0)
                return false;
        if (*s == 'e' || *s == 'E') {
                s++;
                if (*s == '-' || *s == '+')
                        s++;
                if (!is_digit(*s))
                        return false;
                while (is_digit(*s))
                        s++;
        }
        return *s == '\0';
}

/* Without underscores, which kubectl allows anywhere but before a leading dot. */
static bool number_text(struct bytes text, char out[static NUMBER_MAX_BYTES]) {
        size_t n = 0;

        if (text.len == 0 || text.len >= NUMBER_MAX_BYTES)
                return false;
        if (!is_digit(text.ptr[0]) && !strchr("+-.", text.ptr[0]))
                return false;
        for (size_t i = 0; i < text.len; i++) {
                if (text.ptr[i] == '\0' || (text.ptr[i] == '_' && text.ptr[0] == '.'))
                        return false;
                if (text.ptr[i] != '_')
                        out[n++] = text.ptr[i];
        }
        out[n] = '\0';
        return true;
}

static int float_json(const char *s, struct json **ret_json, struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT((size_t)2 * NUMBER_MAX_BYTES);
        double value = strtod(s, NULL);

        if (fabs(value) < 0x1p53 && value == (double)(int64_t)value) {
                *ret_json = json_new_int((int64_t)value); /* 1e3 and 2.0 are integers to kubectl */
                return 0;
        }
        /* The text stays, in the spelling of JSON: no plus, no leading zeros, digits at the dot. */
        if (*s == '-')
                strbuf_append_char(&text, '-');
        s += *s == '-' || *s == '+';
        while (*s == '0')
                s++;
        if (!is_digit(*s))
                strbuf_append_char(&text, '0');
        for (; *s; s++) {
                strbuf_append_char(&text, *s);
                if (*s == '.' && !is_digit(s[1]))
                        strbuf_append_char(&text, '0');
        }
        return json_parse(strbuf_bytes(&text), &JSON_LIMITS_OBJECT, ret_json, err);
}

int yaml_scalar_resolve(struct bytes text, struct json **ret_json, struct err *err) {
        char number[NUMBER_MAX_BYTES];
        struct integer integer;
        int64_t value;

        if (is_not_finite(text))
                return err_set(err, ERR_INVALID, "JSON has no such number");
        if (is_null(text)) {
                *ret_json = NULL;
                return 0;
        }
        if (is_true(text) || is_false(text)) {
                *ret_json = json_new_bool(is_true(text));
                return 0;
        }
        if (number_text(text, number)) {
                if (integer_read(number, &integer)) {
                        if (!integer_value(&integer, &value))
                                return err_set(err, ERR_INVALID, "an integer beyond 64 bits");
                        *ret_json = json_new_int(value);
                        return 0;
                }
                if (is_float(number) && isfinite(strtod(number, NULL)))
                        return float_json(number, ret_json, err);
        }
        *ret_json = json_new_string(text);
        return 0;
}

bool yaml_scalar_needs_quotes(struct bytes text) {
        char number[NUMBER_MAX_BYTES];
        bool digits = false;
        size_t i;

        if (is_null(text) || is_true(text) || is_false(text) || is_not_finite(text) ||
            bytes_is(text, "<<") || bytes_is(text, "="))
                return true;
        if (number_text(text, number)) {
                const char *unsigned_text = number + strspn(number, "+-");
                struct integer integer;

                if (integer_read(number, &integer) || is_float(number))
                        return true;
                if (unsigned_text[0] == '0' && strchr("xXbBoO", unsigned_text[1]))
                        return true; /* "0x_" is a number to some */
        }
        /* Dates, times and base-60 numbers of YAML 1.1. */
        for (i = 0; i < text.len && (is_digit(text.ptr[i]) || strchr("+-:._TZtz ", text.ptr[i]));
             i++)
                digits |= is_digit(text.ptr[i]);
        return digits && i == text.len;
}
