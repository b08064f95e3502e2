/*
 * Unicode code points in UTF-8 text (RFC 3629).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llc/base/bytes.h"

/* The code point that begins text, and its length in bytes; 0 when these bytes are no UTF-8. */
size_t codepoint_read(struct bytes text, uint32_t *ret);
