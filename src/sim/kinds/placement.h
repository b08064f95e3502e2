/*
 * Where a pod may run: tolerations, affinity, spreading.
 */
#pragma once

#include "llc/base/json.h"
#include "schema/field_error.h"

void placement_validate(const struct json *spec, const char *at, struct field_errors *errors);
