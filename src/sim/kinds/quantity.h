/*
 * Amounts with a unit, as resource.Quantity reads and writes them ("1000m" is "1", "1024Mi" is
 * "1Gi"): k8s.io/apimachinery/pkg/api/resource.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/json.h"

enum quantity_format { QUANTITY_DECIMAL, QUANTITY_BINARY, QUANTITY_EXPONENT };

enum { QUANTITY_SIZE = 64 };

struct quantity {
        __int128 nano; /* billionths; what is finer is rounded away from zero, 10^38 is the most */
        enum quantity_format format;
        bool as_written; /* the server keeps its text ("+5Ki", "12e0"), canonical or not */
};

/* From a text or a number. False when it is none; binary ones end at 2^63 - 1. */
bool quantity_parse(const struct json *value, struct quantity *ret_quantity);
/* What the server makes of the value it was parsed from: that text, or the canonical form. */
void quantity_store(const struct quantity *quantity, const struct json *value, struct strbuf *out);
/* The canonical form; returns out. */
const char *quantity_text(const struct quantity *quantity, char out[static QUANTITY_SIZE]);
/* <0, 0, >0 */
int quantity_compare(const struct quantity *a, const struct quantity *b);
bool quantity_is_integer(const struct quantity *quantity);
