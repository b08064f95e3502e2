/*
 * Text from outside that need not be UTF-8: addresses and headers. What is stored or answered must
 * be, or the answer is no JSON.
 */
#pragma once

#include "llc/base/arena.h"
#include "llc/base/bytes.h"

/* A copy; each byte that is no part of UTF-8 becomes U+FFFD, as in Go, and so does NUL. */
const char *utf8_clean(struct bytes text, struct arena *arena);
