#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema/pattern.h"

static bool matches(const char *expression, const char *text) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        const struct pattern *pattern;
        struct err err;

        if (pattern_compile(bytes_of(expression), &arena, &pattern, &err) < 0)
                fail_msg("%s: %s", expression, err.msg);
        return pattern_matches(pattern, bytes_of(text));
}

/* What Go's regexp.MatchString says of each. */
static void test_pattern__matches_as_go(void **state) {
        static const struct {
                const char *expression, *text;
                bool yes;
        } cases[] = {
                { "", "", true },
                { "", "x", true },
                { "b", "abc", true },
                { "^b", "abc", false },
                { "b$", "ab", true },
                { "b$", "ab\n", false },
                { "(?m)b$", "ab\nc", true },
                { "(?m)^c", "ab\nc", true },
                { "^a|b$", "ac", true },
                { "^(a|b)$", "ac", false },
                { "^(?:ab|cd|)$", "cd", true },
                { "^(?:ab|cd|)$", "", true },
                { "^(?:ab|cd|)$", "abcd", false },
                { "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "app-1", true },
                { "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "app-", false },
                { "^\\S+$", "registry/a:b", true },
                { "^\\S+$", "a b", false },
                { "^[ -<>-~]*$", "A=1", false },
                { "^[ -<>-~]*$", "A B", true },
                { "^([1-9][0-9]?|100)%$", "100%", true },
                { "^([1-9][0-9]?|100)%$", "101%", false },
                { "^a{2,3}$", "a", false },
                { "^a{2,3}$", "aaa", true },
                { "^a{2,3}$", "aaaa", false },
                { "^a{2}$", "aa", true },
                { "^a{2,}$", "aaaaa", true },
                { "^a{0,2}$", "", true },
                { "^a{0}$", "a", false },
                { "^a{,2}$", "a{,2}", true },
                { "^(a*)*b$", "aaab", true },
                { "^(a|a)*$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false },
                { "^a.c$", "a\nc", false },
                { "(?s)^a.c$", "a\nc", true },
                { "(?i)^straSSe$", "STRASSE", true },
                { "^(?i:a)b$", "AB", false },
                { "^[^a]$", "\n", true },
                { "^[]a]+$", "]a", true },
                { "^[a\\-z]+$", "a-z", true },
                { "^[\\d.]+$", "1.5", true },
                { "^[^\\d]+$", "1", false },
                { "^[[:alpha:]_]+$", "a_Z", true },
                { "^[[:^alpha:]]+$", "a", false },
                { "\\bcat\\b", "a cat.", true },
                { "\\bcat\\b", "concat", false },
                { "\\x41\\x{42}\\103", "ABC", true },
                { "\\.", "a", false },
                { "^\\Aa\\z$", "a", true },
                { "^.$", "\xC3\xA4", true },
                { "^[\xC3\xA4-\xC3\xBC]$", "\xC3\xB6", true },
                { "^\\w+?$", "ab", true },
                { "(?P<n>a)(?<m>b)", "ab", true },
                { "a}", "a}", true },
                { "^a{02}$", "a{02}", true },
                { "^a{0,2}$", "aa", true },
                { "^\\\x01\\\"$", "\x01\"", true },
                { "x*", "\xFF", true },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                if (matches(cases[i].expression, cases[i].text) != cases[i].yes)
                        fail_msg("%s on \"%s\": not %d", cases[i].expression, cases[i].text,
                                 cases[i].yes);
}

static void test_pattern__refuses_as_go(void **state) {
        static const struct {
                const char *expression, *message;
        } cases[] = {
                { "[a", "error parsing regexp: missing closing ]: `[a`" },
                { "(a", "error parsing regexp: missing closing ): `(a`" },
                { "a)", "error parsing regexp: unexpected ): `a)`" },
                { "*a", "error parsing regexp: missing argument to repetition operator: `*`" },
                { "a**", "error parsing regexp: invalid nested repetition operator: `**`" },
                { "a{2,1}", "error parsing regexp: invalid repeat count: `{2,1}`" },
                { "a{1001}", "error parsing regexp: invalid repeat count: `{1001}`" },
                { "[z-a]", "error parsing regexp: invalid character class range: `z-a`" },
                { "[[:no:]]", "error parsing regexp: invalid character class range: `[:no:]`" },
                { "\\q", "error parsing regexp: invalid escape sequence: `\\q`" },
                { "a\\", "error parsing regexp: trailing backslash at end of expression: ``" },
                { "(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`" },
                { "\\pL", "error parsing regexp: llc-sim does not know Unicode classes: `\\p`" },
                { "a\xFF", "error parsing regexp: invalid UTF-8: `a?`" },
                { "((a{1000}){1000}){1000}",
                  "error parsing regexp: expression too large: `((a{1000}){1000}){1000}`" },
        };
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        const struct pattern *pattern;
        struct err err;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(pattern_compile(bytes_of(cases[i].expression), &arena, &pattern,
                                                 &err),
                                 -1);
                assert_int_equal(err.code, ERR_INVALID);
                assert_string_equal(err.msg, cases[i].message);
        }
}

static void test_pattern__caps_its_depth(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        char text[2001];
        const struct pattern *pattern;
        struct err err;

        (void)state;
        memset(text, '(', 1000);
        memset(text + 1000, ')', 1000);
        assert_int_equal(pattern_compile((struct bytes){ text, 2000 }, &arena, &pattern, &err), -1);
        assert_non_null(strstr(err.msg, "nests too deeply"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pattern__matches_as_go),
                cmocka_unit_test(test_pattern__refuses_as_go),
                cmocka_unit_test(test_pattern__caps_its_depth),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
