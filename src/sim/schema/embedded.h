/*
 * Objects within objects: x-kubernetes-embedded-resource. Private to the folder.
 */
#pragma once

#include "schema/schema.h"

/* Appends what an embedded object lacks to be one; its metadata is only held to be an object. */
void embedded_check(const struct schema *schema, const struct json *value,
                    struct field_errors *errors);
