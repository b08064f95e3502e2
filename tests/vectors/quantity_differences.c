#include "quantity_differences.h"

#include <string.h>

enum { BINARY_DIGITS = 19, EXPONENT_DIGITS = 9 };

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* Where the number ends. */
static size_t suffix_at(struct bytes text) {
        size_t at = 0;

        while (at < text.len && strchr("+- ", text.ptr[at]))
                at++;
        while (at < text.len && (is_digit(text.ptr[at]) || text.ptr[at] == '.'))
                at++;
        return at;
}

bool quantity_has_strange_blank(const struct json *json) {
        struct bytes text = json_as_string(json);

        return text.len > 0 && ((unsigned char)text.ptr[0] >= 0x80 ||
                                (unsigned char)text.ptr[text.len - 1] >= 0x80);
}

bool quantity_has_no_digit(const struct json *json) {
        struct bytes text = json_as_string(json);
        size_t end = suffix_at(text);

        for (size_t i = 0; i < end; i++)
                if (is_digit(text.ptr[i]))
                        return false;
        return true;
}

bool quantity_has_long_exponent(const struct json *json) {
        struct bytes text = json_as_string(json);
        size_t at = suffix_at(text);

        return at < text.len && strchr("eE", text.ptr[at]) && text.len - at > EXPONENT_DIGITS;
}

bool quantity_is_long_binary(const struct json *json) {
        struct bytes text = json_as_string(json);
        size_t at = suffix_at(text);

        return at > BINARY_DIGITS && at + 1 < text.len && text.ptr[at + 1] == 'i';
}
