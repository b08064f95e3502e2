#include "schema/cel_time.h"

#include <inttypes.h>
#include <stdlib.h>

#include "llc/base/duration.h"
#include "llc/base/timestamp.h"

enum { NS_PER_MS = 1000000 };

struct cel_value cel_time_duration(struct cel_run *run, struct bytes text) {
        struct cel_value value = { .type = CEL_DURATION };
        struct err err;

        if (duration_parse(text, &value.number, &err) < 0)
                return cel_error(run, "time: invalid duration \"%.*s\"", (int)text.len, text.ptr);
        return value;
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
