/*
 * Who owns which field: metadata.managedFields and server-side apply
 * (sigs.k8s.io/structured-merge-diff, KEP-555).
 *
 * Kept from the first apply of an object on; before that an object carries no managedFields, and
 * all of it counts as owned by "before-first-apply" (Update).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/json.h"
#include "schema/schema.h"
#include "verbs/refusal.h"

struct ownership_of {
        const struct schema *schema;
        const char *api_version, *kind;
        const char *manager;     /* fieldManager */
        const char *subresource; /* "" or "status", "scale" */
        bool has_status;         /* status is a subresource: others' writes do not own of it */
        int64_t now_ms;
};

/*
 * Server-side apply: makes the new state in *object (JSON null when it is to be created) out of the
 * applied configuration, an object. Fields of others that it would change: 409 with a cause each
 * (FieldManagerConflict), unless force. On failure *object is gone.
 */
int ownership_apply(const struct ownership_of *of, struct json **object, const struct json *applied,
                    bool force, struct refusal *refusal);

/* After any other write: what changed between before and object belongs to the manager now. Does
 * nothing when before has no managedFields. */
void ownership_update(const struct ownership_of *of, const struct json *before,
                      struct json *object);

/* A write that changed nothing but times in managedFields changed nothing: they are put back. */
void ownership_keep_times(const struct json *before, struct json *object);
