/*
 * What holds of every world when it is left to itself: the canary comes to rest.
 */
#pragma once

#include "case.h"

/*
 * Leads the canary of this case from pass to pass, and from deadline to deadline. Errors: it goes
 * on writing, or breaks a law.
 */
int settles(const struct test_case *test_case, struct err *err);
