/* Fields that a body should not have as it has them: unknown, or twice. Private to sim/verbs. */
#pragma once

#include "verbs/commit.h"

/* The members of the body in their order, to be noted before pruning takes some away. */
void strays_note_order(const struct json *tree, struct strings *order);
/* Says the unknown ones, and write's duplicates, as field_validation wants it. */
int strays_say(const struct write *write, const struct json *tree, const struct strings *order,
               const struct strings *unknown);
