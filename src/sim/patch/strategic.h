/*
 * The parts of a strategic merge: objects, and lists that are merged by key. Private to sim/patch.
 */
#pragma once

#include "schema/schema.h"
#include "verbs/refusal.h"

/* Most bad patches are "internal errors" of the API server, with nothing but their text. */
#define STRATEGIC_FAIL(refusal, ...) refuse((refusal), 500, "", __VA_ARGS__)

int strategic_merge(struct json *object, const struct json *patch, const struct schema *schema,
                    struct refusal *refusal);
/*
 * What a value of a patch is where there is nothing to merge it with: a new tree without nulls, and
 * without what a directive stands in.
 */
struct json *strategic_value(const struct json *value);

/*
 * The items of list, which is emptied, merged with those of patch. takes_away: patch names items of
 * a list of scalars that go.
 */
int strategic_merge_list(struct json *list, const struct json *patch, const struct schema *schema,
                         bool takes_away, struct json **ret_merged, struct refusal *refusal);
/*
 * $setElementOrder: the list (NULL = absent) merged with the patch's list (NULL = absent) and put in
 * the order that is given.
 */
int strategic_order_list(struct json *list, const struct json *patch, const struct json *order,
                         const struct schema *schema, struct json **ret_merged,
                         struct refusal *refusal);

/* A value as Go prints it, and the name of its Go type; both in the refusal's arena. */
const char *strategic_text(const struct json *value, struct refusal *refusal);
/* What the object's $patch says is nothing that there is. */
int strategic_fail_directive(const struct json *object, struct refusal *refusal);
/* "expected a WANTED, but received a …" */
int strategic_fail_type(const char *wanted, const struct json *found, struct refusal *refusal);
