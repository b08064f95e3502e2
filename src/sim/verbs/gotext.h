/*
 * How Go's fmt package prints a decoded JSON value with %v ("map[a:1 b:[x y]]") and its type with %T
 * ("map[string]interface {}"): refusals of patches and of scales quote them so.
 */
#pragma once

#include "llc/base/json.h"
#include "llc/base/strbuf.h"

void gotext_write(const struct json *value, struct strbuf *out);
const char *gotext_type(const struct json *value);
