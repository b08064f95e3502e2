#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "holdoff.h"

static int setup(void **state) {
        *state = holdoff_new();
        return 0;
}

static int teardown(void **state) {
        holdoff_free(*state);
        return 0;
}

static void note(struct holdoff *holdoff, const char *method, const char *target, int64_t now_ms,
                 int64_t wait_ms) {
        struct err err;

        err_set(&err, ERR_AMBIGUOUS, "busy with %s", target);
        err.retry_after_ms = wait_ms;
        holdoff_note(holdoff, method, bytes_of(target), now_ms, &err);
}

/* What is left; 0 = it may be sent. */
static int64_t left(const struct holdoff *holdoff, const char *method, const char *target,
                    int64_t now_ms) {
        struct err err;

        if (holdoff_permits(holdoff, method, bytes_of(target), now_ms, &err))
                return 0;
        assert_int_equal(err.code, ERR_THROTTLED); /* this one was not sent, whatever the first */
        assert_memory_equal(err.msg, "busy with /", 11);
        return err.retry_after_ms;
}

static void test_holdoff__until_the_time_has_come(void **state) {
        struct holdoff *holdoff = *state;

        assert_int_equal(left(holdoff, "GET", "/a", 5000), 0);
        note(holdoff, "GET", "/a", 5000, 2000);
        assert_int_equal(left(holdoff, "GET", "/a", 5000), 2000);
        assert_int_equal(left(holdoff, "GET", "/a", 6999), 1);
        assert_int_equal(left(holdoff, "GET", "/a", 7000), 0);
}

static void test_holdoff__why_a_namespace_takes_nothing_is_still_known(void **state) {
        struct holdoff *holdoff = *state;
        struct err err;

        err_set(&err, ERR_TERMINATING, "n goes");
        err.retry_after_ms = 1000;
        holdoff_note(holdoff, "POST", bytes_of("/n/pods"), 0, &err);
        assert_false(holdoff_permits(holdoff, "POST", bytes_of("/n/pods"), 1, &err));
        assert_int_equal(err.code, ERR_TERMINATING);
        assert_string_equal(err.msg, "n goes");
}

static void test_holdoff__method_and_path_count_the_query_does_not(void **state) {
        struct holdoff *holdoff = *state;

        note(holdoff, "GET", "/a?limit=500", 0, 1000);
        assert_int_equal(left(holdoff, "GET", "/a?limit=500&continue=x", 0), 1000);
        assert_int_equal(left(holdoff, "GET", "/a", 0), 1000);
        assert_int_equal(left(holdoff, "POST", "/a", 0), 0);
        assert_int_equal(left(holdoff, "GET", "/a/b", 0), 0);
        assert_int_equal(left(holdoff, "GET", "/", 0), 0);
}

static void test_holdoff__the_newest_word_counts(void **state) {
        struct holdoff *holdoff = *state;

        note(holdoff, "GET", "/a", 0, 10000);
        note(holdoff, "GET", "/a", 5000, 1000);
        assert_int_equal(left(holdoff, "GET", "/a", 5000), 1000);
        note(holdoff, "GET", "/b", 0, 0); /* says nothing */
        assert_int_equal(left(holdoff, "GET", "/b", 0), 0);
}

static void test_holdoff__a_minute_at_most(void **state) {
        struct holdoff *holdoff = *state;

        note(holdoff, "GET", "/a", 0, INT64_MAX);
        assert_int_equal(left(holdoff, "GET", "/a", 0), 60000);
}

static void test_holdoff__entries_have_a_cap(void **state) {
        struct holdoff *holdoff = *state;
        char target[3000];

        for (unsigned i = 0; i < 5000; i++) {
                snprintf(target, sizeof(target), "/pods/%u", i);
                note(holdoff, "PATCH", target, 0, 1000);
        }
        assert_int_equal(left(holdoff, "PATCH", "/pods/4095", 0), 1000);
        assert_int_equal(left(holdoff, "PATCH", "/pods/4096", 0), 0);
        note(holdoff, "PATCH", "/pods/4096", 1000, 1000); /* the others are over */
        assert_int_equal(left(holdoff, "PATCH", "/pods/4096", 1000), 1000);
        memset(target, 'x', sizeof(target) - 1);
        target[0] = '/';
        target[sizeof(target) - 1] = '\0';
        note(holdoff, "GET", target, 0, 1000);
        assert_int_equal(left(holdoff, "GET", target, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_holdoff__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(until_the_time_has_come), TEST(method_and_path_count_the_query_does_not),
                TEST(the_newest_word_counts),  TEST(a_minute_at_most),
                TEST(entries_have_a_cap),      TEST(why_a_namespace_takes_nothing_is_still_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
