/*
 * Values seen by their schema, as structured-merge-diff does: an object's members are fields, the
 * items of a list with keys have names, what is atomic is one leaf, and where a schema is silent
 * each object is a map and each list atomic. Private to sim/patch.
 *
 * What a function takes of a value that does not fit its schema is unspecified but safe: ask
 * typed_check first.
 */
#pragma once

#include "patch/field_set.h"
#include "schema/field_error.h"
#include "schema/schema.h"

/* The same schema, with apiVersion, kind and metadata of all objects where it is silent on them. */
const struct schema *typed_root(const struct schema *schema, struct arena *arena);

/* Appends what does not fit (".spec.replicas: expected numeric (int or float), got string"). */
void typed_check(const struct json *value, const struct schema *schema, bool allow_doubles,
                 struct strings *errors);

/* Every leaf and every item of a list with keys. */
const struct field_set *typed_fields(const struct json *value, const struct schema *schema,
                                     struct arena *arena);

/* No field is in more than one of these. */
struct comparison {
        const struct field_set *added, *removed, *modified;
};

struct comparison typed_compare(const struct json *before, const struct json *after,
                                const struct schema *schema, struct arena *arena);

/* Objects. Live is given all that the configuration says. */
void typed_merge(struct json *live, const struct json *config, const struct schema *schema,
                 struct arena *arena);

/* Takes the fields and items in the set out of an object; what it leaves empty becomes null. */
void typed_remove(struct json *object, const struct field_set *set, const struct schema *schema,
                  struct arena *arena);

/* The set with every field in it below which something is in it. Not the keys of maps. */
const struct field_set *typed_with_parents(const struct field_set *set, const struct schema *schema,
                                           struct arena *arena);
