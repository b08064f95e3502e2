#include "llc/base/strbuf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void strbuf_deinit(struct strbuf *sb) {
        free(sb->data);
        *sb = STRBUF_INIT(sb->max);
}

/* Makes room for `more` bytes and the NUL; false (and sticky overflow) beyond the cap. */
static bool strbuf_reserve(struct strbuf *sb, size_t more) {
        size_t need, cap;

        assert(sb->max < SIZE_MAX / 2);
        if (sb->overflow || more > sb->max - sb->len) {
                sb->overflow = true;
                return false;
        }
        need = sb->len + more + 1;
        if (need <= sb->cap)
                return true;
        cap = sb->cap ? sb->cap : 64;
        while (cap < need)
                cap *= 2;
        if (cap > sb->max + 1)
                cap = sb->max + 1;
        sb->data = realloc(sb->data, cap);
        if (!sb->data)
                abort();
        sb->cap = cap;
        return true;
}

void strbuf_append(struct strbuf *sb, struct bytes bytes) {
        if (bytes.len == 0 || !strbuf_reserve(sb, bytes.len))
                return;
        memcpy(sb->data + sb->len, bytes.ptr, bytes.len);
        sb->len += bytes.len;
        sb->data[sb->len] = '\0';
}

void strbuf_append_char(struct strbuf *sb, char c) {
        if (!strbuf_reserve(sb, 1))
                return;
        sb->data[sb->len++] = c;
        sb->data[sb->len] = '\0';
}

void strbuf_puts(struct strbuf *sb, const char *s) {
        strbuf_append(sb, bytes_of(s));
}

void strbuf_printf(struct strbuf *sb, const char *fmt, ...) {
        va_list ap;
        int n;

        va_start(ap, fmt);
        n = vsnprintf(NULL, 0, fmt, ap);
        va_end(ap);
        if (n < 0)
                abort(); /* a broken format string: a bug */
        if (!strbuf_reserve(sb, (size_t)n))
                return;
        va_start(ap, fmt);
        vsnprintf(sb->data + sb->len, (size_t)n + 1, fmt, ap);
        va_end(ap);
        sb->len += (size_t)n;
}

void strbuf_clear(struct strbuf *sb) {
        sb->len = 0;
        sb->overflow = false;
        if (sb->data)
                sb->data[0] = '\0';
}

void strbuf_shrink(struct strbuf *sb, size_t keep_bytes) {
        if (sb->cap > keep_bytes)
                strbuf_deinit(sb);
        strbuf_clear(sb);
}
