/*
 * The four ways to patch, on trees: each changes object in place, which on failure is left in any
 * state and must be dropped.
 */
#pragma once

#include "llc/base/json.h"
#include "schema/schema.h"
#include "verbs/refusal.h"

/*
 * RFC 6902, at most 10,000 operations, as evanphx/json-patch 4 reads it: "replace" makes what is
 * missing, "add" cannot replace the whole document, negative indices count from the end. 400 for
 * what is no list of operations, 413, and 422 in words that do not say which operation failed.
 */
int patch_json(struct json *object, const struct json *operations, struct refusal *refusal);

/* RFC 7386. 400 when the patch is no object. */
int patch_merge(struct json *object, const struct json *patch, struct refusal *refusal);

/*
 * Strategic merge, by the schema's merge keys: $patch (replace, delete), $retainKeys,
 * $deleteFromPrimitiveList/, $setElementOrder/. The API server answers most bad directives with 500
 * and no reason, and so does this.
 */
int patch_strategic(struct json *object, const struct json *patch, const struct schema *schema,
                    struct refusal *refusal);
