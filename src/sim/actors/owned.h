/*
 * Who controls what: ownerReferences as the actors read and write them.
 */
#pragma once

#include "llc/base/arena.h"
#include "llc/base/json.h"
#include "storage/record.h"

/* The controller's reference, or NULL. */
const struct json *owned_controller(const struct json *tree);
/* Does a record's text hold this UID or name at all? Most do not, and need no tree. */
bool owned_mentions(const struct record *record, const char *text);
/* A reference that controls. */
struct json *owned_reference(const char *api_version, const char *kind, const char *name,
                             const char *uid);
