/*
 * Which parts of a JSON object are kept: a tree of member names.
 *
 * Everything that no node names is skipped on the bytes, before it is parsed. Arrays are
 * transparent: the children of "containers" apply to each element. A node without children keeps
 * its whole value.
 */
#pragma once

#include <stddef.h>

struct projection {
        const char *key;                   /* member name; ignored at the root */
        const struct projection *children; /* NULL = keep everything below */
        size_t n_children;
};
