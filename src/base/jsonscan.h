/*
 * A strict JSON validator that allocates nothing: RFC 8259 grammar, UTF-8, and caps.
 *
 * json-c is lenient (single quotes, NaN) and pays 64 bytes to 1 KB for a value, so the text is
 * checked and its values are counted before json-c sees it.
 */
#pragma once

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/json.h"

/* 0 when text is exactly one JSON value within the limits. max_depth is at most 16384; *ret_depth is
 * how deep it really is. */
int json_scan(struct bytes text, const struct json_limits *limits, size_t *ret_depth,
              struct err *err);
