/*
 * Regular expressions as Go reads them (regexp/syntax with Perl flags, RE2): `pattern` of a schema
 * and matches() of a rule. Only whether a text matches, in time linear in it.
 *
 * Left out: \p{…} (Unicode classes) and \Q…\E are refused, and (?i) folds ASCII only.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/arena.h"
#include "llc/base/bytes.h"
#include "llc/base/err.h"

struct pattern;

/* In the arena, text not kept. ERR_INVALID as Go words it: "missing closing ]: `[a`". */
int pattern_compile(struct bytes text, struct arena *arena, const struct pattern **ret_pattern,
                    struct err *err);
/* Does it match anywhere in the text? */
bool pattern_matches(const struct pattern *pattern, struct bytes text);
/* Steps that a match may take for each byte: its cost. */
size_t pattern_size(const struct pattern *pattern);
