#include "kinds/base64.h"

#include <string.h>

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct json *base64_json(struct bytes bytes) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(4 * (bytes.len / 3 + 1));

        for (size_t i = 0; i < bytes.len; i += 3) {
                const unsigned char *in = (const unsigned char *)bytes.ptr + i;
                size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
                unsigned group = (unsigned)in[0] << 16 | (n > 1 ? (unsigned)in[1] << 8 : 0) |
                                 (n > 2 ? in[2] : 0);

                for (size_t k = 0; k < 4; k++)
                        strbuf_append_char(&text,
                                           k <= n ? DIGITS[group >> (18 - 6 * k) & 63] : '=');
        }
        return json_new_string(strbuf_bytes(&text));
}

bool base64_is(struct bytes text, size_t *ret_at) {
        size_t n = 0;

        while (n < text.len && text.ptr[n] != '\0' && strchr(DIGITS, text.ptr[n]))
                n++;
        *ret_at = n;
        while (n < text.len && text.ptr[n] == '=')
                n++;
        return n == text.len && n % 4 == 0 && n - *ret_at <= 2;
}
