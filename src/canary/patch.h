/*
 * Merge patches of objects that are there: only what we change of them, and which object it is.
 */
#pragma once

#include "llc/base/json.h"

/* {"metadata":{"uid":…}}: another object of the same name is not touched. The caller owns it. */
struct json *patch_new(const char *uid);
/* Where its labels and annotations stand; made when absent. Borrowed. */
struct json *patch_labels(struct json *patch);
struct json *patch_annotations(struct json *patch);
