#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/base/duration.h"

static void test_duration__parses_what_go_writes(void **state) {
        static const struct {
                const char *text;
                int64_t ns;
        } CASES[] = {
                { "0", 0 },
                { "0s", 0 },
                { "1ms", 1000000 },
                { "10s", 10000000000 },
                { "5m", 300000000000 },
                { "5m0s", 300000000000 },
                { "1h30m", 5400000000000 },
                { "-1.5s", -1500000000 },
                { "+.5us", 500 },
                { "9223372036854775807ns", INT64_MAX },
                { "-9223372036854775808ns", INT64_MIN },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
                struct err err;
                int64_t ns = -1;

                assert_int_equal(duration_parse(bytes_of(CASES[i].text), &ns, &err), 0);
                assert_true(ns == CASES[i].ns);
        }
}

static void test_duration__refuses_the_rest(void **state) {
        static const char *const CASES[] = {
                "",
                "5",
                "s",
                " 5s",
                "5s ",
                "5 s",
                "5d",
                "5m10",
                "5S",
                "0x5s",
                "m5",
                "9223372036854775808ns",
                "99999999999999999999999s",
                "2562047788h",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
                struct err err;
                int64_t ns = 7;

                assert_int_equal(duration_parse(bytes_of(CASES[i]), &ns, &err), -1);
                assert_int_equal(err.code, ERR_INVALID);
                assert_int_equal(ns, 7);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_duration__parses_what_go_writes),
                cmocka_unit_test(test_duration__refuses_the_rest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
