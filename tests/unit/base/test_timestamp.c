#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "llc/base/timestamp.h"

static int64_t must_parse(const char *text) {
        struct err err = { .msg = "" };
        int64_t ms = 0;

        if (timestamp_parse(bytes_of(text), &ms, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return ms;
}

static void assert_refused(struct bytes text) {
        struct err err = { .code = ERR_NONE };
        int64_t ms = 4711;

        if (timestamp_parse(text, &ms, &err) == 0)
                fail_msg("accepted: %.*s", (int)text.len, text.ptr);
        assert_int_equal(err.code, ERR_INVALID);
        assert_true(ms == 4711); /* outputs stay as they were */
}

static void test_timestamp__parses_known_instants(void **state) {
        static const struct {
                const char *text;
                int64_t seconds;
        } cases[] = {
                { "1970-01-01T00:00:00Z", 0 },
                { "1969-12-31T23:59:59Z", -1 },
                { "2006-01-02T15:04:05Z", 1136214245 },
                { "2000-02-29T12:00:00Z", 951825600 },
                { "2024-02-29T23:59:59Z", 1709251199 },
                { "2038-01-19T03:14:08Z", 2147483648 },
                { "1900-03-01T00:00:00Z", -2203891200 },
                { "0000-01-01T00:00:00Z", -62167219200 },
                { "0001-01-01T00:00:00Z", -62135596800 }, /* Go's zero time */
                { "9999-12-31T23:59:59Z", 253402300799 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char out[TIMESTAMP_SIZE];

                assert_true(must_parse(cases[i].text) == cases[i].seconds * 1000);
                assert_string_equal(timestamp_format(cases[i].seconds * 1000, out), cases[i].text);
        }
}

static void test_timestamp__every_day_of_the_leap_cycle(void **state) {
        static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        int64_t expected = must_parse("1890-01-01T00:00:00Z");

        (void)state;
        for (int year = 1890; year < 2305; year++) {
                for (int month = 1; month <= 12; month++) {
                        bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
                        int last = days[month - 1] + (month == 2 && leap);

                        for (int day = 1; day <= 32; day++) {
                                char text[64], out[TIMESTAMP_SIZE];

                                snprintf(text, sizeof(text), "%d-%02d-%02dT00:00:00Z", year, month,
                                         day);
                                if (day > last) {
                                        assert_refused(bytes_of(text));
                                        continue;
                                }
                                if (must_parse(text) != expected)
                                        fail_msg("%s", text);
                                assert_string_equal(timestamp_format(expected, out), text);
                                expected += 86400000;
                        }
                }
        }
}

static void test_timestamp__fractions_are_cut_to_milliseconds(void **state) {
        char text[200];

        (void)state;
        assert_int_equal(must_parse("1970-01-01T00:00:00.5Z"), 500);
        assert_int_equal(must_parse("1970-01-01T00:00:00.05Z"), 50);
        assert_int_equal(must_parse("1970-01-01T00:00:00.123Z"), 123);
        assert_int_equal(must_parse("1970-01-01T00:00:00.123999Z"), 123); /* MicroTime */
        assert_int_equal(must_parse("1970-01-01T00:00:00.999999999Z"), 999);
        assert_int_equal(must_parse("1969-12-31T23:59:59.250Z"), -750);
        snprintf(text, sizeof(text), "1970-01-01T00:00:01.%0100dZ", 7);
        assert_int_equal(must_parse(text), 1000);
}

static void test_timestamp__offsets_are_taken_off(void **state) {
        (void)state;
        assert_int_equal(must_parse("1970-01-01T02:00:00+02:00"), 0);
        assert_int_equal(must_parse("1969-12-31T18:30:00-05:30"), 0);
        assert_int_equal(must_parse("1970-01-01T00:00:00-00:00"), 0);
        assert_int_equal(must_parse("1970-01-01T00:00:00+23:59"), -86340000);
        assert_int_equal(must_parse("1970-01-01t00:00:01.5z"), 1500); /* RFC 3339 section 5.6 */
        assert_int_equal(must_parse("1970-01-01T01:00:00.25+01:00"), 250);
}

static void test_timestamp__refuses_what_is_no_time(void **state) {
        static const char *const texts[] = {
                "",
                "Z",
                "2024",
                "2024-01-01",
                "2024-01-01T00:00:00",
                "2024-01-01T00:00Z",
                "2024-01-01 00:00:00Z",
                " 2024-01-01T00:00:00Z",
                "2024-01-01T00:00:00Z ",
                "2024-01-01T00:00:00ZZ",
                "2024-01-01T00:00:00.Z",
                "2024-01-01T00:00:00,5Z",
                "2024-01-01T00:00:00.-5Z",
                "2024-01-01T00:00:00.5",
                "2024-00-01T00:00:00Z",
                "2024-13-01T00:00:00Z",
                "2024-01-00T00:00:00Z",
                "2024-01-32T00:00:00Z",
                "2023-02-29T00:00:00Z",
                "1900-02-29T00:00:00Z",
                "2024-04-31T00:00:00Z",
                "2024-01-01T24:00:00Z",
                "2024-01-01T00:60:00Z",
                "2024-01-01T00:00:60Z",
                "2024-01-01T00:00:00+24:00",
                "2024-01-01T00:00:00+00:60",
                "2024-01-01T00:00:00+0100",
                "2024-01-01T00:00:00+01",
                "2024-01-01T00:00:00+1:00",
                "2024-01-01T00:00:00+",
                "2024-1-01T00:00:00Z",
                "24-01-01T00:00:00Z",
                "02024-01-01T00:00:00Z",
                "-2024-01-01T00:00:00Z",
                "+2024-01-01T00:00:00Z",
                "2024-+1-01T00:00:00Z",
                "2024-01-01T 0:00:00Z",
                "2024/01/01T00:00:00Z",
                "2024-01-01T00-00-00Z",
                "0x24-01-01T00:00:00Z",
                ("\xef\xbc\x92"
                 "024-01-01T00:00:00Z"),
                "null",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                assert_refused(bytes_of(texts[i]));
        assert_refused(BYTES_NULL);
        assert_refused((struct bytes){ .ptr = "2024-01-01T00:00:00Z\0", .len = 21 });
}

static void test_timestamp__every_prefix_is_refused(void **state) {
        static const char text[] = "2024-01-01T00:00:00.123+01:00";

        (void)state;
        for (size_t n = 0; n < sizeof(text) - 1; n++) {
                char exact[sizeof(text)]; /* not terminated: reading on is a sanitizer's find */

                memcpy(exact, text, n);
                memset(exact + n, '0', sizeof(exact) - n);
                assert_refused((struct bytes){ .ptr = exact, .len = n });
        }
        must_parse(text);
}

static void test_timestamp__message_quotes_no_more_than_a_line(void **state) {
        char text[5000];
        struct err err;
        int64_t ms;

        (void)state;
        snprintf(text, sizeof(text), "2024-13-01T00:00:00.%04000dZ", 1);
        assert_int_equal(timestamp_parse(bytes_of(text), &ms, &err), -1);
        assert_true(strlen(err.msg) < 100);
        memset(text, 'x', sizeof(text));
        assert_int_equal(timestamp_parse((struct bytes){ .ptr = text, .len = sizeof(text) }, &ms,
                                         &err),
                         -1);
        assert_true(strlen(err.msg) < 100);
}

static void test_timestamp__format_rounds_down(void **state) {
        char out[TIMESTAMP_SIZE];

        (void)state;
        assert_string_equal(timestamp_format(999, out), "1970-01-01T00:00:00Z");
        assert_string_equal(timestamp_format(-1, out), "1969-12-31T23:59:59Z");
        assert_string_equal(timestamp_format(-1000, out), "1969-12-31T23:59:59Z");
        assert_string_equal(timestamp_format(-86400001, out), "1969-12-30T23:59:59Z");
}

static void test_timestamp__format_stays_within_four_digits(void **state) {
        char out[TIMESTAMP_SIZE];

        (void)state;
        assert_string_equal(timestamp_format(INT64_MAX, out), "9999-12-31T23:59:59Z");
        assert_string_equal(timestamp_format(INT64_MIN, out), "0000-01-01T00:00:00Z");
        assert_string_equal(timestamp_format(253402300800000, out), "9999-12-31T23:59:59Z");
        assert_string_equal(timestamp_format(must_parse("0000-01-01T00:00:00+23:59"), out),
                            "0000-01-01T00:00:00Z");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_timestamp__parses_known_instants),
                cmocka_unit_test(test_timestamp__every_day_of_the_leap_cycle),
                cmocka_unit_test(test_timestamp__fractions_are_cut_to_milliseconds),
                cmocka_unit_test(test_timestamp__offsets_are_taken_off),
                cmocka_unit_test(test_timestamp__refuses_what_is_no_time),
                cmocka_unit_test(test_timestamp__every_prefix_is_refused),
                cmocka_unit_test(test_timestamp__message_quotes_no_more_than_a_line),
                cmocka_unit_test(test_timestamp__format_rounds_down),
                cmocka_unit_test(test_timestamp__format_stays_within_four_digits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
