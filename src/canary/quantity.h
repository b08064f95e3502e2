/*
 * Amounts of a resource, to compare them. Source: apimachinery/pkg/api/resource, Quantity.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/json.h"

/*
 * "500m", "1.5Gi", "2e3" or a JSON number, in billionths; what is finer is rounded away from zero.
 * Amounts from 10^29 on are all the same. false when it is none; ret_nano is untouched then.
 */
bool quantity_parse(const struct json *value, __int128 *ret_nano);
