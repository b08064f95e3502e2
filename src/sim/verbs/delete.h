/* What a deletion asks of an object. Private to sim/verbs. */
#pragma once

#include "verbs/verbs.h"

/* 409 when the object is not the one, or not the state, that the options speak of. */
int delete_check_preconditions(const struct kind *kind, const struct record *record,
                               const struct delete_options *options, struct refusal *refusal);
