/*
 * Matches brackets of any depth in constant memory: the kinds of the outer levels are remembered,
 * further in they are only counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BRACKETS_LEVELS = 1024 };

struct brackets {
        size_t depth;
        uint64_t square[BRACKETS_LEVELS / 64]; /* a bit a level: [] rather than {} */
};

static inline void brackets_open(struct brackets *b, bool square) {
        size_t level = b->depth++;
        uint64_t bit = UINT64_C(1) << (level % 64);

        if (level >= BRACKETS_LEVELS)
                return;
        if (square)
                b->square[level / 64] |= bit;
        else
                b->square[level / 64] &= ~bit;
}

/* False when it does not match the one that is open. depth must not be 0. */
static inline bool brackets_close(struct brackets *b, bool square) {
        size_t level = --b->depth;

        return level >= BRACKETS_LEVELS ||
               (b->square[level / 64] >> (level % 64) & 1) == (uint64_t)square;
}
