/*
 * Durations and timestamps of CEL.
 */
#pragma once

#include "llc/base/strbuf.h"
#include "schema/cel_value.h"

/* "1h30m", "-1.5s", "100ms": as Go's time.ParseDuration. */
struct cel_value cel_time_duration(struct cel_run *run, struct bytes text);
/* RFC 3339. */
struct cel_value cel_time_timestamp(struct cel_run *run, struct bytes text);
/* "5400s", "2006-01-02T15:04:05Z": what string() makes of them. */
struct cel_value cel_time_text(struct cel_run *run, const struct cel_value *value);
/* a + b (sign 1), a - b (sign -1) where one of them is a time. */
struct cel_value cel_time_add(struct cel_run *run, const struct cel_value *a,
                              const struct cel_value *b, int sign);
