/*
 * Points in time as the Kubernetes API writes them (metav1.Time and MicroTime, RFC 3339).
 *
 * In memory: int64_t milliseconds since 1970-01-01T00:00:00Z. No clock is read here.
 */
#pragma once

#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"

enum { TIMESTAMP_SIZE = 32 };

/*
 * Parses RFC 3339 with Z or a numeric offset and any number of fraction digits (cut to ms).
 * A leap second (:60) is refused, as Go refuses it.
 */
int timestamp_parse(struct bytes text, int64_t *ret_ms, struct err *err);

/*
 * Writes "2006-01-02T15:04:05Z" (metav1.Time has whole seconds: rounded down); returns out. Outside
 * the years 0 to 9999 it is the nearest time that has four digits.
 */
const char *timestamp_format(int64_t ms, char out[static TIMESTAMP_SIZE]);
/* The same as metav1.MicroTime, which wants six digits: "2006-01-02T15:04:05.123000Z". */
const char *timestamp_format_micro(int64_t ms, char out[static TIMESTAMP_SIZE]);
