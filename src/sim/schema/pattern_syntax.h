/*
 * The syntax tree of a regular expression; private to the pattern.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/bytes.h"
#include "llc/base/err.h"

struct pattern_range {
        uint32_t first, last; /* code points, both included */
};

enum pattern_node_type {
        PATTERN_SET,      /* one code point out of ranges */
        PATTERN_ASSERT,   /* a place between two */
        PATTERN_SEQUENCE, /* all items, one after the other; none: the empty text */
        PATTERN_CHOICE,   /* one of the items */
        PATTERN_REPEAT,   /* its one item, min to max times */
};

enum pattern_place {
        PLACE_TEXT_START,
        PLACE_TEXT_END,
        PLACE_LINE_START,
        PLACE_LINE_END,
        PLACE_WORD_EDGE,
        PLACE_NO_WORD_EDGE,
};

struct pattern_node {
        enum pattern_node_type type;
        enum pattern_place place;
        const struct pattern_range *ranges; /* in no order; may overlap */
        size_t n_ranges;
        bool negated; /* any but ranges */
        const struct pattern_node *const *items;
        size_t n_items;
        int min, max; /* max -1: no end */
};

enum { PATTERN_REPEAT_MAX = 1000 };

int pattern_syntax_parse(struct bytes text, struct arena *arena,
                         const struct pattern_node **ret_root, struct err *err);
