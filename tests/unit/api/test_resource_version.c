#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/api/meta.h"

static void assert_older(const char *a, const char *b) {
        assert_true(resource_version_compare(bytes_of(a), bytes_of(b)) < 0);
        assert_true(resource_version_compare(bytes_of(b), bytes_of(a)) > 0);
}

static void test_resource_version__orders_as_numbers(void **state) {
        (void)state;
        assert_older("9", "10");
        assert_older("99", "100");
        assert_older("123", "124");
        assert_older("18446744073709551615", "18446744073709551616");
        assert_int_equal(resource_version_compare(bytes_of("42"), bytes_of("42")), 0);
}

static void test_resource_version__nothing_is_older_than_all(void **state) {
        (void)state;
        assert_older("", "0");
        assert_int_equal(resource_version_compare(bytes_of(""), bytes_of("")), 0);
}

static void test_resource_version__no_numbers_are_not_equal(void **state) {
        (void)state;
        assert_older("abc", "abd");
        assert_older("1", "01");
}

static void test_resource_version__only_numbers_tell_which_is_older(void **state) {
        (void)state;
        assert_true(resource_version_is_older(bytes_of("9"), bytes_of("10")));
        assert_false(resource_version_is_older(bytes_of("10"), bytes_of("10")));
        assert_false(resource_version_is_older(bytes_of("10"), bytes_of("9")));
        assert_false(resource_version_is_older(bytes_of("9"), bytes_of("1x")));
        assert_false(resource_version_is_older(bytes_of("abc"), bytes_of("abd")));
        assert_false(resource_version_is_older(bytes_of(""), bytes_of("9")));
        assert_false(resource_version_is_older(bytes_of("0"), bytes_of("9")));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_resource_version__orders_as_numbers),
                cmocka_unit_test(test_resource_version__nothing_is_older_than_all),
                cmocka_unit_test(test_resource_version__no_numbers_are_not_equal),
                cmocka_unit_test(test_resource_version__only_numbers_tell_which_is_older),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
