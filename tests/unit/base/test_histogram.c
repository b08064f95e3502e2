#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/base/histogram.h"

static const double BOUNDS[] = { 0.005, 0.1, 1 };

static void test_histogram__counts_between_bounds(void **state) {
        struct histogram histogram = HISTOGRAM_INIT(BOUNDS);

        (void)state;
        histogram_observe(&histogram, -1);
        histogram_observe(&histogram, 0.005); /* le: less or equal */
        histogram_observe(&histogram, 0.0625);
        histogram_observe(&histogram, 0.0625);
        histogram_observe(&histogram, 60);
        assert_int_equal(histogram.counts[0], 2);
        assert_int_equal(histogram.counts[1], 2);
        assert_int_equal(histogram.counts[2], 0);
        assert_int_equal(histogram.counts[3], 1);
        assert_int_equal(histogram.count, 5);
        assert_true(histogram.sum == -1 + 0.005 + 0.0625 + 0.0625 + 60);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_histogram__counts_between_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
