/* metadata.ownerReferences with each entry once. Private to sim/verbs. */
#pragma once

#include "verbs/commit.h"

/* Takes repeated entries away, and says so among the warnings. */
void owners_dedupe(const struct write *write, struct json *tree);
