#include "llc/sys/log_quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Takes n at now; returns how many were granted. */
static unsigned take(struct log_quota *quota, unsigned n, int64_t now_ms) {
        unsigned granted = 0;
        uint64_t unsaid;

        while (n-- > 0)
                granted += log_quota_take(quota, now_ms, &unsaid);
        return granted;
}

static void test_log_quota__the_first_lines_are_written(void **state) {
        struct log_quota quota = { .said = 0 };

        (void)state;
        assert_int_equal(take(&quota, LOG_QUOTA_LINES - 1, 5), LOG_QUOTA_LINES - 1);
        assert_int_equal(take(&quota, 1000, 6), 1);
        assert_int_equal(take(&quota, 1, 5 + LOG_QUOTA_MS - 1), 0);
}

static void test_log_quota__says_how_many_were_not(void **state) {
        struct log_quota quota = { .said = 0 };
        uint64_t unsaid = 9;

        (void)state;
        assert_true(log_quota_take(&quota, 5, &unsaid));
        assert_int_equal(unsaid, 0);
        take(&quota, LOG_QUOTA_LINES + 41, 6);
        assert_true(log_quota_take(&quota, 5 + LOG_QUOTA_MS, &unsaid));
        assert_int_equal(unsaid, 42);
        assert_true(log_quota_take(&quota, 5 + LOG_QUOTA_MS, &unsaid));
        assert_int_equal(unsaid, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_log_quota__the_first_lines_are_written),
                cmocka_unit_test(test_log_quota__says_how_many_were_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
