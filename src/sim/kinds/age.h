/*
 * How long ago something was, as tables show it: "5s", "3m20s", "4h", "12d"
 * (k8s.io/apimachinery/pkg/util/duration).
 */
#pragma once

#include <stdint.h>

#include "llc/base/json.h"

enum { AGE_SIZE = 32 };

/* Returns out. Of a time in the future by more than a second: "<invalid>". */
const char *age_of_duration(int64_t ms, char out[static AGE_SIZE]);
/* Of an RFC 3339 text; "<unknown>" when there is none. */
const char *age_of_timestamp(const struct json *timestamp, int64_t now_ms,
                             char out[static AGE_SIZE]);
