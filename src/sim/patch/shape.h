/*
 * What a schema makes of a value: a map, a list or a leaf, and how its parts are named. Private to
 * sim/patch. A schema of NULL says nothing of a value: its shape is that of what is there.
 */
#pragma once

#include "patch/element.h"
#include "schema/schema.h"

enum shape { SHAPE_MAP, SHAPE_LIST, SHAPE_SCALAR };

/* value: for schemas that leave it open; null is a map then. */
enum shape shape_of(const struct schema *schema, const struct json *value);
/* Is a map or a list one leaf? */
bool shape_is_atomic(const struct schema *schema, enum shape shape);

/* *ret_declared: a field that the schema names, as opposed to a key of a map.
 * *ret_known: false when there may be no such member. */
const struct schema *shape_member(const struct schema *schema, const char *name, bool *ret_declared,
                                  bool *ret_known);
const struct schema *shape_items(const struct schema *schema);

/* What an item of a list that is not atomic is known by; -1 with *ret_why when it cannot be told. */
int shape_item_element(const struct schema *list, const struct json *item, struct arena *arena,
                       const char **ret_element, const char **ret_why);
