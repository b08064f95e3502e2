/*
 * Members of a described struct, by their row. Pointers are copied as bytes, so that any pointer
 * type may stand in the struct.
 */
#pragma once

#include <string.h>

#include "llc/api/desc.h"

static inline const void *member_at(const void *value, size_t offset) {
        return (const char *)value + offset;
}

static inline void *member_at_mut(void *value, size_t offset) {
        return (char *)value + offset;
}

static inline const void *member_pointer(const struct field *f, const void *value) {
        const void *pointer;

        memcpy(&pointer, member_at(value, f->offset), sizeof(pointer));
        return pointer;
}

static inline void member_set_pointer(const struct field *f, void *value, const void *pointer) {
        memcpy(member_at_mut(value, f->offset), &pointer, sizeof(pointer));
}

static inline size_t member_count(const struct field *f, const void *value) {
        return *(const size_t *)member_at(value, f->len_offset);
}

static inline void member_set_array(const struct field *f, void *value, const void *items,
                                    size_t n) {
        member_set_pointer(f, value, items);
        *(size_t *)member_at_mut(value, f->len_offset) = n;
}

/* A BOOL or INT without a presence member is always there. */
static inline bool member_present(const struct field *f, const void *value) {
        return !f->has_present || *(const bool *)member_at(value, f->present_offset);
}

/* A list that is there, without items, where that is not the same as absent. */
static inline bool member_empty(const struct field *f, const void *value) {
        return (f->flags & FIELD_MAY_BE_EMPTY) && member_pointer(f, value) &&
               member_count(f, value) == 0;
}
