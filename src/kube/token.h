/*
 * Single JSON tokens (RFC 8259), once they are complete.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"
#include "llc/base/strbuf.h"

/*
 * Turns the text between two quotes into the string it means, in place. A lone surrogate becomes
 * U+FFFD. False when an escape is malformed; the content is then undefined.
 */
bool token_unescape(struct strbuf *text);

/* A number, true, false or null? */
bool token_is_scalar(struct bytes text);
