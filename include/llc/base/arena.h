/*
 * An arena: many small allocations with one lifetime, freed at once.
 *
 * One arena per reconcile pass. Memory from it is zeroed and aligned for pointers and 64-bit
 * integers, which is all that its users hold. Out of memory aborts.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "llc/base/bytes.h"

enum { ARENA_ALIGNMENT = 8 };

struct arena_block;

struct arena {
        struct arena_block *head;
        unsigned char *at, *end; /* what is free of the block in use; NULL = there is none yet */
        size_t block_bytes;      /* size of the next block; 0 = the default of 4 KiB */
        size_t used_bytes;       /* handed out so far: what one block of all of it would need */
};

#define ARENA_INIT ((struct arena){ .head = NULL })
/* Begins with memory of the caller's, zeroed and aligned, and grows beyond it if it has to. */
#define ARENA_OVER(memory, bytes)                                                                  \
        ((struct arena){ .at = (memory), .end = (unsigned char *)(memory) + (bytes) })

void arena_deinit(struct arena *arena);
#define ARENA_CLEANUP __attribute__((cleanup(arena_deinit)))

void *arena_alloc(struct arena *arena, size_t bytes);
void *arena_array(struct arena *arena, size_t count, size_t item_bytes);
/* A NUL-terminated copy. NULs inside are copied as they are. */
char *arena_copy(struct arena *arena, struct bytes bytes);
/* NULL stays NULL. */
char *arena_strdup(struct arena *arena, const char *s);
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *fmt, va_list args)
        __attribute__((format(printf, 2, 0)));

#define ARENA_NEW(arena, type)              ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_NEW_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))
