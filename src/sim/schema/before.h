/*
 * What a part of an object was before: what is wrong with it and did not change is let pass
 * (KEP-4008, ratcheting). Private to the folder.
 */
#pragma once

#include "schema/schema.h"

/* The item of a map list with the keys that item has; NULL = none, or no map. */
const struct json *before_item(const struct schema *list, const struct json *array,
                               const struct json *item);
/*
 * Is value as it was? Items of a map list are found by their keys, in whatever order; an object
 * with a member that its schema does not name counts as changed.
 */
bool before_equal(const struct schema *schema, const struct json *value, const struct json *before);
