#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jitter.h"

static void test_jitter__same_seed_same_numbers(void **state) {
        struct jitter a = { .seed = { 1, 2 } }, b = a, c = { .seed = { 1, 3 } };
        unsigned differ = 0;

        (void)state;
        for (int i = 0; i < 100; i++) {
                uint64_t n = jitter_below(&a, 1000);

                assert_true(n < 1000);
                assert_int_equal(n, jitter_below(&b, 1000));
                differ += n != jitter_below(&c, 1000);
        }
        assert_in_range(differ, 90, 100);
        assert_int_equal(jitter_below(&a, 0), 0);
}

static void test_jitter__delay_doubles_to_max(void **state) {
        static const struct jitter_backoff EXACT = { 800, 30000, 0 };
        static const int64_t WANT[] = { 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000 };
        struct jitter jitter = { .seed = { 1, 2 } };

        (void)state;
        for (unsigned i = 0; i < sizeof(WANT) / sizeof(WANT[0]); i++)
                assert_int_equal(jitter_delay(&jitter, &EXACT, i), WANT[i]);
        assert_int_equal(jitter_delay(&jitter, &EXACT, UINT32_MAX), 30000);
}

static void test_jitter__delay_spreads(void **state) {
        static const struct jitter_backoff SPREAD = { 1000, 1000, 100 };
        struct jitter jitter = { .seed = { 1, 2 } };
        int64_t low = INT64_MAX, high = 0;

        (void)state;
        for (int i = 0; i < 1000; i++) {
                int64_t delay = jitter_delay(&jitter, &SPREAD, 0);

                low = delay < low ? delay : low;
                high = delay > high ? delay : high;
        }
        assert_in_range(low, 1000, 1020);
        assert_in_range(high, 1980, 1999);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_jitter__same_seed_same_numbers),
                cmocka_unit_test(test_jitter__delay_doubles_to_max),
                cmocka_unit_test(test_jitter__delay_spreads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
