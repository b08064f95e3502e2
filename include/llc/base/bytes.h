/*
 * Borrowed bytes: a pointer and a length that somebody else owns. Not NUL-terminated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct bytes {
        const char *ptr; /* may be NULL only when len is 0 */
        size_t len;
};

#define BYTES_NULL ((struct bytes){ .ptr = NULL, .len = 0 })

static inline struct bytes bytes_of(const char *s) {
        return (struct bytes){ .ptr = s, .len = s ? strlen(s) : 0 };
}

static inline bool bytes_equal(struct bytes a, struct bytes b) {
        return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Both there, and the same. */
static inline bool text_equal(const char *a, const char *b) {
        return a && b && strcmp(a, b) == 0;
}

static inline bool bytes_is(struct bytes a, const char *s) {
        return bytes_equal(a, bytes_of(s));
}
