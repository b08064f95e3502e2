/* llc/base beside apimachinery: times, durations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <string.h>

#include "llc/base/duration.h"
#include "llc/base/timestamp.h"
#include "vectors.h"

static bool time_agrees(const struct json *row, struct strbuf *ours) {
        const struct json *theirs = json_at(row, 1);
        struct err err;
        int64_t ms;

        if (timestamp_parse(json_as_string(json_at(row, 0)), &ms, &err) < 0) {
                strbuf_puts(ours, err.msg);
                return !theirs;
        }
        strbuf_printf(ours, "%" PRId64, ms);
        return theirs && json_as_int(theirs) == ms;
}

/* RFC 3339 has them (section 5.6), and so has the date-time of a CRD. */
static bool is_lower_case(const struct json *row) {
        struct bytes text = json_as_string(json_at(row, 0));

        return memchr(text.ptr, 't', text.len) || memchr(text.ptr, 'z', text.len);
}

static bool has_short_hour(const struct json *row) {
        struct bytes text = json_as_string(json_at(row, 0));

        return text.len > 12 && text.ptr[12] == ':';
}

static bool has_comma(const struct json *row) {
        struct bytes text = json_as_string(json_at(row, 0));

        return memchr(text.ptr, ',', text.len);
}

/* +24:00, +00:60 */
static bool has_far_offset(const struct json *row) {
        struct bytes text = json_as_string(json_at(row, 0));
        const char *end = text.ptr + text.len;

        return text.len > 6 && (memcmp(end - 5, "24", 2) == 0 || memcmp(end - 2, "60", 2) == 0);
}

static const struct difference TIME_DIFFERENCES[] = {
        { "time-lower-case", is_lower_case, NULL },
        { "time-short-hour", has_short_hour, NULL },
        { "time-comma", has_comma, NULL },
        { "time-far-offset", has_far_offset, NULL },
        { NULL, NULL, NULL },
};

static void test_times__are_read_as_metav1_reads_them(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){
                .name = "times", .agrees = time_agrees, .differences = TIME_DIFFERENCES });
}

static bool format_agrees(const struct json *row, struct strbuf *ours) {
        int64_t ms = json_as_int(json_at(row, 0));
        char time[TIMESTAMP_SIZE], micro[TIMESTAMP_SIZE];

        timestamp_format(ms, time);
        timestamp_format_micro(ms, micro);
        strbuf_printf(ours, "%s %s", time, micro);
        return bytes_is(json_as_string(json_at(row, 1)), time) &&
               bytes_is(json_as_string(json_at(row, 2)), micro);
}

static void test_times__are_written_as_metav1_writes_them(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "time-formats", .agrees = format_agrees });
}

static bool duration_agrees(const struct json *row, struct strbuf *ours) {
        const struct json *theirs = json_at(row, 1);
        struct err err;
        int64_t ns;

        if (duration_parse(json_as_string(json_at(row, 0)), &ns, &err) < 0) {
                strbuf_puts(ours, err.msg);
                return !theirs;
        }
        strbuf_printf(ours, "%" PRId64, ns);
        return theirs && json_as_int(theirs) == ns;
}

static void test_duration__is_read_as_go_reads_it(void **state) {
        (void)state;
        vectors_compare(&(struct vectors){ .name = "durations", .agrees = duration_agrees });
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_times__are_read_as_metav1_reads_them),
                cmocka_unit_test(test_times__are_written_as_metav1_writes_them),
                cmocka_unit_test(test_duration__is_read_as_go_reads_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
