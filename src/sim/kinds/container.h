/*
 * The containers of a pod's spec and the volumes that they mount.
 */
#pragma once

#include "llc/base/json.h"
#include "schema/field_error.h"

/* Checks volumes, containers, initContainers and ephemeralContainers of a spec at this place. */
void containers_validate(const struct json *spec, const char *at, struct field_errors *errors);
