/*
 * What a rule says of an object.
 */
#pragma once

#include "schema/cel_ast.h"

/* Work that one evaluation may do; a rule that needs more fails. */
enum { CEL_COST_MAX = 1000000 };

/* old_self: CEL_ERROR when there is none and the rule does not read it. The result may be an error. */
struct cel_value cel_evaluate(struct cel_run *run, const struct cel_node *root,
                              const struct cel_value *self, const struct cel_value *old_self);
