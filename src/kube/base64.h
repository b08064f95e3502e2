/*
 * Base64 as Go's encoding/base64 StdEncoding reads it (RFC 4648, section 4).
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"
#include "llc/base/strbuf.h"

/*
 * Appends the decoded bytes to out. Padding is required; line ends are skipped, nothing else is.
 * Stricter than Go in one thing: unused bits must be zero. False: malformed, out is unchanged.
 */
bool base64_decode(struct bytes text, struct strbuf *out);

/* Appends with padding, without line ends. */
void base64_encode(struct bytes bytes, struct strbuf *out);
