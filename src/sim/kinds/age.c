#include "kinds/age.h"

#include <inttypes.h>
#include <stdio.h>

#include "llc/base/timestamp.h"

enum { SECOND = 1000, MINUTE = 60, HOUR = 60, DAY = 24, YEAR = 365 }; /* each in the one before */

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
        int64_t seconds = ms / SECOND, minutes = seconds / MINUTE, hours = minutes / HOUR;
        int64_t days = hours / DAY, years = days / YEAR;

        if (seconds < -1) {
                snprintf(out, AGE_SIZE, "<invalid>");
                return out;
        }
        if (seconds < 0)
                seconds = 0;
        if (minutes < 2)
                return two(out, seconds, 's', 0, 's');
        if (minutes < 10)
                return two(out, minutes, 'm', seconds % MINUTE, 's');
        if (hours < 3)
                return two(out, minutes, 'm', 0, 's');
        if (hours < 8)
                return two(out, hours, 'h', minutes % HOUR, 'm');
        if (days < 2)
                return two(out, hours, 'h', 0, 'm');
        if (days < 8)
                return two(out, days, 'd', hours % DAY, 'h');
        if (years < 2)
                return two(out, days, 'd', 0, 'h');
        if (years < 8)
                return two(out, years, 'y', days % YEAR, 'd');
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
