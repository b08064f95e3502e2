/*
 * Spans of time as Go writes and reads them: "90s", "5m", "1h30m", "-1.5s", "100ms"
 * (time.ParseDuration, metav1.Duration).
 *
 * In memory: int64_t nanoseconds.
 */
#pragma once

#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"

enum { DURATION_MS = 1000000, DURATION_S = 1000000000 }; /* of nanoseconds */

/* "0", or numbers each with its unit: h, m, s, ms, us, ns. ERR_INVALID, also beyond 292 years. */
int duration_parse(struct bytes text, int64_t *ret_ns, struct err *err);
