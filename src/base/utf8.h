/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
 */
#pragma once

#include <stddef.h>

/* Length of the well-formed sequence at text, 1 to 4; 0 when there is none. left is at least 1. */
size_t utf8_length(const void *text, size_t left);
