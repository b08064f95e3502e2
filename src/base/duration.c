#include "llc/base/duration.h"

#include <string.h>

#include "llc/base/bytes.h"

/* Go's limit: int64_t nanoseconds. */
static const int64_t DURATION_MAX_MS = INT64_MAX / 1000000;

static const struct {
        const char *name;
        int64_t ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 3600 * 1000 } };

/* Milliseconds of the unit that text begins with; 0 = none. */
static int64_t unit_take(const char **text) {
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                size_t len = strlen(units[i].name);

                if (strncmp(*text, units[i].name, len) == 0) {
                        *text += len;
                        return units[i].ms;
                }
        }
        return 0;
}

/* A number and its unit; -1 when there is none, or it is too long. */
static int64_t part_take(const char **text) {
        int64_t number = 0, unit;

        if (**text < '0' || **text > '9')
                return -1;
        for (; **text >= '0' && **text <= '9'; (*text)++) {
                if (number > DURATION_MAX_MS / 10)
                        return -1;
                number = number * 10 + (**text - '0');
        }
        unit = unit_take(text);
        return unit > 0 && number <= DURATION_MAX_MS / unit ? number * unit : -1;
}

int duration_parse(const char *text, int64_t *ret_ms, struct err *err) {
        const char *rest = text;
        int64_t sum = 0, part;

        if (strcmp(text, "0") == 0) {
                *ret_ms = 0;
                return 0;
        }
        do {
                part = part_take(&rest);
                if (part < 0 || part > DURATION_MAX_MS - sum)
                        return err_set(err, ERR_INVALID, "\"%s\" is not a time like 90s or 5m",
                                       text);
                sum += part;
        } while (*rest);
        *ret_ms = sum;
        return 0;
}
