/*
 * Spans of time as people write them: "90s", "5m", "1h30m" (as Go's time.Duration, whole numbers).
 *
 * In memory: int64_t milliseconds.
 */
#pragma once

#include <stdint.h>

#include "llc/base/err.h"

/* "0", or numbers each with its unit: h, m, s, ms. ERR_INVALID; 0 to 292 years otherwise. */
int duration_parse(const char *text, int64_t *ret_ms, struct err *err);
