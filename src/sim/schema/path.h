/*
 * Where in a tree a walk is: frames on its stack, written out only when something is wrong there.
 */
#pragma once

#include <stddef.h>

#include "llc/base/strbuf.h"

enum path_step {
        PATH_MEMBER, /* ".name" */
        PATH_KEY,    /* "[name]" */
        PATH_INDEX,  /* "[0]" */
};

struct path {
        const struct path *parent; /* NULL = the root's member */
        enum path_step step;
        const char *name;
        size_t index;
};

static inline struct path path_member(const struct path *parent, const char *name) {
        return (struct path){ .parent = parent, .step = PATH_MEMBER, .name = name };
}

static inline struct path path_key(const struct path *parent, const char *name) {
        return (struct path){ .parent = parent, .step = PATH_KEY, .name = name };
}

static inline struct path path_index(const struct path *parent, size_t index) {
        return (struct path){ .parent = parent, .step = PATH_INDEX, .index = index };
}

/* "spec.containers[0].image"; nothing for NULL, the root. */
void path_write(const struct path *path, struct strbuf *out);
