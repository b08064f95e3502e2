/*
 * The items of a list that is not atomic, by what they are known by. Private to sim/patch.
 */
#pragma once

#include "patch/shape.h"

struct item {
        const char *element;
        const struct json *value;
        size_t at;    /* in the list */
        bool doubled; /* another item is known by the same */
};

struct items {
        const struct item *all;    /* in the list's order, but for those that cannot be named */
        const struct item *sorted; /* by element, then by place */
        size_t n;
};

/* schema must be that of a list; list may be NULL or no list: no items then. */
struct items items_of(const struct schema *schema, const struct json *list, struct arena *arena);
/* The first of that name, or NULL. */
const struct item *items_find(const struct items *items, const char *element);
/* How many from sorted[at] on have one name. */
size_t items_alike(const struct items *items, size_t at);
