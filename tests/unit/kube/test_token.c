#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "token.h"

static void check_unescape(const char *text, const char *expected, size_t length) {
        STRBUF_CLEANUP struct strbuf sb = STRBUF_INIT(256);

        strbuf_puts(&sb, text);
        if (!expected) {
                assert_false(token_unescape(&sb));
                return;
        }
        assert_true(token_unescape(&sb));
        assert_int_equal(sb.len, length);
        assert_memory_equal(strbuf_str(&sb), expected, length + 1);
}

static void test_token__unescape_gives_what_is_meant(void **state) {
        (void)state;
        check_unescape("", "", 0);
        check_unescape("plain", "plain", 5);
        check_unescape("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8);
        check_unescape("\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac", 6);
        check_unescape("a\\u0000b", "a\0b", 3);
        check_unescape("\\ud83d\\ude00!", "\xf0\x9f\x98\x80!", 5);
}

static void test_token__unescape_replaces_lone_surrogates(void **state) {
        (void)state;
        check_unescape("\\ud83d", "\xef\xbf\xbd", 3);
        check_unescape("\\ude00", "\xef\xbf\xbd", 3);
        check_unescape("\\ud83d\\u0041",
                       "\xef\xbf\xbd"
                       "A",
                       4);
        check_unescape("\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80", 7);
}

static void test_token__unescape_refuses_malformed_escapes(void **state) {
        (void)state;
        check_unescape("\\", NULL, 0);
        check_unescape("\\x41", NULL, 0);
        check_unescape("\\u", NULL, 0);
        check_unescape("\\u12", NULL, 0);
        check_unescape("\\u12g4", NULL, 0);
        check_unescape("\\ud83d\\u12", NULL, 0);
        check_unescape("\\U0041", NULL, 0);
}

static void test_token__string_stop_finds_every_position(void **state) {
        static const char STOPS[] = "\"\\\n";
        char text[41];

        (void)state;
        for (size_t start = 0; start < 9; start++) {
                for (size_t at = start; at <= sizeof(text); at++) {
                        memset(text, at % 2 ? 'x' : '\xa2', sizeof(text));
                        if (at < sizeof(text))
                                text[at] = STOPS[at % 3];
                        assert_ptr_equal(token_string_stop(text + start, text + sizeof(text)),
                                         text + at);
                }
        }
}

/* Bytes next to the ones that count, in every one of eight places. */
static void test_token__string_stop_takes_no_other_byte(void **state) {
        (void)state;
        for (int byte = 0; byte < 256; byte++) {
                char text[16];

                memset(text, byte, sizeof(text));
                assert_ptr_equal(token_string_stop(text, text + sizeof(text)),
                                 byte == '"' || byte == '\\' || byte == '\n' ? text
                                                                             : text + sizeof(text));
        }
}

static void test_token__scalars_are_told_from_rubbish(void **state) {
        (void)state;
        assert_true(token_is_scalar(bytes_of("true")));
        assert_true(token_is_scalar(bytes_of("-12.50E-07")));
        assert_false(token_is_scalar(bytes_of("")));
        assert_false(token_is_scalar(bytes_of("-")));
        assert_false(token_is_scalar(bytes_of("00")));
        assert_false(token_is_scalar(bytes_of("1.5.2")));
        assert_false(token_is_scalar(bytes_of("truer")));
        assert_false(token_is_scalar((struct bytes){ "1\0", 2 }));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_token__unescape_gives_what_is_meant),
                cmocka_unit_test(test_token__unescape_replaces_lone_surrogates),
                cmocka_unit_test(test_token__unescape_refuses_malformed_escapes),
                cmocka_unit_test(test_token__string_stop_finds_every_position),
                cmocka_unit_test(test_token__string_stop_takes_no_other_byte),
                cmocka_unit_test(test_token__scalars_are_told_from_rubbish),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
