#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kinds/syntax.h"

static void test_syntax__holds_or_not(void **state) {
        static const struct {
                unsigned syntax;
                const char *right, *wrong;
        } cases[] = {
                { SYNTAX_DNS_LABEL, "a-1", "a.b" },
                { SYNTAX_DNS_SUBDOMAIN, "a.b-c", "a..b" },
                { SYNTAX_DNS_1035, "a1", "1a" },
                { SYNTAX_PATH_SEGMENT, "A:b c", "a%b" },
                { SYNTAX_PATH_SEGMENT, "...", ".." },
                { SYNTAX_QUALIFIED_NAME, "a.b/C_d", "a/b/c" },
                { SYNTAX_LABEL_VALUE, "", "-" },
                { SYNTAX_CONFIG_KEY, "_.-A1", "..a" },
                { SYNTAX_CONFIG_KEY, ".a", "a/b" },
                { SYNTAX_ENV_NAME, "a b-1.2", "a=b" },
                { SYNTAX_PORT_NAME, "http-1", "a--b" },
                { SYNTAX_PORT_NAME, "0a", "-a" },
                { SYNTAX_PORT_NAME, "abcdefghijklmno", "abcdefghijklmnop" },
                { SYNTAX_IP, "10.0.0.1", "10.0.0" },
                { SYNTAX_IP, "fd00::1", "fd00::1::2" },
                { SYNTAX_DNS_LABEL | SYNTAX_PREFIX_OF, "a-", "-" },
                { SYNTAX_DNS_SUBDOMAIN | SYNTAX_PREFIX_OF, "a.b-", "a.-b" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_true(syntax_holds(cases[i].syntax, cases[i].right));
                assert_false(syntax_holds(cases[i].syntax, cases[i].wrong));
        }
}

static void test_syntax__says_all_that_is_wrong(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct field_errors errors = { .arena = &arena };

        (void)state;
        syntax_check(SYNTAX_PORT_NAME, "1--", "x", &errors);
        assert_string_equal(field_errors_text(&errors),
                            "[x: Invalid value: \"1--\": must contain at least one letter (a-z), "
                            "x: Invalid value: \"1--\": must not contain consecutive hyphens, x: "
                            "Invalid value: \"1--\": must not begin or end with a hyphen]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_syntax__holds_or_not),
                cmocka_unit_test(test_syntax__says_all_that_is_wrong),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
