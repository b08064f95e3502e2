/*
 * What every object's metadata must hold to (k8s.io/apimachinery/pkg/api/validation): names, labels,
 * annotations, owner references, finalizers; in an update also what may not change.
 */
#pragma once

#include "kinds/kind.h"

/* before: the stored object, NULL on creation. */
void metadata_validate(const struct kind *kind, const struct json *object,
                       const struct json *before, struct field_errors *errors);

/* Of an object; "" = it has none yet. */
const char *metadata_name(const struct json *object);
