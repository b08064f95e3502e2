#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch_time.h"

static void test_watch_time__times_are_spread(void **state) {
        struct watch_time watch_time = { .began_ms = 0 };
        struct jitter jitter = { .seed = { 1, 2 } };
        unsigned least = 600, most = 300;

        (void)state;
        for (int i = 0; i < 1000; i++) {
                unsigned seconds = watch_time_begin(&watch_time, &jitter, 0);

                assert_in_range(seconds, 300, 600);
                least = seconds < least ? seconds : least;
                most = seconds > most ? seconds : most;
        }
        assert_in_range(least, 300, 310);
        assert_in_range(most, 590, 600);
}

static void test_watch_time__without_bookmarks_silence_means_nothing(void **state) {
        struct watch_time watch_time = { .began_ms = 0 };
        struct jitter jitter = { .seed = { 1, 2 } };
        int64_t whole_ms = watch_time_begin(&watch_time, &jitter, 5000) * INT64_C(1000) + 30000;
        struct err err;

        (void)state;
        assert_int_equal(watch_time_left_ms(&watch_time, 5000), whole_ms);
        watch_time_heard(&watch_time, 6000);
        assert_int_equal(watch_time_left_ms(&watch_time, 6000), whole_ms - 1000);
        assert_int_equal(watch_time_left_ms(&watch_time, 5000 + whole_ms), 0);
        assert_int_equal(watch_time_reason(&watch_time, 5000 + whole_ms, &err), -1);
        assert_int_equal(err.code, ERR_UNAVAILABLE);
        assert_string_equal(err.msg, "open for longer than was asked for");
}

static void test_watch_time__with_bookmarks_it_does(void **state) {
        struct watch_time watch_time = { .began_ms = 0 };
        struct jitter jitter = { .seed = { 1, 2 } };
        struct err err;

        (void)state;
        watch_time_begin(&watch_time, &jitter, 0);
        watch_time_heard(&watch_time, 200 * 1000);
        watch_time_bookmark(&watch_time);
        assert_true(watch_time_left_ms(&watch_time, 200 * 1000) <= 150 * 1000);
        watch_time_begin(&watch_time, &jitter, 1000 * 1000); /* also in the watches after it */
        assert_int_equal(watch_time_left_ms(&watch_time, 1000 * 1000), 150 * 1000);
        watch_time_reason(&watch_time, 1150 * 1000, &err);
        assert_string_equal(err.msg, "silent for 150 s");
        /* The end comes sooner than the end of the silence. */
        watch_time_heard(&watch_time, watch_time.until_ms - 1000);
        assert_int_equal(watch_time_left_ms(&watch_time, watch_time.until_ms - 1000), 1000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_watch_time__times_are_spread),
                cmocka_unit_test(test_watch_time__without_bookmarks_silence_means_nothing),
                cmocka_unit_test(test_watch_time__with_bookmarks_it_does),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
