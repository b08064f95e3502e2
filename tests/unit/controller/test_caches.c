/*
 * What comes from the caches into the world, and which change makes which canary be looked at.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "decision.h"

#define SERVICE(version, selector)                                                                 \
        "{\"metadata\":{\"name\":\"live\",\"namespace\":\"n\",\"uid\":\"v1\","                     \
        "\"resourceVersion\":\"" version "\"},\"spec\":{\"selector\":{" selector "}}}"

#define ROLLOUT_OF(version, generation, replicas, available)                                       \
        "{\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"uid\":\"r1\","                      \
        "\"resourceVersion\":\"" version "\",\"generation\":" generation "},"                      \
        "\"spec\":{\"replicas\":" replicas                                                         \
        ",\"strategy\":{\"blueGreen\":{\"activeService\":\"live\"}}},"                             \
        "\"status\":{\"stableRS\":\"aaa\",\"availableReplicas\":" available "}}"

#define ATTACHED(status)                                                                           \
        ",\"status\":{\"conditions\":[{\"type\":\"TrafficAttached\",\"status\":\"" status          \
        "\",\"reason\":\"R\",\"message\":\"m\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}"

/* Everything but Services is there. */
static void start(struct fixture *f, const char *status) {
        char llc[1024];

        decision = (struct decision){ .decide = NULL };
        snprintf(llc, sizeof(llc), LLC_OF("5", "1", "%s"), status);
        answer_list(f, LLCS, llc);
        answer_list(f, ROLLOUTS, ROLLOUT_OF("6", "1", "3", "3"));
        answer_list(f, PODS, "");
        fake_loop_advance(f->loop, 0);
}

static unsigned decided(struct fixture *f) {
        unsigned n = decision.n;

        fake_loop_advance(f->loop, 0);
        n = decision.n;
        decision.n = 0;
        return n;
}

static void test_caches__services_are_waited_for_by_nobody(void **state) {
        struct fixture *f = *state;

        start(f, "");
        assert_true(controller_is_ready(f->controller));
        assert_int_equal(decided(f), 1);
        assert_int_equal(decision.service_state, WORLD_SERVICE_UNKNOWN);
        fake_call_end(expect_call(f, SERVICES), ERR_FORBIDDEN, "services is forbidden");
        send_event(f, LLCS, "MODIFIED", LLC_OF("8", "2", ""));
        assert_int_equal(decided(f), 1);
        assert_int_equal(decision.service_state, WORLD_SERVICE_UNKNOWN);
}

static void test_caches__the_service_that_the_rollout_names_is_observed(void **state) {
        struct fixture *f = *state;

        start(f, "");
        answer_list(f, SERVICES, "");
        decided(f);
        assert_int_equal(decision.service_state, WORLD_SERVICE_MISSING);
        send_event(f, SERVICES, "ADDED", SERVICE("11", "\"a\":\"b\""));
        fake_loop_advance(f->loop, 2000);
        assert_int_equal(decided(f), 1);
        assert_int_equal(decision.service_state, WORLD_SERVICE_FOUND);
        send_event(f, SERVICES, "DELETED", SERVICE("12", "\"a\":\"b\""));
        fake_loop_advance(f->loop, 2000);
        assert_int_equal(decided(f), 1);
        assert_int_equal(decision.service_state, WORLD_SERVICE_MISSING);
}

/* Skipped is not deleted. */
static void test_caches__a_service_that_cannot_be_read_is_not_missing(void **state) {
        struct fixture *f = *state;

        start(f, "");
        answer_list(f, SERVICES, SERVICE("9", "\"a\":{}"));
        decided(f);
        assert_int_equal(decision.service_state, WORLD_SERVICE_UNKNOWN);
}

static void test_caches__only_the_selector_of_a_service_matters(void **state) {
        struct fixture *f = *state;

        start(f, "");
        answer_list(f, SERVICES, SERVICE("9", "\"a\":\"b\""));
        decided(f);
        send_event(f, SERVICES, "MODIFIED", SERVICE("11", "\"a\":\"b\""));
        fake_loop_advance(f->loop, 60000);
        assert_int_equal(decided(f), 0);
        send_event(f, SERVICES, "MODIFIED", SERVICE("12", "\"a\":\"c\""));
        fake_loop_advance(f->loop, 2000);
        assert_int_equal(decided(f), 1);
        send_event(f, SERVICES, "MODIFIED", SERVICE("13", "\"b\":\"c\""));
        fake_loop_advance(f->loop, 2000);
        assert_int_equal(decided(f), 1);
        send_event(f, SERVICES, "MODIFIED", SERVICE("14", ""));
        fake_loop_advance(f->loop, 2000);
        assert_int_equal(decided(f), 1);
}

/* Rollouts are kept whole, small as they are: nothing has to be read when one is named. */
static void test_caches__a_canary_that_comes_late_sees_its_rollout(void **state) {
        struct fixture *f = *state;

        decision = (struct decision){ .decide = NULL };
        answer_list(f, LLCS, "");
        answer_list(f, ROLLOUTS, ROLLOUT_OF("6", "1", "3", "3"));
        answer_list(f, PODS, "");
        answer_list(f, SERVICES, SERVICE("9", "\"a\":\"b\""));
        assert_int_equal(decided(f), 0);
        send_event(f, LLCS, "ADDED", LLC_OF("10", "1", ""));
        assert_int_equal(decided(f), 1);
        assert_int_equal(decision.rollout_state, WORLD_ROLLOUT_FOUND);
        assert_int_equal(decision.service_state, WORLD_SERVICE_FOUND);
        send_event(f, SERVICES, "MODIFIED", SERVICE("12", "\"a\":\"c\""));
        fake_loop_advance(f->loop, 2000);
        assert_int_equal(decided(f), 1);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("13", "bbb"));
        assert_int_equal(decided(f), 1);
}

/* The Service moves before the stable hash does: both are told in one write. */
static void test_caches__a_moved_service_waits_for_the_stable_hash(void **state) {
        struct fixture *f = *state;

        start(f, "");
        answer_list(f, SERVICES, SERVICE("9", "\"a\":\"b\""));
        decided(f);
        send_event(f, SERVICES, "MODIFIED", SERVICE("12", "\"a\":\"c\""));
        fake_loop_advance(f->loop, 500);
        assert_int_equal(decided(f), 0);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        assert_int_equal(decided(f), 1);
        fake_loop_advance(f->loop, 60000);
        assert_int_equal(decided(f), 0);
}

static void test_caches__who_waits_for_stable_pods_hears_of_them(void **state) {
        struct fixture *f = *state;

        start(f, ATTACHED("False"));
        decided(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT_OF("30", "1", "3", "3"));
        assert_int_equal(decided(f), 0);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT_OF("31", "1", "3", "2"));
        assert_int_equal(decided(f), 1);
        send_event(f, LLCS, "MODIFIED", LLC_OF("32", "1", ""));
        decided(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT_OF("33", "1", "3", "3"));
        assert_int_equal(decided(f), 1);
}

static void test_caches__who_is_in_traffic_does_not_wait_for_stable_pods(void **state) {
        struct fixture *f = *state;

        start(f, ATTACHED("True"));
        decided(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT_OF("31", "1", "3", "2"));
        assert_int_equal(decided(f), 0);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT_OF("32", "2", "0", "2"));
        assert_int_equal(decided(f), 1);
}

#define LLC_ANNOTATED(version, annotations)                                                        \
        "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\","                      \
        "\"resourceVersion\":\"" version "\",\"generation\":1,\"annotations\":{" annotations       \
        "}},\"spec\":{\"rolloutRef\":{\"name\":\"app\"}}}"

/* A refusal told is no reason to try again at once, but a user who says so is. */
static void test_caches__resuming_is_heard_of_while_something_fails(void **state) {
        struct fixture *f = *state;

        start(f, "");
        decided(f);
        decision.tells_failure = true;
        send_event(f, LLCS, "MODIFIED", LLC_ANNOTATED("8", "\"a\":\"b\""));
        assert_int_equal(decided(f), 0);
        send_event(f, LLCS, "MODIFIED", LLC_ANNOTATED("9", "\"argo-canary.dev/resume\":\"1\""));
        assert_int_equal(decided(f), 1);
        send_event(f, LLCS, "MODIFIED", LLC_ANNOTATED("10", "\"argo-canary.dev/resume\":\"1\""));
        assert_int_equal(decided(f), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(test_caches__services_are_waited_for_by_nobody),
                FIXTURE_TEST(test_caches__the_service_that_the_rollout_names_is_observed),
                FIXTURE_TEST(test_caches__a_service_that_cannot_be_read_is_not_missing),
                FIXTURE_TEST(test_caches__only_the_selector_of_a_service_matters),
                FIXTURE_TEST(test_caches__a_canary_that_comes_late_sees_its_rollout),
                FIXTURE_TEST(test_caches__a_moved_service_waits_for_the_stable_hash),
                FIXTURE_TEST(test_caches__who_waits_for_stable_pods_hears_of_them),
                FIXTURE_TEST(test_caches__resuming_is_heard_of_while_something_fails),
                FIXTURE_TEST(test_caches__who_is_in_traffic_does_not_wait_for_stable_pods),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
