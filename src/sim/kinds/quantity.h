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
        __int128 nano; /* billionths; what is finer is rounded away from zero */
        enum quantity_format format;
};

/* From a text or a number. False when it is none; beyond 2^63 - 1 it is that. */
bool quantity_parse(const struct json *value, struct quantity *ret_quantity);
/* The canonical form; returns out. */
const char *quantity_text(const struct quantity *quantity, char out[static QUANTITY_SIZE]);
/* <0, 0, >0 */
int quantity_compare(const struct quantity *a, const struct quantity *b);
bool quantity_is_integer(const struct quantity *quantity);
