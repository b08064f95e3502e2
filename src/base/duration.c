#include "llc/base/duration.h"

#include <stdbool.h>

enum { QUOTED_MAX = 64 };

/* As far as the most negative duration reaches. */
static const uint64_t NS_MAX = (uint64_t)INT64_MAX + 1;

static const struct {
        const char *name;
        uint64_t ns;
} UNITS[] = {
        { "ns", 1 },
        { "us", 1000 },
        { "\xC2\xB5s", 1000 },
        { "\xCE\xBCs", 1000 },
        { "ms", 1000000 },
        { "s", UINT64_C(1000000000) },
        { "m", UINT64_C(60000000000) },
        { "h", UINT64_C(3600000000000) },
};

static bool is_digit(struct bytes text, size_t at) {
        return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

/* The unit that ends where a digit, a point or the text's end is; 0 = none such. */
static uint64_t unit_at(struct bytes text, size_t *at) {
        size_t start = *at;

        while (*at < text.len && text.ptr[*at] != '.' && !is_digit(text, *at))
                (*at)++;
        for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++)
                if (bytes_is((struct bytes){ text.ptr + start, *at - start }, UNITS[i].name))
                        return UNITS[i].ns;
        return 0;
}

/* The digits behind a point as fraction / scale, as many of them as 63 bits hold. */
static void take_fraction(struct bytes text, size_t *at, uint64_t *ret_fraction,
                          double *ret_scale) {
        uint64_t fraction = 0, next;
        double scale = 1;
        bool full = false;

        for (; is_digit(text, *at); (*at)++) {
                full = full || fraction > (NS_MAX - 1) / 10;
                next = full ? 0 : fraction * 10 + (uint64_t)(text.ptr[*at] - '0');
                full = full || next > NS_MAX;
                if (full)
                        continue;
                fraction = next;
                scale *= 10;
        }
        *ret_fraction = fraction;
        *ret_scale = scale;
}

/* "1.5h" at *at; false when it is no such thing or the sum is too long a time. */
static bool component(struct bytes text, size_t *at, uint64_t *total) {
        uint64_t whole = 0, fraction = 0, unit, scaled;
        double scale = 1;
        size_t start = *at;
        bool point;

        for (; is_digit(text, *at); (*at)++)
                if (__builtin_mul_overflow(whole, 10, &whole) ||
                    __builtin_add_overflow(whole, (uint64_t)(text.ptr[*at] - '0'), &whole))
                        return false;
        point = *at < text.len && text.ptr[*at] == '.';
        *at += point;
        if (point)
                take_fraction(text, at, &fraction, &scale);
        if (*at - start == (size_t)point) /* no digit at all */
                return false;
        unit = unit_at(text, at);
        if (unit == 0 || whole > NS_MAX || __builtin_mul_overflow(whole, unit, &scaled))
                return false;
        scaled += (uint64_t)((double)fraction * ((double)unit / scale));
        return scaled <= NS_MAX && !__builtin_add_overflow(*total, scaled, total) &&
               *total <= NS_MAX;
}

static bool parse(struct bytes text, int64_t *ret_ns) {
        bool negative = text.len > 0 && text.ptr[0] == '-';
        size_t at = text.len > 0 && (negative || text.ptr[0] == '+');
        uint64_t total = 0;

        if (at == text.len)
                return false;
        if (text.len - at > 1 || text.ptr[at] != '0') /* "0" needs no unit */
                while (at < text.len)
                        if (!component(text, &at, &total))
                                return false;
        if (total == NS_MAX && !negative)
                return false;
        *ret_ns = negative ? (int64_t)(0 - total) : (int64_t)total;
        return true;
}

int duration_parse(struct bytes text, int64_t *ret_ns, struct err *err) {
        if (parse(text, ret_ns))
                return 0;
        return err_set(err, ERR_INVALID, "\"%.*s\" is not a time like 90s or 5m",
                       (int)(text.len < QUOTED_MAX ? text.len : QUOTED_MAX),
                       text.ptr ? text.ptr : "");
}
