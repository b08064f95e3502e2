/*
 * A container's environment: how entries of an override go into the template's.
 */
#pragma once

#include "llc/base/json.h"

/*
 * Merges entries (an array of EnvVar objects) into the container's env by name, in the order that
 * a strategic merge patch gives. An entry keeps what the override does not name, but value and
 * valueFrom, and sources of different kinds, replace each other.
 */
void env_merge(struct json *container, const struct json *entries);
