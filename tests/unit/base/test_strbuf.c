#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/base/strbuf.h"

static void test_strbuf__empty_reads_as_empty_string(void **state) {
        STRBUF_CLEANUP struct strbuf sb = STRBUF_INIT(8);

        (void)state;
        assert_string_equal(strbuf_str(&sb), "");
        assert_int_equal(strbuf_bytes(&sb).len, 0);
        assert_true(strbuf_ok(&sb));
        strbuf_append(&sb, BYTES_NULL);
        strbuf_puts(&sb, "");
        strbuf_printf(&sb, "%s", "");
        assert_string_equal(strbuf_str(&sb), "");
        assert_true(strbuf_ok(&sb));
}

static void test_strbuf__appends_in_every_way(void **state) {
        STRBUF_CLEANUP struct strbuf sb = STRBUF_INIT(64);

        (void)state;
        strbuf_puts(&sb, "a");
        strbuf_append_char(&sb, 'b');
        strbuf_append(&sb, (struct bytes){ .ptr = "cde", .len = 2 });
        strbuf_printf(&sb, "-%03d-", 7);
        assert_string_equal(strbuf_str(&sb), "abcd-007-");
        assert_int_equal(sb.len, 9);
}

static void test_strbuf__keeps_nul_bytes(void **state) {
        STRBUF_CLEANUP struct strbuf sb = STRBUF_INIT(8);

        (void)state;
        strbuf_append(&sb, (struct bytes){ .ptr = "a\0b", .len = 3 });
        strbuf_append_char(&sb, '\0');
        assert_int_equal(sb.len, 4);
        assert_memory_equal(sb.data, "a\0b\0", 5);
}

/* Each way to append, with n bytes, must fit exactly and overflow by one. */
static void append_n(struct strbuf *sb, int way, size_t n) {
        static const char text[] = "0123456789012345678901234567890123456789"
                                   "0123456789012345678901234567890123456789";

        assert_true(n < sizeof(text));
        switch (way) {
        case 0:
                strbuf_append(sb, (struct bytes){ .ptr = text, .len = n });
                break;
        case 1:
                strbuf_printf(sb, "%.*s", (int)n, text);
                break;
        default:
                for (size_t i = 0; i < n; i++)
                        strbuf_append_char(sb, text[i]);
        }
}

static void test_strbuf__cap_is_exact(void **state) {
        (void)state;
        for (int way = 0; way < 3; way++) {
                for (size_t max = 0; max < 72; max++) {
                        STRBUF_CLEANUP struct strbuf fits = STRBUF_INIT(max);
                        STRBUF_CLEANUP struct strbuf over = STRBUF_INIT(max);

                        append_n(&fits, way, max);
                        assert_true(strbuf_ok(&fits));
                        assert_int_equal(fits.len, max);
                        assert_true(fits.cap <= max + 1);
                        append_n(&over, way, max + 1);
                        assert_false(strbuf_ok(&over));
                        assert_int_equal(over.len, way == 2 ? max : 0);
                }
        }
}

static void test_strbuf__overflow_is_sticky_and_keeps_the_content(void **state) {
        STRBUF_CLEANUP struct strbuf sb = STRBUF_INIT(4);

        (void)state;
        strbuf_puts(&sb, "abc");
        strbuf_puts(&sb, "de");
        assert_false(strbuf_ok(&sb));
        strbuf_puts(&sb, "f"); /* would fit: a hole in the text is worse than its end missing */
        strbuf_append_char(&sb, 'g');
        strbuf_printf(&sb, "h");
        assert_string_equal(strbuf_str(&sb), "abc");
        assert_false(strbuf_ok(&sb));
        strbuf_clear(&sb);
        assert_true(strbuf_ok(&sb));
        strbuf_puts(&sb, "wxyz");
        assert_string_equal(strbuf_str(&sb), "wxyz");
}

static void test_strbuf__huge_length_is_refused(void **state) {
        STRBUF_CLEANUP struct strbuf sb = STRBUF_INIT(16);

        (void)state;
        strbuf_puts(&sb, "x");
        strbuf_append(&sb, (struct bytes){ .ptr = "y", .len = SIZE_MAX });
        assert_false(strbuf_ok(&sb));
        assert_string_equal(strbuf_str(&sb), "x");
}

static void test_strbuf__grows_by_doubling(void **state) {
        STRBUF_CLEANUP struct strbuf sb = STRBUF_INIT(1u << 20);
        size_t grown = 0, cap = 0;

        (void)state;
        for (int i = 0; i < 1 << 20; i++) {
                strbuf_append_char(&sb, (char)('a' + i % 26));
                grown += sb.cap != cap;
                cap = sb.cap;
        }
        assert_true(strbuf_ok(&sb));
        assert_true(grown <= 16);
        for (size_t i = 0; i < sb.len; i++)
                assert_int_equal(sb.data[i], 'a' + (char)(i % 26));
}

static void test_strbuf__shrink_gives_back_only_what_is_too_much(void **state) {
        STRBUF_CLEANUP struct strbuf sb = STRBUF_INIT(1000);

        (void)state;
        append_n(&sb, 0, 70);
        strbuf_shrink(&sb, sb.cap);
        assert_non_null(sb.data);
        assert_string_equal(strbuf_str(&sb), "");
        append_n(&sb, 0, 70);
        strbuf_shrink(&sb, sb.cap - 1);
        assert_null(sb.data);
        assert_int_equal(sb.max, 1000);
        strbuf_puts(&sb, "still usable");
        assert_string_equal(strbuf_str(&sb), "still usable");
}

static void test_strbuf__deinit_keeps_the_cap(void **state) {
        struct strbuf sb = STRBUF_INIT(3);

        (void)state;
        strbuf_puts(&sb, "abcd");
        strbuf_deinit(&sb);
        strbuf_deinit(&sb);
        assert_true(strbuf_ok(&sb));
        strbuf_puts(&sb, "abc");
        assert_string_equal(strbuf_str(&sb), "abc");
        strbuf_deinit(&sb);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_strbuf__empty_reads_as_empty_string),
                cmocka_unit_test(test_strbuf__appends_in_every_way),
                cmocka_unit_test(test_strbuf__keeps_nul_bytes),
                cmocka_unit_test(test_strbuf__cap_is_exact),
                cmocka_unit_test(test_strbuf__overflow_is_sticky_and_keeps_the_content),
                cmocka_unit_test(test_strbuf__huge_length_is_refused),
                cmocka_unit_test(test_strbuf__grows_by_doubling),
                cmocka_unit_test(test_strbuf__shrink_gives_back_only_what_is_too_much),
                cmocka_unit_test(test_strbuf__deinit_keeps_the_cap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
