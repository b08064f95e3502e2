#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/field_error.h"

static void test_field_error__reads_as_the_api_servers(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct field_errors errors = { .arena = &arena };
        struct json *value JSON_CLEANUP = json_new_int(-1);

        (void)state;
        field_error_add(&errors, FIELD_ERROR_REQUIRED, "spec.selector", NULL, "%s", "");
        assert_string_equal(field_errors_text(&errors), "spec.selector: Required value");

        field_error_add(&errors, FIELD_ERROR_INVALID, "spec.replicas", value,
                        "must be greater than or equal to %d", 0);
        assert_string_equal(field_errors_text(&errors),
                            "[spec.selector: Required value, spec.replicas: Invalid value: -1: "
                            "must be greater than or equal to 0]");
        assert_string_equal(field_error_reason(errors.items[1].type), "FieldValueInvalid");
}

static void test_field_error__says_each_once(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct field_errors errors = { .arena = &arena };

        (void)state;
        for (int i = 0; i < 2; i++)
                field_error_add(&errors, FIELD_ERROR_REQUIRED, "a", NULL, "%s", "");
        assert_string_equal(field_errors_text(&errors), "a: Required value");
        field_error_add(&errors, FIELD_ERROR_REQUIRED, "b", NULL, "%s", "");
        assert_string_equal(field_errors_text(&errors), "[a: Required value, b: Required value]");
}

static void test_field_error__grows(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct strings strings = { .arena = &arena };

        (void)state;
        for (int i = 0; i < 100; i++)
                strings_add(&strings, "spec.items[%d]", i);
        assert_int_equal(strings.n, 100);
        assert_string_equal(strings.items[0], "spec.items[0]");
        assert_string_equal(strings.items[99], "spec.items[99]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_field_error__reads_as_the_api_servers),
                cmocka_unit_test(test_field_error__says_each_once),
                cmocka_unit_test(test_field_error__grows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
