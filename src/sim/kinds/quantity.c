#include "kinds/quantity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
        INPUT_MAX = 1024,
        NANO_DIGITS = 9,
        EXPONENT_MAX = 1000, /* beyond it all is nothing or the most */
        DIGITS = 37,         /* that count; what is behind them only rounds up */
        DIGITS_BINARY = 19,  /* the same, with room for a factor of 2^60 */
        DIGITS_WRITTEN = 18, /* of a text that may be kept */
        DIGITS_WRITTEN_BINARY = 14,
        LAST_SI = 9, /* of DECIMAL */
};

static const struct {
        const char *suffix;
        int exponent; /* of ten */
} DECIMAL[] = { { "n", -9 }, { "u", -6 }, { "m", -3 }, { "", 0 },   { "k", 3 },
                { "M", 6 },  { "G", 9 },  { "T", 12 }, { "P", 15 }, { "E", 18 } };

static const char *const BINARY[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };

/* A text taken to pieces. No digit at all is 0. */
struct parts {
        bool negative;
        struct bytes whole, fraction; /* digits; whole without leading zeros */
        int exponent;                 /* of ten, from the suffix */
        int power;                    /* of 1024 */
};

static __int128 power_of_ten(int exponent) {
        __int128 value = 1;

        while (exponent-- > 0)
                value *= 10;
        return value;
}

static __int128 limit(void) {
        return power_of_ten(DIGITS + 1);
}

static bool read_exponent(const char *text, int *ret_exponent) {
        bool negative = *text == '-';
        int exponent = 0;

        text += negative || *text == '+';
        if (!*text)
                return false;
        for (; isdigit((unsigned char)*text); text++)
                if (exponent < EXPONENT_MAX)
                        exponent = exponent * 10 + (*text - '0');
        *ret_exponent = negative ? -exponent : exponent;
        return *text == '\0';
}

static bool read_suffix(const char *text, struct parts *parts, enum quantity_format *ret_format) {
        for (size_t i = 1; i < sizeof(BINARY) / sizeof(BINARY[0]); i++)
                if (strcmp(text, BINARY[i]) == 0) {
                        *ret_format = QUANTITY_BINARY;
                        parts->power = (int)i;
                        return true;
                }
        *ret_format = QUANTITY_DECIMAL;
        for (size_t i = 0; i < sizeof(DECIMAL) / sizeof(DECIMAL[0]); i++)
                if (strcmp(text, DECIMAL[i].suffix) == 0) {
                        parts->exponent = DECIMAL[i].exponent;
                        return true;
                }
        *ret_format = QUANTITY_EXPONENT;
        return (text[0] == 'e' || text[0] == 'E') && read_exponent(text + 1, &parts->exponent);
}

static struct bytes take_digits(const char **text) {
        const char *start = *text;

        while (isdigit((unsigned char)**text))
                (*text)++;
        return (struct bytes){ start, (size_t)(*text - start) };
}

static bool read_parts(const char *text, struct parts *parts, enum quantity_format *ret_format) {
        parts->negative = *text == '-';
        text += *text == '-' || *text == '+';
        text += strspn(text, "0");
        parts->whole = take_digits(&text);
        text += *text == '.';
        parts->fraction = take_digits(&text);
        return read_suffix(text, parts, ret_format);
}

/* Appends digits to *value as long as there is room; says how many there was none for. */
static int append_digits(struct bytes digits, int *room, __int128 *value, bool *rest) {
        int left = 0;

        for (size_t i = 0; i < digits.len; i++) {
                if (*room > 0) {
                        *value = *value * 10 + (digits.ptr[i] - '0');
                        *room -= *value > 0;
                } else {
                        *rest = *rest || digits.ptr[i] != '0';
                        left++;
                }
        }
        return left;
}

static __int128 nano_of(const struct parts *parts) {
        int room = parts->power > 0 ? DIGITS_BINARY : DIGITS;
        int exponent = parts->exponent + NANO_DIGITS;
        __int128 value = 0;
        bool rest = false;

        exponent += append_digits(parts->whole, &room, &value, &rest);
        exponent -= (int)parts->fraction.len;
        exponent += append_digits(parts->fraction, &room, &value, &rest);
        value <<= 10 * parts->power;
        for (; exponent > 0 && value > 0 && value < limit(); exponent--)
                value = value > limit() / 10 ? limit() : value * 10;
        for (; exponent < 0 && value > 0; exponent++) {
                rest = rest || value % 10 != 0;
                value /= 10;
        }
        if (parts->power > 0 && value > (__int128)INT64_MAX * power_of_ten(NANO_DIGITS))
                return (__int128)INT64_MAX * power_of_ten(NANO_DIGITS);
        return value < limit() && rest ? value + 1 : value;
}

/* The last digit but `back`, over whole and fraction; '0' when there are no so many. */
static char digit_before_end(const struct parts *parts, size_t back) {
        if (back < parts->fraction.len)
                return parts->fraction.ptr[parts->fraction.len - 1 - back];
        back -= parts->fraction.len;
        return back < parts->whole.len ? parts->whole.ptr[parts->whole.len - 1 - back] : '0';
}

/* A multiple of 8: three digits tell. */
static bool ends_in_eighths(struct bytes digits) {
        int value = 0;

        for (size_t i = digits.len > 3 ? digits.len - 3 : 0; i < digits.len; i++)
                value = value * 10 + (digits.ptr[i] - '0');
        return value % 8 == 0;
}

/*
 * The real one looks whether a short text is canonical and then keeps it, but does not look at the
 * sign, at leading zeros and at how the exponent is written.
 */
static bool is_as_written(const struct parts *parts, enum quantity_format format) {
        int digits = (int)(parts->whole.len + parts->fraction.len) + (parts->whole.len == 0);
        int scale = parts->exponent - (int)parts->fraction.len;
        bool thousands = digits >= 3;

        if (format == QUANTITY_BINARY)
                return parts->fraction.len == 0 && !ends_in_eighths(parts->whole) &&
                       digits + 3 * parts->power <= DIGITS_WRITTEN_BINARY;
        for (size_t i = 0; i < 3; i++)
                thousands = thousands && digit_before_end(parts, i) == '0';
        return digits <= DIGITS_WRITTEN && scale >= -NANO_DIGITS && scale % 3 == 0 &&
               parts->whole.len > 0 && !thousands;
}

static void write_source(const struct json *value, struct strbuf *out) {
        struct bytes text;

        if (json_kind(value) != JSON_STRING) {
                json_write(value, out);
                return;
        }
        for (text = json_as_string(value); text.len > 0 && text.ptr[0] == ' '; text.len--)
                text.ptr++;
        while (text.len > 0 && text.ptr[text.len - 1] == ' ')
                text.len--;
        strbuf_append(out, text);
}

bool quantity_parse(const struct json *value, struct quantity *ret_quantity) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(INPUT_MAX);
        struct parts parts = { .negative = false };
        struct quantity quantity;

        if (json_kind(value) != JSON_STRING && json_kind(value) != JSON_INT &&
            json_kind(value) != JSON_DOUBLE)
                return false;
        write_source(value, &text);
        if (!strbuf_ok(&text) || text.len == 0 || strlen(strbuf_str(&text)) != text.len ||
            !read_parts(strbuf_str(&text), &parts, &quantity.format))
                return false;
        quantity.nano = nano_of(&parts);
        quantity.as_written = is_as_written(&parts, quantity.format);
        if (parts.negative)
                quantity.nano = -quantity.nano;
        *ret_quantity = quantity;
        return true;
}

static void write_number(__int128 value, bool negative, const char *suffix,
                         char out[static QUANTITY_SIZE]) {
        char digits[QUANTITY_SIZE];
        size_t at = sizeof(digits) - 1;

        digits[at] = '\0';
        do
                digits[--at] = (char)('0' + (int)(value % 10));
        while ((value /= 10) > 0);
        snprintf(out, QUANTITY_SIZE, "%s%s%s", negative ? "-" : "", digits + at, suffix);
}

/* A power of 1024 that divides it, the largest; what is no whole number or small is decimal. */
static bool write_binary(__int128 nano, bool negative, char out[static QUANTITY_SIZE]) {
        __int128 value = nano / power_of_ten(NANO_DIGITS);
        size_t power = 0;

        if (nano % power_of_ten(NANO_DIGITS) != 0 || value < 1024)
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
        int thousands = 0; /* powers of it, from billionths on */
        char suffix[16];

        if (value == 0) {
                snprintf(out, QUANTITY_SIZE, "0");
                return out;
        }
        if (quantity->format == QUANTITY_BINARY && write_binary(value, negative, out))
                return out;
        for (; value % 1000 == 0; thousands++) {
                if (quantity->format != QUANTITY_EXPONENT && thousands == LAST_SI)
                        break;
                value /= 1000;
        }
        if (quantity->format != QUANTITY_EXPONENT)
                snprintf(suffix, sizeof(suffix), "%s", DECIMAL[thousands].suffix);
        else if (3 * thousands != NANO_DIGITS)
                snprintf(suffix, sizeof(suffix), "e%d", 3 * thousands - NANO_DIGITS);
        else
                suffix[0] = '\0';
        write_number(value, negative, suffix, out);
        return out;
}

void quantity_store(const struct quantity *quantity, const struct json *value, struct strbuf *out) {
        char text[QUANTITY_SIZE];

        if (quantity->as_written)
                write_source(value, out);
        else
                strbuf_puts(out, quantity_text(quantity, text));
}

int quantity_compare(const struct quantity *a, const struct quantity *b) {
        return (a->nano > b->nano) - (a->nano < b->nano);
}

bool quantity_is_integer(const struct quantity *quantity) {
        return quantity->nano % power_of_ten(NANO_DIGITS) == 0;
}
