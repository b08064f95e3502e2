/*
 * Sets and maps that are written as lists: x-kubernetes-list-type. Private to the folder.
 */
#pragma once

#include "schema/schema.h"

/* The item of a map list with the keys that item has; NULL = none. */
const struct json *list_find(const struct schema *list, const struct json *array,
                             const struct json *item);
/* Appends what is there twice, anywhere in value. */
void lists_check(const struct schema *schema, const struct json *value,
                 struct field_errors *errors);
