#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "schema/names.h"

#define QUALIFIED                                                                                  \
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with "   \
        "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "  \
        "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define SUBDOMAIN                                                                                  \
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "  \
        "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "      \
        "regex used for validation is "                                                            \
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void assert_trouble(enum name_form form, const char *text, const char *expected) {
        struct arena arena = ARENA_INIT;
        const char *trouble = name_trouble(form, text, &arena);

        if (!trouble || !expected)
                assert_ptr_equal(trouble, expected);
        else
                assert_string_equal(trouble, expected);
        assert_int_equal(name_check(form, text, NULL), expected == NULL);
        arena_deinit(&arena);
}

static void test_names__label_key(void **state) {
        (void)state;
        assert_trouble(NAME_QUALIFIED, "a", NULL);
        assert_trouble(NAME_QUALIFIED, "My_name.1-2", NULL);
        assert_trouble(NAME_QUALIFIED, "example.com/MyName", NULL);
        assert_trouble(NAME_QUALIFIED, A63, NULL);
        assert_trouble(NAME_QUALIFIED, "a" A63, "name part must be no more than 63 characters");
        assert_trouble(NAME_QUALIFIED, "-a", "name part " QUALIFIED);
        assert_trouble(NAME_QUALIFIED, "a.", "name part " QUALIFIED);
        assert_trouble(NAME_QUALIFIED, "a b", "name part " QUALIFIED);
        assert_trouble(NAME_QUALIFIED, "", "name part must be non-empty; name part " QUALIFIED);
        assert_trouble(NAME_QUALIFIED, "/a", "prefix part must be non-empty");
        assert_trouble(NAME_QUALIFIED, "Up/a", "prefix part " SUBDOMAIN);
        assert_trouble(NAME_QUALIFIED, "a/", "name part must be non-empty; name part " QUALIFIED);
        assert_trouble(NAME_QUALIFIED, "a/b/c",
                       "a qualified name " QUALIFIED
                       " with an optional DNS subdomain prefix and '/' (e.g. "
                       "'example.com/MyName')");
}

static void test_names__label_value(void **state) {
        (void)state;
        assert_trouble(NAME_LABEL_VALUE, "", NULL);
        assert_trouble(NAME_LABEL_VALUE, "MyValue_1", NULL);
        assert_trouble(NAME_LABEL_VALUE, A63, NULL);
        assert_trouble(NAME_LABEL_VALUE, "a" A63, "must be no more than 63 characters");
        assert_trouble(NAME_LABEL_VALUE, "_a",
                       "a valid label must be an empty string or consist of alphanumeric "
                       "characters, '-', '_' or '.', and must start and end with an alphanumeric "
                       "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
                       "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
}

static void test_names__subdomain(void **state) {
        char text[255];

        (void)state;
        assert_trouble(NAME_SUBDOMAIN, "a", NULL);
        assert_trouble(NAME_SUBDOMAIN, "a-1.b.2", NULL);
        assert_trouble(NAME_SUBDOMAIN, "", SUBDOMAIN);
        assert_trouble(NAME_SUBDOMAIN, "a..b", SUBDOMAIN);
        assert_trouble(NAME_SUBDOMAIN, "a.", SUBDOMAIN);
        assert_trouble(NAME_SUBDOMAIN, "a-.b", SUBDOMAIN);
        assert_trouble(NAME_SUBDOMAIN, "A", SUBDOMAIN);
        memset(text, 'a', 254);
        text[254] = '\0';
        assert_trouble(NAME_SUBDOMAIN, text, "must be no more than 253 characters");
        text[253] = '\0';
        assert_trouble(NAME_SUBDOMAIN, text, NULL);
}

static void test_names__dns_label(void **state) {
        (void)state;
        assert_trouble(NAME_DNS_LABEL, "a-1", NULL);
        assert_trouble(NAME_DNS_LABEL, "1", NULL);
        assert_trouble(NAME_DNS_LABEL, "a.b", "must not contain dots");
        assert_trouble(NAME_DNS_LABEL, "a_b",
                       "a lowercase RFC 1123 label must consist of lower case alphanumeric "
                       "characters or '-', and must start and end with an alphanumeric character "
                       "(e.g. 'my-name',  or '123-abc', regex used for validation is "
                       "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
}

static void test_names__dns_1035(void **state) {
        (void)state;
        assert_trouble(NAME_DNS_1035, "a-1", NULL);
        assert_trouble(NAME_DNS_1035, "1a",
                       "a DNS-1035 label must consist of lower case alphanumeric characters or "
                       "'-', start with an alphabetic character, and end with an alphanumeric "
                       "character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
                       "'[a-z]([-a-z0-9]*[a-z0-9])?')");
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names__label_key), cmocka_unit_test(test_names__label_value),
                cmocka_unit_test(test_names__subdomain), cmocka_unit_test(test_names__dns_label),
                cmocka_unit_test(test_names__dns_1035),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
