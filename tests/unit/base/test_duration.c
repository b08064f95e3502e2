#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/base/duration.h"

static void test_duration__parses_what_go_writes(void **state) {
        static const struct {
                const char *text;
                int64_t ms;
        } CASES[] = {
                { "0", 0 },
                { "0s", 0 },
                { "1ms", 1 },
                { "10s", 10000 },
                { "5m", 300000 },
                { "5m0s", 300000 },
                { "1h30m", 5400000 },
                { "2540400h10m", 9145440600000 },
                { "9223372036854ms", 9223372036854 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
                struct err err;
                int64_t ms = -1;

                assert_int_equal(duration_parse(CASES[i].text, &ms, &err), 0);
                assert_int_equal(ms, CASES[i].ms);
        }
}

static void test_duration__refuses_the_rest(void **state) {
        static const char *const CASES[] = {
                "",
                "5",
                "s",
                "-5s",
                "+5s",
                " 5s",
                "5s ",
                "5 s",
                "1.5h",
                "5d",
                "5m10",
                "5S",
                "0x5s",
                "m5",
                "9223372036855ms",
                "99999999999999999999999s",
                "2562047788h",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
                struct err err;
                int64_t ms = 7;

                assert_int_equal(duration_parse(CASES[i], &ms, &err), -1);
                assert_int_equal(err.code, ERR_INVALID);
                assert_int_equal(ms, 7);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_duration__parses_what_go_writes),
                cmocka_unit_test(test_duration__refuses_the_rest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
