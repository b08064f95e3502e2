#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "streaming.h"

static void test_streaming__refusal_is_for_all_and_for_good(void **state) {
        struct streaming a, b, other;
        bool refused = false;

        (void)state;
        streaming_init(&a, &refused);
        streaming_init(&b, &refused);
        streaming_init(&other, NULL);
        assert_true(streaming_is_wanted(&a));
        streaming_failed(&a, ERR_INVALID);
        assert_false(streaming_is_wanted(&a));
        assert_false(streaming_is_wanted(&b));
        assert_true(streaming_is_wanted(&other));
        streaming_listed(&a, false);
        streaming_succeeded(&b); /* one that was under way */
        assert_false(streaming_is_wanted(&a));
}

static void test_streaming__a_list_that_works_tells_whose_fault_it_was(void **state) {
        struct streaming s;

        (void)state;
        streaming_init(&s, NULL);
        streaming_give_up(&s);
        assert_false(streaming_is_wanted(&s));
        streaming_listed(&s, false); /* nothing works: no fault of streams */
        assert_true(streaming_is_wanted(&s));
        streaming_listed(&s, true); /* nobody doubted */
        assert_true(streaming_is_wanted(&s));
        streaming_give_up(&s);
        streaming_listed(&s, true);
        assert_false(streaming_is_wanted(&s));
        streaming_listed(&s, false);
        assert_false(streaming_is_wanted(&s));
}

static void test_streaming__three_broken_in_a_row_are_enough(void **state) {
        struct streaming s;

        (void)state;
        streaming_init(&s, NULL);
        streaming_failed(&s, ERR_UNAVAILABLE);
        streaming_failed(&s, ERR_THROTTLED);
        streaming_succeeded(&s);
        streaming_failed(&s, ERR_UNAVAILABLE);
        streaming_failed(&s, ERR_TIMEOUT);
        streaming_failed(&s, ERR_UNREACHABLE); /* says nothing of streams */
        assert_true(streaming_is_wanted(&s));
        streaming_failed(&s, ERR_PROTOCOL);
        assert_false(streaming_is_wanted(&s));
        streaming_listed(&s, false);
        assert_true(streaming_is_wanted(&s));
}

static void test_streaming__patience(void **state) {
        struct streaming s;

        (void)state;
        streaming_init(&s, NULL);
        streaming_begin(&s, 1000);
        assert_int_equal(streaming_patience_ms(&s, 1000), 10000);
        assert_int_equal(streaming_patience_ms(&s, 10999), 1);
        streaming_heard(&s, 10999);
        assert_int_equal(streaming_patience_ms(&s, 10999), 10000);
        for (int64_t now = 11000; now <= 119000; now += 1000)
                streaming_heard(&s, now);
        assert_int_equal(streaming_patience_ms(&s, 119000), 2000); /* and 120 s in all */
        assert_int_equal(streaming_patience_ms(&s, 200000), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_streaming__refusal_is_for_all_and_for_good),
                cmocka_unit_test(test_streaming__a_list_that_works_tells_whose_fault_it_was),
                cmocka_unit_test(test_streaming__three_broken_in_a_row_are_enough),
                cmocka_unit_test(test_streaming__patience),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
