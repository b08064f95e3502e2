#include "kinds/age.h"

#include <inttypes.h>
#include <stdio.h>

#include "llc/base/timestamp.h"

enum { SECOND = 1000 };

static const char *two(char *out, int64_t high, char high_unit, int64_t low, char low_unit) {
        if (low == 0)
                snprintf(out, AGE_SIZE, "%" PRId64 "%c", high, high_unit);
        else
                snprintf(out, AGE_SIZE, "%" PRId64 "%c%" PRId64 "%c", high, high_unit, low,
                         low_unit);
        return out;
}

/* Two units while the first is small, then one: what a glance can tell apart. */
const char *age_of_duration(int64_t ms, char out[static AGE_SIZE]) {
        int64_t seconds = ms / SECOND, minutes = seconds / 60, hours = minutes / 60;
        int64_t days = hours / 24, years = days / 365;

        if (seconds < -1) {
                snprintf(out, AGE_SIZE, "<invalid>");
                return out;
        }
        if (seconds < 0)
                seconds = 0;
        if (seconds < 60 * 2)
                return two(out, seconds, 's', 0, 's');
        if (minutes < 10)
                return two(out, minutes, 'm', seconds % 60, 's');
        if (minutes < 60 * 3)
                return two(out, minutes, 'm', 0, 's');
        if (hours < 8)
                return two(out, hours, 'h', minutes % 60, 'm');
        if (hours < 48)
                return two(out, hours, 'h', 0, 'm');
        if (hours < 24 * 8)
                return two(out, days, 'd', hours % 24, 'h');
        if (hours < 24 * 365 * 2)
                return two(out, days, 'd', 0, 'h');
        if (hours < 24 * 365 * 8)
                return two(out, years, 'y', days % 365, 'd');
        return two(out, years, 'y', 0, 'd');
}

const char *age_of_timestamp(const struct json *timestamp, int64_t now_ms,
                             char out[static AGE_SIZE]) {
        struct err err;
        int64_t then;

        if (json_kind(timestamp) != JSON_STRING ||
            timestamp_parse(json_as_string(timestamp), &then, &err) < 0) {
                snprintf(out, AGE_SIZE, "<unknown>");
                return out;
        }
        return age_of_duration(now_ms - then, out);
}
