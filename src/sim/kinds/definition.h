/*
 * A kind out of its description: spec of a CustomResourceDefinition. The descriptions of the kinds
 * that are built in have the same form, with a few members more (definitions/shared_meta.yaml says which).
 */
#pragma once

#include "kinds/kind.h"

/*
 * Fills in all of the kind but hooks, objects and stored_as. spec, and shared (the definitions that
 * a $ref finds), must outlive it; everything else is in the arena. ERR_INVALID says where.
 */
int definition_read(const struct json *spec, const struct json *shared, bool builtin,
                    struct arena *arena, struct kind *ret_kind, struct err *err);

/* The version that is served: the first one with served. NULL = none. */
const struct json *definition_version(const struct json *spec);
