/*
 * How Go's fmt package prints a decoded JSON value with %v ("map[a:1 b:[x y]]"): refusals of
 * strategic patches quote the patch so. Private to sim/verbs.
 */
#pragma once

#include "llc/base/json.h"
#include "llc/base/strbuf.h"

void gotext_write(const struct json *value, struct strbuf *out);
