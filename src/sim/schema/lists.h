/*
 * Sets and maps that are written as lists: x-kubernetes-list-type. Private to the folder.
 */
#pragma once

#include "schema/schema.h"

/* Appends what is there twice, anywhere in value. */
void lists_check(const struct schema *schema, const struct json *value,
                 struct field_errors *errors);
