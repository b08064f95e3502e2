/*
 * The labels of a pod: which are ours, which bring it into traffic, and which it had there.
 */
#pragma once

#include "llc/api/meta.h"
#include "llc/base/arena.h"
#include "llc/base/json.h"

enum { SAVED_LABELS_MAX = 200 << 10 }; /* all annotations of an object may have 256 KiB */

/* By its key; annotations go by the same. */
bool label_is_ours(const char *key);

/* Those that are not ours, by key. In the arena. */
struct str_pair *labels_foreign(const struct meta *meta, struct arena *arena, size_t *ret_n);

/*
 * What a held pod carried before: an object of strings, in ANNOTATION_HELD_LABELS. NULL when there
 * is none or it can't be read. The caller owns the result.
 */
struct json *labels_saved(const struct meta *meta);
