/*
 * What the controller asks, in which order, and what it makes of the answers.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static void test_controller__decides_nothing_before_all_caches_are_full(void **state) {
        struct fixture *f = *state;

        answer_list(f, LLCS, LLC);
        answer_list(f, PODS, "");
        fake_loop_advance(f->loop, 60000);
        assert_false(controller_is_ready(f->controller));
        assert_null(fake_client_find(f->client, "replicasets"));
        assert_null(fake_client_find(f->client, "PATCH"));
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa");
}

static void test_controller__creates_a_pod_from_the_stable_template(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        call = expect_call(f, "POST /api/v1/namespaces/n/pods");
        store_pod(f, call, "20", "aaa");
        assert_non_null(strstr(f->pod, "\"uid\":\"u1\""));
        assert_non_null(strstr(f->pod, "\"image\":\"i:2\""));
        assert_non_null(strstr(f->pod, "\"rollouts-pod-template-hash\":\"aaa\""));
}

/* The pod goes, and the ReplicaSet has been read to replace it. */
static void lose_pod(struct fixture *f) {
        start_converged(f);
        send_event(f, PODS, "DELETED", f->pod);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        assert_null(fake_client_find(f->client, "POST /api/v1/"));
}

static void test_controller__a_pod_is_replaced_for_a_canary_that_lives(void **state) {
        struct fixture *f = *state;

        lose_pod(f);
        fake_call_end(expect_call(f, CANARY_READ), ERR_NONE, CANARY_ALIVE);
        expect_call(f, "POST /api/v1/namespaces/n/pods");
}

static void test_controller__who_may_not_ask_goes_by_the_cache(void **state) {
        struct fixture *f = *state;

        lose_pod(f);
        fake_call_end(expect_call(f, CANARY_READ), ERR_FORBIDDEN, "cannot get");
        expect_call(f, "POST /api/v1/namespaces/n/pods");
}

static void test_controller__nothing_is_made_for_a_canary_that_is_gone(void **state) {
        struct fixture *f = *state;

        lose_pod(f);
        fake_call_end(expect_call(f, CANARY_READ), ERR_NOT_FOUND, "no such canary");
        expect_no_write(f);
}

static void test_controller__nothing_is_made_for_a_canary_that_goes(void **state) {
        struct fixture *f = *state;

        lose_pod(f);
        fake_call_end(expect_call(f, CANARY_READ), ERR_NONE,
                      "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\","
                      "\"deletionTimestamp\":\"2026-01-01T12:00:00Z\"}}");
        expect_no_write(f);
}

static void test_controller__nothing_is_made_for_a_canary_that_was_made_again(void **state) {
        struct fixture *f = *state;

        lose_pod(f);
        fake_call_end(expect_call(f, CANARY_READ), ERR_NONE,
                      "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u2\"}}");
        expect_no_write(f);
}

static void test_controller__a_promotion_costs_one_patch(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        assert_non_null(strstr(fake_call_body(call).ptr, "\"rollouts-pod-template-hash\":\"bbb\""));
        assert_non_null(strstr(fake_call_body(call).ptr, "\"uid\":\"p1\""));
        fake_call_end(call, ERR_NONE, ANSWER("31"));
        expect_no_write(f); /* the cache has not seen it yet: no second patch, no status */
}

/* What is put back later, by whoever it was taken off, followed no promotion. */
static void test_controller__only_what_follows_a_promotion_has_a_lag(void **state) {
        struct fixture *f = *state;
        const struct histogram *lag = &f->controller->counters.relabel_seconds;
        char pod[sizeof(f->pod)];

        start_converged(f);
        memcpy(pod, f->pod, sizeof(pod));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        fake_loop_advance(f->loop, 250);
        fake_call_end(expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-"), ERR_NONE,
                      ANSWER("31"));
        assert_int_equal(lag->count, 1);
        assert_in_range(lag->sum * 1000, 249, 251);
        for (unsigned version = 31; version < 33; version++) {
                const char *hash = version == 31 ? "bbb" : "xxx";
                JSON_CLEANUP struct json *json = NULL;
                STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(sizeof(f->pod) - 1);
                char number[16];
                struct err err;

                snprintf(number, sizeof(number), "%u", version);
                assert_int_equal(json_parse(bytes_of(pod), &JSON_LIMITS_OBJECT, &json, &err), 0);
                json_set_str(json_object_at(json, "metadata"), "resourceVersion", number);
                json_set_str(json_object_at(json_object_at(json, "metadata"), "labels"),
                             "rollouts-pod-template-hash", hash);
                json_write(json, &text);
                send_event(f, PODS, "MODIFIED", strbuf_str(&text));
                if (version == 31) {
                        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("31"));
                        send_event(f, LLCS, "BOOKMARK", BOOKMARK("LongLivedCanary", "31"));
                }
        }
        fake_call_end(expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-"), ERR_FORBIDDEN,
                      "denied");
        send_event(f, ROLLOUTS, "MODIFIED",
                   "{\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"uid\":\"r1\","
                   "\"resourceVersion\":\"33\",\"generation\":2},\"spec\":{},"
                   "\"status\":{\"stableRS\":\"bbb\"}}");
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("33"));
        send_event(f, LLCS, "BOOKMARK", BOOKMARK("LongLivedCanary", "33"));
        fake_call_end(expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-"), ERR_NONE,
                      ANSWER("34"));
        assert_int_equal(f->controller->counters.relabels, 2);
        assert_int_equal(lag->count, 1);
}

static void test_controller__a_cache_older_than_our_write_is_not_decided_on(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        fake_call_end(call, ERR_NONE, ANSWER("31"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("32", "ccc"));
        expect_no_write(f);
        fake_loop_advance(f->loop, 5000);
        expect_no_write(f);
        send_event(f, PODS, "BOOKMARK", BOOKMARK("Pod", "33"));
        fake_loop_advance(f->loop, 1000);
        expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
}

static void test_controller__most_updates_of_a_rollout_cost_nothing(void **state) {
        struct fixture *f = *state;
        uint64_t before;

        start_converged(f);
        before = f->controller->counters.pass_seconds.count;
        for (int i = 40; i < 60; i++) {
                char rollout[1024];

                snprintf(rollout, sizeof(rollout),
                         "{\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"uid\":\"r1\","
                         "\"resourceVersion\":\"%d\",\"generation\":1},"
                         "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"app\"}}},"
                         "\"status\":{\"stableRS\":\"aaa\",\"replicas\":%d}}",
                         i, i);
                send_event(f, ROLLOUTS, "MODIFIED", rollout);
        }
        assert_int_equal(f->controller->counters.pass_seconds.count, before);
}

/* Nothing is left behind when the process ends before the answers: the sanitizer looks. */
static void test_controller__can_be_freed_in_the_middle_of_everything(void **state) {
        struct fixture *f = *state;

        answer_list(f, LLCS, LLC_OF("5", "2", ""));
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_AMBIGUOUS, "reset");
        expect_call(f, "GET /api/v1/namespaces/n/pods/jdk-");
        expect_call(f, "POST /api/v1/namespaces/n/pods");
        controller_free(f->controller);
        f->controller = NULL;
        assert_int_equal(fake_client_open(f->client), 0);
}

/* A restored etcd counts from further back: no version will ever reach the one we wrote. */
static void test_controller__versions_that_went_back_do_not_stop_it(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        fake_call_end(call, ERR_NONE, ANSWER("31"));
        fake_call_end(expect_call(f, PODS "?watch"), ERR_GONE, "too old");
        fake_loop_advance(f->loop, 10000);
        answer_list(f, PODS, f->pod); /* at version 10, with the old label */
        fake_loop_advance(f->loop, 1000);
        expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
}

static void test_controller__a_rollout_that_left_the_cache_is_read_before_anything(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, ROLLOUTS, "DELETED", ROLLOUT("40", "aaa"));
        expect_no_write(f);
        call = expect_call(f, "GET " ROLLOUTS "namespaces/n/rollouts/app");
        fake_call_end(call, ERR_NOT_FOUND, "no such rollout");
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        assert_non_null(strstr(fake_call_body(call).ptr, "\"app\":null"));
}

static void test_controller__a_rollout_that_cannot_be_read_is_told(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, ROLLOUTS, "MODIFIED",
                   "{\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"uid\":\"r1\","
                   "\"resourceVersion\":\"40\"},\"status\":{\"stableRS\":7}}");
        call = expect_call(f, "PATCH " LLCS);
        assert_non_null(strstr(fake_call_body(call).ptr, "RolloutUnreadable"));
        fake_call_end(call, ERR_NONE, ANSWER("41"));
        send_event(f, LLCS, "BOOKMARK", BOOKMARK("LongLivedCanary", "41"));
        send_event(f, PODS, "DELETED", f->pod);
        expect_no_create(f);
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("42"));
        send_event(f, LLCS, "BOOKMARK", BOOKMARK("LongLivedCanary", "42"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("43", "aaa"));
        expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa");
}

static void test_controller__of_a_canary_that_cannot_be_read_nothing_is_made(void **state) {
        struct fixture *f = *state;

        start_converged(f);
        send_event(f, LLCS, "MODIFIED",
                   "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\","
                   "\"resourceVersion\":\"40\"},\"spec\":{\"replicas\":\"many\"}}");
        send_event(f, PODS, "DELETED", f->pod);
        expect_no_create(f);
        expect_no_write(f);
        send_event(f, LLCS, "MODIFIED", LLC_OF("41", "1", ""));
        expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa");
}

static void test_controller__a_missing_crd_takes_nothing_out_of_traffic(void **state) {
        struct fixture *f = *state;

        start_converged(f);
        send_event(f, ROLLOUTS, "DELETED", ROLLOUT("40", "aaa"));
        fake_call_end(expect_call(f, "GET " ROLLOUTS "namespaces/n/rollouts/app"), ERR_NO_KIND,
                      "the server could not find the requested resource");
        fake_loop_advance(f->loop, 0);
        assert_null(fake_client_find(f->client, "PATCH /api/v1/"));
}

static void on_drained(void *ctx) {
        struct fixture *f = ctx;

        f->drained = true;
}

static void test_controller__draining_waits_for_writes_in_flight(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        controller_drain(f->controller, on_drained, f);
        assert_false(f->drained);
        fake_call_end(call, ERR_NONE, ANSWER("31"));
        fake_loop_advance(f->loop, 0);
        assert_true(f->drained);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("32", "ccc"));
        expect_no_write(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(test_controller__decides_nothing_before_all_caches_are_full),
                FIXTURE_TEST(test_controller__creates_a_pod_from_the_stable_template),
                FIXTURE_TEST(test_controller__a_pod_is_replaced_for_a_canary_that_lives),
                FIXTURE_TEST(test_controller__who_may_not_ask_goes_by_the_cache),
                FIXTURE_TEST(test_controller__nothing_is_made_for_a_canary_that_is_gone),
                FIXTURE_TEST(test_controller__nothing_is_made_for_a_canary_that_goes),
                FIXTURE_TEST(test_controller__nothing_is_made_for_a_canary_that_was_made_again),
                FIXTURE_TEST(test_controller__a_promotion_costs_one_patch),
                FIXTURE_TEST(test_controller__only_what_follows_a_promotion_has_a_lag),
                FIXTURE_TEST(test_controller__a_cache_older_than_our_write_is_not_decided_on),
                FIXTURE_TEST(test_controller__most_updates_of_a_rollout_cost_nothing),
                FIXTURE_TEST(test_controller__can_be_freed_in_the_middle_of_everything),
                FIXTURE_TEST(test_controller__versions_that_went_back_do_not_stop_it),
                FIXTURE_TEST(
                        test_controller__a_rollout_that_left_the_cache_is_read_before_anything),
                FIXTURE_TEST(test_controller__a_rollout_that_cannot_be_read_is_told),
                FIXTURE_TEST(test_controller__of_a_canary_that_cannot_be_read_nothing_is_made),
                FIXTURE_TEST(test_controller__a_missing_crd_takes_nothing_out_of_traffic),
                FIXTURE_TEST(test_controller__draining_waits_for_writes_in_flight),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
