/*
 * x-kubernetes-validations: rules in CEL (the Common Expression Language) that an object must meet.
 *
 * The part of CEL that CustomResourceDefinitions use, exactly: literals, operators, has(), the
 * macros all, exists, exists_one, map and filter, size, matches, contains, startsWith, endsWith,
 * type, conversions, durations and timestamps, oldSelf also as an optional. A rule that uses more is
 * refused when it is compiled, never passed over. Rules are not type-checked before they run; what
 * the API server would find by that is found when the rule meets such a value.
 */
#pragma once

#include <stddef.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "schema/field_error.h"
#include "schema/schema.h"

struct cel_rule;

/*
 * validations: the value of x-kubernetes-validations. All that is kept is in the arena. ERR_INVALID
 * names the rule's text and what of it llc-sim does not know.
 */
int cel_rules_compile(const struct json *validations, struct arena *arena,
                      const struct cel_rule **ret_rules, size_t *ret_n, struct err *err);

/*
 * Appends an error for each rule that value does not meet. before: what it was, NULL when there is
 * none, or when the list it was in has no keys to find it by; rules on a change are then left out.
 * An unchanged value is not held to rules that it broke before (ratcheting). field: its path, "" at
 * the root.
 */
void cel_rules_check(const struct cel_rule *rules, size_t n, const struct schema *schema,
                     const struct json *value, const struct json *before, const char *field,
                     struct field_errors *errors);
