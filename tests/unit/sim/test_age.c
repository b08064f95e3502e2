#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kinds/age.h"

static void test_age__has_two_figures(void **state) {
        enum { S = 1000, M = 60 * S, H = 60 * M };
        static const struct {
                int64_t ms;
                const char *text;
        } cases[] = {
                { 0, "0s" },
                { 119 * S, "119s" },
                { 2 * M, "2m" },
                { 2 * M + 5 * S, "2m5s" },
                { 10 * M + 30 * S, "10m" },
                { 179 * M, "179m" },
                { 3 * H, "3h" },
                { 3 * H + 5 * M, "3h5m" },
                { 47 * H + 59 * M, "47h" },
                { (int64_t)48 * H, "2d" },
                { (int64_t)49 * H, "2d1h" },
                { (int64_t)24 * 8 * H, "8d" },
                { (int64_t)24 * 365 * 2 * H, "2y" },
                { (int64_t)24 * (365 * 2 + 3) * H, "2y3d" },
                { (int64_t)24 * 365 * 9 * H, "9y" },
                { -1 * S, "0s" },
                { -2 * S, "<invalid>" },
        };
        char out[AGE_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(age_of_duration(cases[i].ms, out), cases[i].text);
}

static void test_age__of_a_timestamp(void **state) {
        struct json *then JSON_CLEANUP = json_new_string(bytes_of("1970-01-01T00:00:10Z"));
        struct json *none JSON_CLEANUP = json_new_string(bytes_of("yesterday"));
        char out[AGE_SIZE];

        (void)state;
        assert_string_equal(age_of_timestamp(then, 15000, out), "5s");
        assert_string_equal(age_of_timestamp(NULL, 15000, out), "<unknown>");
        assert_string_equal(age_of_timestamp(none, 15000, out), "<unknown>");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_age__has_two_figures),
                cmocka_unit_test(test_age__of_a_timestamp),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
