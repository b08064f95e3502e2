#include "token.h"

const uint8_t TOKEN_CLASSES[256] = {
        [' '] = TOKEN_SPACE, ['\t'] = TOKEN_SPACE, ['\r'] = TOKEN_SPACE, ['\n'] = TOKEN_NEWLINE,
        ['"'] = TOKEN_QUOTE, [','] = TOKEN_COMMA,  [':'] = TOKEN_COLON,  ['{'] = TOKEN_OPEN,
        ['['] = TOKEN_OPEN,  ['}'] = TOKEN_CLOSE,  [']'] = TOKEN_CLOSE,
};

enum { REPLACEMENT_CHARACTER = 0xfffd };

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* The four digits behind "\u"; -1 when they are not there. */
static int32_t hex_quad(const char *p, const char *end) {
        int32_t value = 0;

        if (end - p < 4)
                return -1;
        for (int i = 0; i < 4; i++) {
                int digit = hex_digit(p[i]);

                if (digit < 0)
                        return -1;
                value = value * 16 + digit;
        }
        return value;
}

/* Needs at most 4 bytes; the escape it comes from has at least 6. */
static char *utf8_put(char *out, uint32_t c) {
        if (c < 0x80) {
                *out++ = (char)c;
        } else if (c < 0x800) {
                *out++ = (char)(0xc0 | (c >> 6));
                *out++ = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
                *out++ = (char)(0xe0 | (c >> 12));
                *out++ = (char)(0x80 | ((c >> 6) & 0x3f));
                *out++ = (char)(0x80 | (c & 0x3f));
        } else {
                *out++ = (char)(0xf0 | (c >> 18));
                *out++ = (char)(0x80 | ((c >> 12) & 0x3f));
                *out++ = (char)(0x80 | ((c >> 6) & 0x3f));
                *out++ = (char)(0x80 | (c & 0x3f));
        }
        return out;
}

/* Takes the digits behind "\u" and, for a surrogate pair, its other half; NULL when malformed. */
static const char *unescape_unicode(const char *p, const char *end, char **out) {
        int32_t c = hex_quad(p, end), low;

        if (c < 0)
                return NULL;
        p += 4;
        if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
                low = hex_quad(p + 2, end);
                if (low >= 0xdc00 && low < 0xe000) {
                        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                        p += 6;
                }
        }
        if (c >= 0xd800 && c < 0xe000)
                c = REPLACEMENT_CHARACTER;
        *out = utf8_put(*out, (uint32_t)c);
        return p;
}

bool token_unescape(struct strbuf *text) {
        static const char SHORT[] = "\"\\/bfnrt", MEANING[] = "\"\\/\b\f\n\r\t";
        const char *p, *end, *found;
        char *out;

        if (text->len == 0 || !memchr(text->data, '\\', text->len))
                return true;
        p = out = text->data;
        end = p + text->len;
        while (p < end) {
                if (*p != '\\') {
                        *out++ = *p++;
                        continue;
                }
                if (++p == end)
                        return false;
                if (*p == 'u') {
                        p = unescape_unicode(p + 1, end, &out);
                        if (!p)
                                return false;
                        continue;
                }
                found = memchr(SHORT, *p, sizeof(SHORT) - 1);
                if (!found)
                        return false;
                *out++ = MEANING[found - SHORT];
                p++;
        }
        text->len = (size_t)(out - text->data);
        *out = '\0';
        return true;
}

static const char *skip_digits(const char *p, const char *end) {
        while (p < end && *p >= '0' && *p <= '9')
                p++;
        return p;
}

static bool is_number(const char *p, const char *end) {
        const char *digits;

        if (p < end && *p == '-')
                p++;
        digits = p;
        p = skip_digits(p, end);
        if (p == digits || (*digits == '0' && p - digits > 1))
                return false;
        if (p < end && *p == '.') {
                digits = ++p;
                p = skip_digits(p, end);
                if (p == digits)
                        return false;
        }
        if (p < end && (*p == 'e' || *p == 'E')) {
                p++;
                if (p < end && (*p == '+' || *p == '-'))
                        p++;
                digits = p;
                p = skip_digits(p, end);
                if (p == digits)
                        return false;
        }
        return p == end;
}

bool token_is_scalar(struct bytes text) {
        if (text.len == 0)
                return false;
        return bytes_is(text, "true") || bytes_is(text, "false") || bytes_is(text, "null") ||
               is_number(text.ptr, text.ptr + text.len);
}
