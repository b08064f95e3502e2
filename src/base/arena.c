/*
 * Structs are taken from the front of a block and texts from its end, so that nothing is lost to
 * alignment between them.
 */
#include "llc/base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BLOCK_BYTES = 4096 };

struct arena_block {
        struct arena_block *next;
        _Alignas(ARENA_ALIGNMENT) unsigned char data[];
};

void arena_deinit(struct arena *arena) {
        struct arena_block *block, *next;

        for (block = arena->head; block; block = next) {
                next = block->next;
                free(block);
        }
        *arena = (struct arena){ .block_bytes = arena->block_bytes };
}

static void arena_grow(struct arena *arena, size_t bytes) {
        size_t size = arena->block_bytes ? arena->block_bytes : DEFAULT_BLOCK_BYTES;
        struct arena_block *block;

        if (size < bytes)
                size = bytes;
        if (size > SIZE_MAX - sizeof(*block))
                abort();
        block = calloc(1, sizeof(*block) + size);
        if (!block)
                abort();
        block->next = arena->head;
        arena->head = block;
        arena->at = block->data;
        arena->end = block->data + size;
}

/* Makes room and counts it. */
static void arena_reserve(struct arena *arena, size_t bytes) {
        if (!arena->at || bytes > (size_t)(arena->end - arena->at))
                arena_grow(arena, bytes);
        arena->used_bytes += bytes;
}

void *arena_alloc(struct arena *arena, size_t bytes) {
        void *p;

        if (bytes > SIZE_MAX - ARENA_ALIGNMENT)
                abort();
        bytes = (bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
        arena_reserve(arena, bytes);
        p = arena->at;
        arena->at += bytes;
        return p;
}

void *arena_array(struct arena *arena, size_t count, size_t item_bytes) {
        size_t bytes;

        if (__builtin_mul_overflow(count, item_bytes, &bytes))
                abort();
        return arena_alloc(arena, bytes);
}

static char *arena_text(struct arena *arena, size_t bytes) {
        arena_reserve(arena, bytes);
        arena->end -= bytes;
        return (char *)arena->end;
}

char *arena_copy(struct arena *arena, struct bytes bytes) {
        char *copy = arena_text(arena, bytes.len + 1);

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
        text = arena_text(arena, (size_t)n + 1);
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
