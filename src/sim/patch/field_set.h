/*
 * Sets of fields, as metadata.managedFields says who owns which (FieldsV1 of
 * sigs.k8s.io/structured-merge-diff).
 *
 * A set is a tree of path elements (patch/element.h). An element is in the set itself, or something
 * below it is, or both. Sets are never changed, share their parts, and live in an arena; NULL is the
 * empty one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "schema/field_error.h"

struct field_set;

struct field_entry {
        const char *element;
        bool member;                   /* in the set itself */
        const struct field_set *below; /* NULL = nothing below is */
};

struct field_set {
        const struct field_entry *entries; /* at least one; sorted, no element twice */
        size_t n;
};

/* Collects the entries of one set. */
struct field_builder {
        struct arena *arena;
        struct field_entry *entries;
        size_t n, cap;
};

/* element must live as long as the set. What is neither member nor has anything below is left out. */
void field_builder_put(struct field_builder *builder, const char *element, bool member,
                       const struct field_set *below);
const struct field_set *field_builder_done(struct field_builder *builder);

/* Elements of kinds that are not known are left out, as the API server does. */
int field_set_parse(const struct json *fields, struct arena *arena,
                    const struct field_set **ret_set, struct err *err);
struct json *field_set_json(const struct field_set *set);

/* NULL when the element is not there. */
const struct field_entry *field_set_get(const struct field_set *set, const char *element);

const struct field_set *field_set_union(const struct field_set *a, const struct field_set *b,
                                        struct arena *arena);
const struct field_set *field_set_intersection(const struct field_set *a, const struct field_set *b,
                                               struct arena *arena);
const struct field_set *field_set_difference(const struct field_set *a, const struct field_set *b,
                                             struct arena *arena);
/* Takes away also all that is below what is in b. */
const struct field_set *field_set_without(const struct field_set *a, const struct field_set *b,
                                          struct arena *arena);

/* The path of each member, as conflicts name it: ".spec.ports[port=80].name". */
void field_set_paths(const struct field_set *set, struct strings *paths);
