/*
 * Code points of UTF-8 text as Go's range walks them: a byte that begins no well-formed sequence is
 * U+FFFD by itself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llc/base/bytes.h"

enum { RUNE_ERROR = 0xFFFD, RUNE_MAX = 0x10FFFF };

/* The code point at *at, which must be within the text; moves on. */
uint32_t rune_next(struct bytes text, size_t *at);
size_t rune_count(struct bytes text);
/* Writes a code point's 1 to 4 bytes; returns how many. A surrogate becomes U+FFFD. */
size_t rune_write(uint32_t rune, char out[static 4]);
