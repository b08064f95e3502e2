/*
 * The four ways to patch, on trees: each changes object in place, which on failure is left in any
 * state and must be dropped.
 */
#pragma once

#include "llc/base/json.h"
#include "schema/schema.h"
#include "verbs/refusal.h"

/* RFC 6902, at most 10,000 operations. Errors in the API server's words (400, 422, 413). */
int patch_json(struct json *object, const struct json *operations, struct refusal *refusal);

/* RFC 7386. */
void patch_merge(struct json *object, const struct json *patch);

/*
 * Strategic merge, by the schema's merge keys: $patch (replace, delete, merge), $retainKeys,
 * $deleteFromPrimitiveList/, $setElementOrder/.
 */
int patch_strategic(struct json *object, const struct json *patch, const struct schema *schema,
                    struct refusal *refusal);
