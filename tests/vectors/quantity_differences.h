/*
 * Texts of quantities that both of our readers take differently from apimachinery, on purpose.
 */
#pragma once

#include "llc/base/json.h"

/* A blank at an end that only Unicode knows as one. */
bool quantity_has_strange_blank(const struct json *text);
/* No digit at all: some such are 0 there and some are refused. */
bool quantity_has_no_digit(const struct json *text);
/* An exponent that does not fit into 32 bits. */
bool quantity_has_long_exponent(const struct json *text);
/* A binary suffix behind more digits than we look at. */
bool quantity_is_long_binary(const struct json *text);
