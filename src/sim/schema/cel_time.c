#include "schema/cel_time.h"

#include <inttypes.h>
#include <stdlib.h>

#include "llc/base/timestamp.h"

enum { NS_PER_MS = 1000000 };

static const struct {
        const char *name;
        int64_t ns;
} UNITS[] = {
        { "ns", 1 },
        { "us", 1000 },
        { "\xC2\xB5s", 1000 },
        { "\xCE\xBCs", 1000 },
        { "ms", NS_PER_MS },
        { "s", INT64_C(1000000000) },
        { "m", INT64_C(60000000000) },
        { "h", INT64_C(3600000000000) },
};

static bool is_digit(struct bytes text, size_t at) {
        return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

/* The unit that ends where a digit, a point or the text's end is; 0 = none such. */
static int64_t unit_at(struct bytes text, size_t *at) {
        size_t start = *at;

        while (*at < text.len && text.ptr[*at] != '.' && !is_digit(text, *at))
                (*at)++;
        for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++)
                if (bytes_is((struct bytes){ text.ptr + start, *at - start }, UNITS[i].name))
                        return UNITS[i].ns;
        return 0;
}

/* "1.5h" at *at; false when it is no such thing or too long a time. */
static bool component(struct bytes text, size_t *at, int64_t *total) {
        int64_t whole = 0, unit, scaled;
        double fraction = 0, digit = 0.1;
        bool any = false;

        for (; is_digit(text, *at); (*at)++, any = true)
                if (__builtin_mul_overflow(whole, 10, &whole) ||
                    __builtin_add_overflow(whole, text.ptr[*at] - '0', &whole))
                        return false;
        if (*at < text.len && text.ptr[*at] == '.')
                for ((*at)++; is_digit(text, *at); (*at)++, any = true) {
                        fraction += (text.ptr[*at] - '0') * digit;
                        digit /= 10;
                }
        unit = unit_at(text, at);
        if (!any || unit == 0 || __builtin_mul_overflow(whole, unit, &scaled))
                return false;
        scaled += (int64_t)(fraction * (double)unit + 1e-3);
        return !__builtin_add_overflow(*total, scaled, total);
}

struct cel_value cel_time_duration(struct cel_run *run, struct bytes text) {
        size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+');
        int64_t total = 0;
        bool ok = at < text.len;

        if (text.len - at == 1 && text.ptr[at] == '0')
                return (struct cel_value){ .type = CEL_DURATION };
        while (ok && at < text.len)
                ok = component(text, &at, &total);
        if (!ok)
                return cel_error(run, "time: invalid duration \"%.*s\"", (int)text.len, text.ptr);
        return (struct cel_value){ .type = CEL_DURATION,
                                   .number = text.ptr[0] == '-' ? -total : total };
}

struct cel_value cel_time_timestamp(struct cel_run *run, struct bytes text) {
        struct cel_value value = { .type = CEL_TIMESTAMP };
        struct err err;

        if (timestamp_parse(text, &value.number, &err) < 0)
                return cel_error(run, "invalid timestamp \"%.*s\"", (int)text.len, text.ptr);
        return value;
}

struct cel_value cel_time_text(struct cel_run *run, const struct cel_value *value) {
        char timestamp[TIMESTAMP_SIZE];
        int64_t s = value->number / INT64_C(1000000000);
        int64_t ns = llabs(value->number % INT64_C(1000000000));
        char *text;
        size_t length;

        if (value->type == CEL_TIMESTAMP)
                return cel_string(bytes_of(
                        arena_strdup(run->arena, timestamp_format(value->number, timestamp))));
        text = arena_printf(run->arena, "%s%" PRId64 ".%09" PRId64,
                            value->number < 0 && s == 0 ? "-" : "", s, ns);
        length = strlen(text);
        while (text[length - 1] == '0')
                length--;
        if (text[length - 1] == '.')
                length--;
        text[length] = 's';
        return cel_string((struct bytes){ text, length + 1 });
}

struct cel_value cel_time_add(struct cel_run *run, const struct cel_value *a,
                              const struct cel_value *b, int sign) {
        struct cel_value sum = { .type = a->type };
        int64_t other = b->number;
        bool bad;

        if (sign > 0 && a->type == CEL_DURATION && b->type == CEL_TIMESTAMP)
                return cel_time_add(run, b, a, sign);
        if (a->type == CEL_TIMESTAMP && b->type == CEL_DURATION)
                other /= NS_PER_MS;
        else if (a->type == CEL_TIMESTAMP && b->type == CEL_TIMESTAMP && sign < 0)
                sum.type = CEL_DURATION;
        else if (a->type != CEL_DURATION || b->type != CEL_DURATION)
                return cel_no_overload();
        bad = sign < 0 ? __builtin_sub_overflow(a->number, other, &sum.number)
                       : __builtin_add_overflow(a->number, other, &sum.number);
        if (!bad && b->type == CEL_TIMESTAMP)
                bad = __builtin_mul_overflow(sum.number, NS_PER_MS, &sum.number);
        return bad ? cel_error(run, "integer overflow") : sum;
}
