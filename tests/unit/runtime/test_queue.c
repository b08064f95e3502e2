#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/runtime/queue.h"

static const struct queue_options OPTIONS = { .backoff_min_ms = 1000,
                                              .backoff_max_ms = 60000,
                                              .seed = { 3, 4 } };

static int setup(void **state) {
        *state = queue_new(&OPTIONS);
        return 0;
}

static int teardown(void **state) {
        queue_free(*state);
        return 0;
}

/* Takes what is due, checks that it is key, and leaves it in processing. */
static void take(struct queue *queue, int64_t now_ms, const char *key) {
        const char *taken = queue_take(queue, now_ms);

        assert_non_null(taken);
        assert_string_equal(taken, key);
}

static void take_nothing(struct queue *queue, int64_t now_ms) {
        assert_null(queue_take(queue, now_ms));
}

static void test_queue__first_come_first_served(void **state) {
        struct queue *queue = *state;

        queue_add(queue, "b", QUEUE_CHANGE, 0);
        queue_add(queue, "a", QUEUE_CHANGE, 0);
        queue_add(queue, "c", QUEUE_CHANGE, 0);
        assert_int_equal(queue_depth(queue), 3);
        take(queue, 0, "b");
        take(queue, 0, "a");
        take(queue, 0, "c");
        take_nothing(queue, 0);
        assert_int_equal(queue_depth(queue), 0);
}

static void test_queue__urgent_first(void **state) {
        struct queue *queue = *state;

        queue_add(queue, "slow", QUEUE_BACKGROUND, 0);
        queue_add(queue, "change", QUEUE_CHANGE, 1);
        queue_add(queue, "relabel", QUEUE_RELABEL, 2);
        take(queue, 5, "relabel");
        take(queue, 5, "change");
        take(queue, 5, "slow");
}

static void test_queue__only_what_is_urgent_enough(void **state) {
        struct queue *queue = *state;

        queue_add(queue, "slow", QUEUE_BACKGROUND, 0);
        queue_add_at(queue, "later", QUEUE_RELABEL, 5);
        assert_null(queue_take_urgent(queue, QUEUE_RELABEL, 0));
        assert_string_equal(queue_take_urgent(queue, QUEUE_RELABEL, 5), "later");
        assert_null(queue_take_urgent(queue, QUEUE_RELABEL, 5));
        take(queue, 5, "slow");
}

static void test_queue__a_key_waits_once(void **state) {
        struct queue *queue = *state;

        queue_add(queue, "a", QUEUE_BACKGROUND, 0);
        queue_add(queue, "b", QUEUE_BACKGROUND, 0);
        queue_add(queue, "b", QUEUE_BACKGROUND, 0);
        queue_add(queue, "b", QUEUE_RELABEL, 0); /* more urgent: overtakes */
        queue_add(queue, "a", QUEUE_BACKGROUND, 0);
        assert_int_equal(queue_depth(queue), 2);
        take(queue, 0, "b");
        take(queue, 0, "a");
        take_nothing(queue, 0);
}

static void test_queue__less_urgent_again_changes_nothing(void **state) {
        struct queue *queue = *state;

        queue_add(queue, "a", QUEUE_RELABEL, 0);
        queue_add(queue, "a", QUEUE_BACKGROUND, 0);
        queue_add(queue, "b", QUEUE_CHANGE, 0);
        take(queue, 0, "a");
}

static void test_queue__not_before_due(void **state) {
        struct queue *queue = *state;
        int64_t due = 0;

        assert_false(queue_next_due(queue, &due));
        queue_add_at(queue, "late", QUEUE_RELABEL, 200);
        queue_add_at(queue, "soon", QUEUE_BACKGROUND, 100);
        assert_true(queue_next_due(queue, &due));
        assert_int_equal(due, 100);
        take_nothing(queue, 99);
        take(queue, 100, "soon");
        queue_add(queue, "now", QUEUE_BACKGROUND, 150);
        assert_null(queue_take_urgent(queue, QUEUE_CHANGE, 150)); /* it is due, and waits */
        assert_true(queue_next_due(queue, &due));
        assert_int_equal(due, 200);
        take(queue, 150, "now");
        take_nothing(queue, 199);
        take(queue, 200, "late");
        assert_false(queue_next_due(queue, &due));
}

static void test_queue__the_earlier_time_counts(void **state) {
        struct queue *queue = *state;

        queue_add_at(queue, "a", QUEUE_CHANGE, 100);
        queue_add_at(queue, "a", QUEUE_CHANGE, 500);
        take_nothing(queue, 99);
        take(queue, 100, "a");
        queue_done(queue, "a", 100);
        queue_add_at(queue, "a", QUEUE_CHANGE, 500);
        queue_add(queue, "a", QUEUE_CHANGE, 200);
        take(queue, 200, "a");
        queue_done(queue, "a", 200);
        take_nothing(queue, 1000);
}

static void test_queue__added_while_processed_comes_again(void **state) {
        struct queue *queue = *state;
        int64_t due;

        queue_add(queue, "a", QUEUE_CHANGE, 0);
        take(queue, 0, "a");
        queue_add(queue, "a", QUEUE_CHANGE, 1);
        queue_add_at(queue, "a", QUEUE_RELABEL, 50);
        take_nothing(queue, 100); /* never twice at a time */
        assert_false(queue_next_due(queue, &due));
        assert_int_equal(queue_depth(queue), 0);
        queue_done(queue, "a", 100);
        take(queue, 100, "a");
        queue_done(queue, "a", 100);
        take_nothing(queue, 1000);
}

static void test_queue__requeue_from_a_pass_waits(void **state) {
        struct queue *queue = *state;

        queue_add(queue, "a", QUEUE_CHANGE, 0);
        take(queue, 0, "a");
        queue_add_at(queue, "a", QUEUE_BACKGROUND, 1000);
        queue_done(queue, "a", 10);
        take_nothing(queue, 999);
        take(queue, 1000, "a");
}

static void test_queue__backoff_grows_and_is_forgotten(void **state) {
        struct queue *queue = *state;
        int64_t now = 0, base = 1000;

        for (int i = 0; i < 10; i++) {
                int64_t delay = queue_add_backoff(queue, "a", QUEUE_BACKGROUND, now);

                assert_in_range(delay, base, base + base / 4);
                take_nothing(queue, now + delay - 1);
                now += delay;
                take(queue, now, "a");
                queue_done(queue, "a", now);
                base = base * 2 > 60000 ? 60000 : base * 2;
        }
        assert_in_range(queue_add_backoff(queue, "b", QUEUE_BACKGROUND, now), 1000, 1250);
        queue_forget(queue, "a");
        assert_in_range(queue_add_backoff(queue, "a", QUEUE_BACKGROUND, now), 1000, 1250);
        queue_forget(queue, "never seen");
}

static void test_queue__a_pace_is_the_longer_of_two_delays(void **state) {
        struct queue *queue = *state;

        assert_int_equal(queue_add_paced(queue, "a", QUEUE_BACKGROUND, 0, 1500), 1500);
        take_nothing(queue, 1499);
        take(queue, 1500, "a");
        assert_in_range(queue_add_paced(queue, "a", QUEUE_BACKGROUND, 1500, 1500), 2000, 2500);
        queue_done(queue, "a", 1500);
        assert_int_equal(queue_counters(queue)->retries, 2);
}

static void test_queue__change_overtakes_backoff(void **state) {
        struct queue *queue = *state;

        queue_add_backoff(queue, "a", QUEUE_BACKGROUND, 0);
        queue_add(queue, "a", QUEUE_CHANGE, 5);
        take(queue, 5, "a");
        /* The failures are remembered all the same. */
        assert_in_range(queue_add_backoff(queue, "a", QUEUE_BACKGROUND, 5), 2000, 2500);
}

static void test_queue__nothing_of_a_settled_key_stays(void **state) {
        struct queue *queue = *state;
        struct mallinfo2 before, after;
        char key[32];

        for (int round = 0; round < 2; round++) {
                before = mallinfo2();
                for (int i = 0; i < 1000; i++) {
                        snprintf(key, sizeof(key), "ns/key-%d", i);
                        queue_add_backoff(queue, key, QUEUE_CHANGE, 0);
                        queue_forget(queue, key);
                        take(queue, 5000, key);
                        queue_done(queue, key, 5000);
                }
                after = mallinfo2();
        }
        assert_true(after.uordblks <= before.uordblks);
        assert_int_equal(queue_depth(queue), 0);
}

struct model {
        bool waiting, processing;
        int64_t due;
        enum queue_priority priority;
};

/* What the queue must choose among model keys, as slowly and plainly as can be. */
static bool model_is_due(const struct model *models, size_t n, int64_t now,
                         enum queue_priority *ret_priority) {
        bool due = false;

        for (size_t i = 0; i < n; i++) {
                if (!models[i].waiting || models[i].processing || models[i].due > now)
                        continue;
                if (!due || models[i].priority < *ret_priority)
                        *ret_priority = models[i].priority;
                due = true;
        }
        return due;
}

static void model_add(struct model *model, int64_t due, enum queue_priority priority) {
        if (!model->waiting || due < model->due)
                model->due = due;
        if (!model->waiting || priority < model->priority)
                model->priority = priority;
        model->waiting = true;
}

static void test_queue__agrees_with_a_plain_model(void **state) {
        enum { KEYS = 200, STEPS = 200000 };
        struct queue *queue = *state;
        struct model models[KEYS] = { { .waiting = false } };
        uint64_t random = 88172645463325252U;
        int64_t now = 0;

        for (int step = 0; step < STEPS; step++) {
                enum queue_priority priority, best = QUEUE_PRIORITIES;
                char key[24];
                size_t i;

                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                i = random % KEYS;
                priority = (enum queue_priority)(random / KEYS % QUEUE_PRIORITIES);
                snprintf(key, sizeof(key), "%zu", i);
                if (random >> 62 == 0) {
                        int64_t due = now + (int64_t)(random >> 32) % 1000;

                        queue_add_at(queue, key, priority, due);
                        model_add(&models[i], due, priority);
                } else if (random >> 62 == 1 && models[i].processing) {
                        queue_done(queue, key, now);
                        models[i].processing = false;
                } else if (random >> 62 == 2) {
                        bool due = model_is_due(models, KEYS, now, &best);
                        const char *taken = queue_take(queue, now);

                        assert_int_equal(taken != NULL, due);
                        if (taken) {
                                i = (size_t)strtoul(taken, NULL, 10);
                                assert_true(models[i].waiting && !models[i].processing);
                                assert_true(models[i].due <= now);
                                assert_int_equal(models[i].priority, best);
                                models[i].waiting = false;
                                models[i].processing = true;
                        }
                } else {
                        now += 5;
                }
        }
}

static void test_queue__only_what_is_due_counts(void **state) {
        struct queue *queue = *state;
        struct queue_survey survey;

        queue_add(queue, "a", QUEUE_RELABEL, 1000);
        queue_add(queue, "a", QUEUE_RELABEL, 1000); /* waits already */
        queue_add_at(queue, "b", QUEUE_BACKGROUND, 2000);
        queue_add_at(queue, "c", QUEUE_BACKGROUND, 2001);
        queue_survey(queue, 1999, &survey);
        assert_int_equal(survey.due[QUEUE_RELABEL], 1);
        assert_int_equal(survey.due[QUEUE_BACKGROUND], 0);
        assert_int_equal(survey.adds, 1);
        queue_survey(queue, 2000, &survey);
        assert_int_equal(survey.due[QUEUE_BACKGROUND], 1);
        assert_int_equal(survey.adds, 2);
        take(queue, 2000, "a");
        take(queue, 2000, "b");
        queue_add(queue, "b", QUEUE_CHANGE, 2000);
        queue_survey(queue, 2000, &survey);
        assert_int_equal(survey.due[QUEUE_RELABEL], 0);
        assert_int_equal(survey.due[QUEUE_CHANGE], 1);
        assert_int_equal(survey.due[QUEUE_BACKGROUND], 0);
        assert_int_equal(survey.adds, 3);
}

static void test_queue__measures_waiting_and_working(void **state) {
        struct queue *queue = *state;
        const struct queue_counters *counters = queue_counters(queue);
        struct queue_survey survey;

        queue_add(queue, "a", QUEUE_CHANGE, 1000);
        queue_add_at(queue, "b", QUEUE_CHANGE, 1500);
        take(queue, 1500, "a");
        take(queue, 2500, "b");
        assert_int_equal(counters->waited_seconds.count, 2);
        assert_true(counters->waited_seconds.sum == 1.5);
        queue_survey(queue, 4500, &survey);
        assert_true(survey.unfinished_seconds == 5);
        assert_true(survey.longest_seconds == 3);
        queue_done(queue, "a", 4500);
        queue_survey(queue, 4500, &survey);
        assert_true(survey.unfinished_seconds == 2);
        assert_true(survey.longest_seconds == 2);
        assert_int_equal(counters->worked_seconds.count, 1);
        assert_true(counters->worked_seconds.sum == 3);
        assert_int_equal(counters->retries, 0);
        queue_add_backoff(queue, "b", QUEUE_CHANGE, 4500);
        assert_int_equal(counters->retries, 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_queue__first_come_first_served, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__urgent_first, setup, teardown),
                cmocka_unit_test_setup_teardown(test_queue__only_what_is_urgent_enough, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__a_key_waits_once, setup, teardown),
                cmocka_unit_test_setup_teardown(test_queue__less_urgent_again_changes_nothing,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(test_queue__not_before_due, setup, teardown),
                cmocka_unit_test_setup_teardown(test_queue__the_earlier_time_counts, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__added_while_processed_comes_again,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(test_queue__requeue_from_a_pass_waits, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__backoff_grows_and_is_forgotten, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__a_pace_is_the_longer_of_two_delays,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(test_queue__change_overtakes_backoff, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__nothing_of_a_settled_key_stays, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__only_what_is_due_counts, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__measures_waiting_and_working, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_queue__agrees_with_a_plain_model, setup,
                                                teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
