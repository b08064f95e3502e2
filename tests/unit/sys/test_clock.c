#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "llc/sys/clock.h"

static void test_clock__wall_is_unix_time(void **state) {
        time_t before = time(NULL);
        int64_t now = clock_wall_ms();

        (void)state;
        /* time() reads a coarser clock, which may lag by some milliseconds. */
        assert_true(now / 1000 >= (int64_t)before);
        assert_true(now / 1000 <= (int64_t)time(NULL) + 1);
}

static void test_clock__monotonic_never_goes_back(void **state) {
        int64_t last = clock_monotonic_us();

        (void)state;
        for (int i = 0; i < 1000; i++) {
                int64_t now = clock_monotonic_us();

                assert_true(now >= last);
                last = now;
        }
        assert_true(clock_monotonic_ms() >= last / 1000);
        assert_true(clock_monotonic_ms() <= last / 1000 + 10000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_clock__wall_is_unix_time),
                cmocka_unit_test(test_clock__monotonic_never_goes_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
