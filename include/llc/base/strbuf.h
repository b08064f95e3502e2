/*
 * An owned, growing byte string with a cap.
 *
 * The cap is fixed at birth. An append that would exceed it leaves the content as it was and sets
 * `overflow`, which is sticky: append freely, ask strbuf_ok() once at the end. The content is
 * always NUL-terminated (the NUL is not counted in len). Out of memory aborts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/bytes.h"

struct strbuf {
        char *data; /* NULL until the first append */
        size_t len;
        size_t cap; /* allocated bytes */
        size_t max; /* most bytes of content, without the NUL */
        bool overflow;
};

#define STRBUF_INIT(max_bytes) ((struct strbuf){ .max = (max_bytes) })

void strbuf_deinit(struct strbuf *sb);
#define STRBUF_CLEANUP __attribute__((cleanup(strbuf_deinit)))

void strbuf_append(struct strbuf *sb, struct bytes bytes);
void strbuf_append_char(struct strbuf *sb, char c);
void strbuf_puts(struct strbuf *sb, const char *s);
void strbuf_printf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Empties it, keeps the memory, clears overflow. */
void strbuf_clear(struct strbuf *sb);
/* Empties it and gives the memory back when more than keep_bytes are allocated. */
void strbuf_shrink(struct strbuf *sb, size_t keep_bytes);

static inline bool strbuf_ok(const struct strbuf *sb) {
        return !sb->overflow;
}

/* The content as a C string; "" when empty. Borrowed until the next change. */
static inline const char *strbuf_str(const struct strbuf *sb) {
        return sb->data ? sb->data : "";
}

static inline struct bytes strbuf_bytes(const struct strbuf *sb) {
        return (struct bytes){ .ptr = sb->data, .len = sb->len };
}
