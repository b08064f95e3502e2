#include "base64.h"

#include <stdint.h>
#include <stdlib.h>

static int digit_value(char c) {
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Writes at most text.len / 4 * 3 + 3 bytes to out; false when malformed. */
static bool decode(struct bytes text, char *out, size_t *ret_len) {
        uint32_t bits = 0;
        unsigned n_digits = 0, n_padding = 0; /* of the group of four being read */
        size_t len = 0;

        for (size_t i = 0; i < text.len; i++) {
                char c = text.ptr[i];

                if (c == '\r' || c == '\n')
                        continue;
                if (n_padding > 0 && n_digits + n_padding == 4)
                        return false; /* after the end */
                if (c == '=') {
                        if (n_digits < 2)
                                return false;
                        n_padding++;
                        continue;
                }
                if (n_padding > 0 || digit_value(c) < 0)
                        return false;
                bits = bits << 6 | (uint32_t)digit_value(c);
                if (++n_digits == 4) {
                        out[len++] = (char)(bits >> 16 & 0xff);
                        out[len++] = (char)(bits >> 8 & 0xff);
                        out[len++] = (char)(bits & 0xff);
                        n_digits = 0;
                }
        }
        *ret_len = len;
        if (n_digits == 0)
                return n_padding == 0;
        if (n_digits + n_padding != 4 || (bits & (n_digits == 2 ? 0xfu : 0x3u)))
                return false;
        bits <<= 6 * n_padding;
        out[len++] = (char)(bits >> 16 & 0xff);
        if (n_digits == 3)
                out[len++] = (char)(bits >> 8 & 0xff);
        *ret_len = len;
        return true;
}

bool base64_decode(struct bytes text, struct strbuf *out) {
        size_t room = text.len / 4 * 3 + 3, len;
        char *decoded = malloc(room);
        bool ok = decode(text, decoded, &len);

        if (ok)
                strbuf_append(out, (struct bytes){ .ptr = decoded, .len = len });
        explicit_bzero(decoded, room); /* it may be a key */
        free(decoded);
        return ok;
}

void base64_encode(struct bytes bytes, struct strbuf *out) {
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

        for (size_t i = 0; i < bytes.len; i += 3) {
                size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
                uint32_t bits = 0;

                for (size_t j = 0; j < 3; j++)
                        bits = bits << 8 | (j < n ? (unsigned char)bytes.ptr[i + j] : 0u);
                for (size_t j = 0; j < 4; j++)
                        strbuf_append_char(out, j <= n ? digits[bits >> (18 - 6 * j) & 63] : '=');
        }
}
