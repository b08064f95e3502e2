/*
 * Whose a name is: two definitions of one group may not share a plural, singular or short name, nor
 * a kind or the kind of a list.
 */
#pragma once

#include "kinds/kind.h"

/* Does another definition have one of the names that a kind cannot be served without? */
bool names_conflict(const struct kinds *kinds, const char *definition_name,
                    const struct json *spec);

/* Walks the kinds of a group that come from a definition other than but (kinds.c). */
bool kinds_next_of_group(const struct kinds *kinds, const char *group, const char *but,
                         size_t *cursor, const struct kind **ret_kind);
