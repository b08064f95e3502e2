/*
 * Bytes as base64 (RFC 4648), as JSON carries them.
 */
#pragma once

#include "llc/base/json.h"

struct json *base64_json(struct bytes bytes); /* a new string */
/* Is it base64 with its padding? If not, *ret_at is the offset of what is not (as Go counts). */
bool base64_is(struct bytes text, size_t *ret_at);
