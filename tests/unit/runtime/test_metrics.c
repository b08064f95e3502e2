#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "llc/runtime/metrics.h"

static void test_metrics__family_and_samples(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(4096);

        (void)state;
        metrics_family(&out, "llc_x_total", "counter", "Things with a \\ and a \"\nnext line.");
        metrics_sample(&out, "llc_x_total", "code=\"200\"", 3);
        metrics_sample(&out, "llc_x_total", NULL, 0.1);
        metrics_sample(&out, "llc_x_total", "", -1);
        assert_string_equal(strbuf_str(&out),
                            "# HELP llc_x_total Things with a \\\\ and a \"\\nnext line.\n"
                            "# TYPE llc_x_total counter\n"
                            "llc_x_total{code=\"200\"} 3\n"
                            "llc_x_total 0.1\n"
                            "llc_x_total -1\n");
}

static void check_number(double value, const char *want) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(4096);

        metrics_sample(&out, "x", NULL, value);
        assert_string_equal(strbuf_str(&out), want);
}

static void test_metrics__numbers_are_exact(void **state) {
        (void)state;
        check_number(9007199254740991.0, "x 9007199254740991\n");
        check_number(1.0 / 3, "x 0.33333333333333331\n");
        check_number(1e300, "x 1e+300\n");
        check_number(NAN, "x NaN\n");
        check_number(INFINITY, "x +Inf\n");
        check_number(-INFINITY, "x -Inf\n");
}

static void test_metrics__label_values_are_escaped(void **state) {
        STRBUF_CLEANUP struct strbuf labels = STRBUF_INIT(4096);

        (void)state;
        metrics_label(&labels, "a", "1");
        metrics_label(&labels, "b", "q\"b\\n\n}");
        assert_string_equal(strbuf_str(&labels), "a=\"1\",b=\"q\\\"b\\\\n\\n}\"");
}

static void test_metrics__histogram_is_cumulative(void **state) {
        static const double BOUNDS[] = { 0.005, 0.1, 1 };
        struct histogram histogram = HISTOGRAM_INIT(BOUNDS);
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(4096);

        (void)state;
        histogram_observe(&histogram, 0.005); /* le: less or equal */
        histogram_observe(&histogram, 0.0625);
        histogram_observe(&histogram, 0.0625);
        histogram_observe(&histogram, 60);
        metrics_histogram_write(&out, "h", "c=\"x\"", &histogram);
        assert_string_equal(strbuf_str(&out), "h_bucket{c=\"x\",le=\"0.005\"} 1\n"
                                              "h_bucket{c=\"x\",le=\"0.1\"} 3\n"
                                              "h_bucket{c=\"x\",le=\"1\"} 3\n"
                                              "h_bucket{c=\"x\",le=\"+Inf\"} 4\n"
                                              "h_sum{c=\"x\"} 60.13\n"
                                              "h_count{c=\"x\"} 4\n");
}

static void test_metrics__histogram_without_labels(void **state) {
        static const double BOUNDS[] = { 1 };
        const struct histogram histogram = HISTOGRAM_INIT(BOUNDS);
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(4096);

        (void)state;
        metrics_histogram_write(&out, "h", NULL, &histogram);
        assert_string_equal(strbuf_str(&out), "h_bucket{le=\"1\"} 0\n"
                                              "h_bucket{le=\"+Inf\"} 0\n"
                                              "h_sum 0\n"
                                              "h_count 0\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_metrics__family_and_samples),
                cmocka_unit_test(test_metrics__numbers_are_exact),
                cmocka_unit_test(test_metrics__label_values_are_escaped),
                cmocka_unit_test(test_metrics__histogram_is_cumulative),
                cmocka_unit_test(test_metrics__histogram_without_labels),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
