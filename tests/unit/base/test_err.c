#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "llc/base/err.h"

static void test_err__set_fills_code_and_message(void **state) {
        struct err err = { .retry_after_ms = 7 };

        (void)state;
        assert_int_equal(err_set(&err, ERR_GONE, "at %d: %s", 12, "too old"), -1);
        assert_int_equal(err.code, ERR_GONE);
        assert_int_equal(err.retry_after_ms, 0);
        assert_string_equal(err.msg, "at 12: too old");
}

static void test_err__wrap_puts_context_first_and_keeps_the_rest(void **state) {
        struct err err;

        (void)state;
        err_set(&err, ERR_THROTTLED, "429 Too Many Requests");
        err.retry_after_ms = 1500;
        assert_int_equal(err_wrap(&err, "pods \"%s\"", "a"), -1);
        assert_int_equal(err_wrap(&err, "shop/jdk21"), -1);
        assert_int_equal(err.code, ERR_THROTTLED);
        assert_int_equal(err.retry_after_ms, 1500);
        assert_string_equal(err.msg, "shop/jdk21: pods \"a\": 429 Too Many Requests");
}

static void test_err__arguments_may_come_from_the_error_itself(void **state) {
        struct err err;

        (void)state;
        err_set(&err, ERR_IO, "disk full");
        err_set(&err, ERR_INVALID, "kubeconfig (%s)", err.msg);
        assert_string_equal(err.msg, "kubeconfig (disk full)");
        err_wrap(&err, "again %s", err.msg);
        assert_string_equal(err.msg, "again kubeconfig (disk full): kubeconfig (disk full)");
}

static void test_err__long_messages_are_cut_at_every_length(void **state) {
        char text[2 * ERR_MSG_SIZE];

        (void)state;
        for (size_t n = 0; n < sizeof(text); n++) {
                size_t kept = n < ERR_MSG_SIZE - 1 ? n : ERR_MSG_SIZE - 1;
                struct {
                        struct err err;
                        char guard[8];
                } box = { .guard = "guarded" };

                memset(text, 'x', n);
                text[n] = '\0';
                err_set(&box.err, ERR_INVALID, "%s", text);
                assert_int_equal(strlen(box.err.msg), kept);

                err_set(&box.err, ERR_INVALID, "cause");
                err_wrap(&box.err, "%s", text);
                kept = kept + 7 < ERR_MSG_SIZE - 1 ? kept + 7 : ERR_MSG_SIZE - 1;
                assert_int_equal(strlen(box.err.msg), kept);

                err_set(&box.err, ERR_INVALID, "%s", text);
                err_wrap(&box.err, "while");
                assert_memory_equal(box.err.msg, "while: ", 7);
                assert_true(strlen(box.err.msg) < ERR_MSG_SIZE);
                assert_string_equal(box.guard, "guarded");
        }
}

static void test_err__message_is_one_line_of_utf8(void **state) {
        struct err err;

        (void)state;
        err_set(&err, ERR_PROTOCOL, "%s", "a\nb\r\tc\x1b[31m\x7f");
        assert_string_equal(err.msg, "a?b??c?[31m?");
        err_set(&err, ERR_PROTOCOL, "%s", "caf\xc3\xa9 \xf0\x9f\x98\x80");
        assert_string_equal(err.msg, "caf\xc3\xa9 \xf0\x9f\x98\x80");
        err_set(&err, ERR_PROTOCOL, "%s",
                "\xff|\xc3|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82");
        assert_string_equal(err.msg, "?|?|??|???|????|??");
}

static void test_err__cut_does_not_leave_half_a_character(void **state) {
        char text[ERR_MSG_SIZE + 8];
        struct err err;

        (void)state;
        memset(text, 'x', sizeof(text));
        memcpy(text + ERR_MSG_SIZE - 2, "\xc3\xa9", 3);
        err_set(&err, ERR_INVALID, "%s", text);
        assert_int_equal(err.msg[ERR_MSG_SIZE - 2], '?');

        text[ERR_MSG_SIZE - 4] = '\0';
        memcpy(text + ERR_MSG_SIZE - 6, "\xc3\xa9", 2);
        err_set(&err, ERR_INVALID, "%s", text);
        err_wrap(&err, "xx"); /* four more: the character's first byte is the last that fits */
        assert_int_equal(err.msg[ERR_MSG_SIZE - 2], '?');
        assert_int_equal(strlen(err.msg), ERR_MSG_SIZE - 1);
}

static void test_err__every_code_has_a_name_of_its_own(void **state) {
        (void)state;
        for (int a = ERR_NONE; a <= ERR_IO; a++) {
                assert_string_not_equal(err_code_name((enum err_code)a), "Unknown");
                for (int b = ERR_NONE; b < a; b++)
                        assert_string_not_equal(err_code_name((enum err_code)a),
                                                err_code_name((enum err_code)b));
        }
        assert_string_equal(err_code_name((enum err_code)(ERR_IO + 1)), "Unknown");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_err__set_fills_code_and_message),
                cmocka_unit_test(test_err__wrap_puts_context_first_and_keeps_the_rest),
                cmocka_unit_test(test_err__arguments_may_come_from_the_error_itself),
                cmocka_unit_test(test_err__long_messages_are_cut_at_every_length),
                cmocka_unit_test(test_err__message_is_one_line_of_utf8),
                cmocka_unit_test(test_err__cut_does_not_leave_half_a_character),
                cmocka_unit_test(test_err__every_code_has_a_name_of_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
