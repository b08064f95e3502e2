/*
 * What fails: what is told, and when it is tried again.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static void test_retries__a_lost_answer_to_a_create_is_resolved_by_a_get(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        call = expect_call(f, "POST /api/v1/namespaces/n/pods");
        store_pod(f, call, "20", "aaa");
        fake_call_end(call, ERR_AMBIGUOUS, "connection reset");
        call = expect_call(f, "GET /api/v1/namespaces/n/pods/jdk-0-");
        assert_null(fake_client_find(f->client, "POST /api/v1/"));
        fake_call_end(call, ERR_NONE, f->pod);
        fake_loop_advance(f->loop, 5000);
        assert_null(fake_client_find(f->client,
                                     "POST /api/v1/")); /* it exists: wait until it is seen */
}

static void test_retries__a_create_that_never_arrived_is_sent_again(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_AMBIGUOUS, "reset");
        call = expect_call(f, "GET /api/v1/namespaces/n/pods/jdk-0-");
        fake_call_end(call, ERR_NOT_FOUND, "no such pod");
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("9"));
        fake_loop_advance(f->loop, 1000);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        expect_call(f, "POST /api/v1/namespaces/n/pods");
}

static void test_retries__a_taken_name_that_is_not_ours_is_told(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_ALREADY_EXISTS,
                      "exists");
        call = expect_call(f, "GET /api/v1/namespaces/n/pods/jdk-0-");
        fake_call_end(call, ERR_NONE,
                      "{\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"9\",\"uid\":\"z\"}}");
        call = expect_call(f, "PATCH " LLCS);
        assert_non_null(strstr(fake_call_target(call), "longlivedcanaries/jdk/status"));
        assert_non_null(strstr(fake_call_body(call).ptr, "PodNameTaken"));
}

static void test_retries__a_refused_create_is_told_and_tried_again(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_FORBIDDEN,
                      "pods is forbidden: exceeded quota: q");
        call = expect_call(f, "PATCH " LLCS);
        assert_non_null(strstr(fake_call_body(call).ptr, "QuotaExceeded"));
        fake_call_end(call, ERR_NONE, ANSWER("9"));
        fake_loop_advance(f->loop, 10000);
        expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa");
}

/* Whoever answers first: a status that differs from try to try would be written each time. */
static void test_retries__the_first_pod_that_fails_is_told(void **state) {
        struct fixture *f = *state;
        struct client_call *first, *second, *call;

        answer_list(f, LLCS, LLC_OF("5", "2", ""));
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        fake_loop_advance(f->loop, 0);
        first = find_create(f, "jdk-0-");
        second = find_create(f, "jdk-1-");
        fake_call_end(second, ERR_FORBIDDEN, "pod of slot 1: exceeded quota: q");
        fake_call_end(first, ERR_FORBIDDEN, "pod of slot 0: exceeded quota: q");
        call = expect_call(f, "PATCH " LLCS);
        assert_non_null(strstr(fake_call_body(call).ptr, "pod of slot 0"));
        assert_null(strstr(fake_call_body(call).ptr, "pod of slot 1"));
}

static void broken_webhook(const struct fixture *f, struct err *err) {
        (void)f;
        err_set(err, ERR_AMBIGUOUS, "Internal error occurred: failed calling webhook \"w\"");
}

static void test_retries__a_server_that_always_fails_is_not_pressed(void **state) {
        struct fixture *f = *state;

        start_with_no_pod(f);
        f->version = 100;
        serve(f, 60000, broken_webhook, NULL);
        assert_in_range(f->n_creates, 10, 18);
        assert_int_equal(f->n_statuses, 1);
        assert_non_null(strstr(json_as_string(condition_member(f, "Ready", "reason")).ptr,
                               "WebhookFailed"));
}

static void namespace_terminates(const struct fixture *f, struct err *err) {
        (void)f;
        err_set(err, ERR_TERMINATING, "namespace n because it is being terminated");
}

static void test_retries__a_namespace_that_goes_is_left_in_peace(void **state) {
        struct fixture *f = *state;

        start_with_no_pod(f);
        f->version = 100;
        serve(f, 60000, namespace_terminates, NULL);
        assert_in_range(f->n_creates, 2, 3);
        assert_in_range(f->n_statuses, 0, 1);
}

static void refused_in_ever_other_words(const struct fixture *f, struct err *err) {
        err_set(err, ERR_FORBIDDEN, "webhook \"w\" denied the request: request %u", f->n_creates);
}

static void test_retries__a_refusal_in_ever_other_words_is_no_hot_loop(void **state) {
        struct fixture *f = *state;

        start_with_no_pod(f);
        f->version = 100;
        serve(f, 60000, refused_in_ever_other_words, NULL);
        assert_in_range(f->n_creates, 10, 18);
        assert_true(f->n_statuses <= f->n_creates);
}

static void refused_or_throttled(const struct fixture *f, struct err *err) {
        if (f->n_creates % 2 == 1)
                err_set(err, ERR_FORBIDDEN, "exceeded quota: q");
        else
                err_set(err, ERR_THROTTLED, "too many requests");
}

static void test_retries__no_answer_does_not_take_back_what_was_told(void **state) {
        struct fixture *f = *state;

        start_with_no_pod(f);
        f->version = 100;
        serve(f, 60000, refused_or_throttled, NULL);
        assert_in_range(f->n_creates, 10, 18);
        assert_int_equal(f->n_statuses, 1);
}

static void exists(const struct fixture *f, struct err *err) {
        (void)f;
        err_set(err, ERR_ALREADY_EXISTS, "exists");
}

/* The watch selects by the label, so the cache never shows it. */
static void test_retries__an_own_pod_that_lost_our_label_is_told(void **state) {
        struct fixture *f = *state;

        start_with_no_pod(f);
        f->version = 100;
        serve(f, 60000, exists,
              "{\"metadata\":{\"name\":\"x\",\"resourceVersion\":\"9\",\"uid\":\"p1\","
              "\"ownerReferences\":[{\"apiVersion\":\"argo-canary.dev/v1alpha1\","
              "\"kind\":\"LongLivedCanary\",\"name\":\"jdk\",\"uid\":\"u1\","
              "\"controller\":true}]}}");
        assert_in_range(f->n_creates, 10, 18);
        assert_int_equal(f->n_statuses, 1);
        assert_non_null(strstr(json_as_string(condition_member(f, "Ready", "message")).ptr,
                               "lost its label"));
}

static void test_retries__a_pod_that_cannot_be_helped_holds_up_no_other(void **state) {
        struct fixture *f = *state;

        answer_list(f, LLCS, LLC_OF("5", "2", ""));
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        fake_loop_advance(f->loop, 0);
        fake_call_end(find_create(f, "jdk-0-"), ERR_INVALID, "spec.x: Invalid value");
        fake_call_end(find_create(f, "jdk-1-"), ERR_THROTTLED, "too many requests");
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("9"));
        fake_loop_advance(f->loop, 1000);
        expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa");
}

static void test_retries__no_server_is_obeyed_for_an_hour(void **state) {
        struct fixture *f = *state;
        struct err err;

        start_with_no_pod(f);
        err_set(&err, ERR_THROTTLED, "too many requests");
        err.retry_after_ms = 3600000;
        fake_call_fail(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"), &err);
        fake_loop_advance(f->loop, 60000);
        expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa");
}

static void test_retries__a_forbidden_read_is_told(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_FORBIDDEN, "replicasets is forbidden");
        call = expect_call(f, "PATCH " LLCS);
        assert_non_null(strstr(fake_call_body(call).ptr, "replicasets is forbidden"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(test_retries__a_lost_answer_to_a_create_is_resolved_by_a_get),
                FIXTURE_TEST(test_retries__a_create_that_never_arrived_is_sent_again),
                FIXTURE_TEST(test_retries__a_taken_name_that_is_not_ours_is_told),
                FIXTURE_TEST(test_retries__a_refused_create_is_told_and_tried_again),
                FIXTURE_TEST(test_retries__the_first_pod_that_fails_is_told),
                FIXTURE_TEST(test_retries__a_server_that_always_fails_is_not_pressed),
                FIXTURE_TEST(test_retries__a_namespace_that_goes_is_left_in_peace),
                FIXTURE_TEST(test_retries__a_refusal_in_ever_other_words_is_no_hot_loop),
                FIXTURE_TEST(test_retries__no_answer_does_not_take_back_what_was_told),
                FIXTURE_TEST(test_retries__an_own_pod_that_lost_our_label_is_told),
                FIXTURE_TEST(test_retries__a_pod_that_cannot_be_helped_holds_up_no_other),
                FIXTURE_TEST(test_retries__no_server_is_obeyed_for_an_hour),
                FIXTURE_TEST(test_retries__a_forbidden_read_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
