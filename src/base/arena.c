#include "llc/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BLOCK_BYTES = 4096 };

struct arena_block {
        struct arena_block *next;
        size_t size, used; /* of data */
        alignas(max_align_t) unsigned char data[];
};

void arena_deinit(struct arena *arena) {
        struct arena_block *block, *next;

        for (block = arena->head; block; block = next) {
                next = block->next;
                free(block);
        }
        arena->head = NULL;
        arena->used_bytes = 0;
}

static struct arena_block *arena_grow(struct arena *arena, size_t bytes) {
        size_t size = arena->block_bytes ? arena->block_bytes : DEFAULT_BLOCK_BYTES;
        struct arena_block *block;

        if (size < bytes)
                size = bytes;
        if (size > SIZE_MAX - sizeof(*block))
                abort();
        block = calloc(1, sizeof(*block) + size);
        if (!block)
                abort();
        block->size = size;
        block->next = arena->head;
        arena->head = block;
        return block;
}

static void *arena_take(struct arena *arena, size_t bytes, size_t alignment) {
        struct arena_block *block = arena->head;
        size_t start = 0;

        if (block)
                start = (block->used + alignment - 1) & ~(alignment - 1);
        if (!block || start > block->size || bytes > block->size - start) {
                block = arena_grow(arena, bytes);
                start = 0;
        }
        block->used = start + bytes;
        arena->used_bytes += bytes;
        return block->data + start;
}

void *arena_alloc(struct arena *arena, size_t bytes) {
        return arena_take(arena, bytes, alignof(max_align_t));
}

void *arena_array(struct arena *arena, size_t count, size_t item_bytes) {
        size_t bytes;

        if (__builtin_mul_overflow(count, item_bytes, &bytes))
                abort();
        return arena_alloc(arena, bytes);
}

char *arena_copy(struct arena *arena, struct bytes bytes) {
        char *copy = arena_take(arena, bytes.len + 1, 1);

        if (bytes.len > 0)
                memcpy(copy, bytes.ptr, bytes.len);
        copy[bytes.len] = '\0';
        return copy;
}

char *arena_strdup(struct arena *arena, const char *s) {
        return s ? arena_copy(arena, bytes_of(s)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list args) {
        va_list again;
        char *text;
        int n;

        va_copy(again, args);
        n = vsnprintf(NULL, 0, fmt, again);
        va_end(again);
        if (n < 0)
                abort(); /* a broken format string: a bug */
        text = arena_take(arena, (size_t)n + 1, 1);
        vsnprintf(text, (size_t)n + 1, fmt, args);
        return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...) {
        va_list args;
        char *text;

        va_start(args, fmt);
        text = arena_vprintf(arena, fmt, args);
        va_end(args);
        return text;
}
