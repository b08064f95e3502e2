/*
 * Amounts of a resource, to compare them. Source: apimachinery/pkg/api/resource, Quantity.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"

/*
 * "500m", "1.5Gi", "2e3" as a number, to some 18 digits: 100m and 0.1 may differ in the last.
 * false when it is none; ret_value is untouched then.
 */
bool quantity_parse(struct bytes text, long double *ret_value);
