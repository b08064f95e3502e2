/*
 * What decides whether a pod takes traffic waits for nothing else.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

/* Two replicas: the first pod is there, the create of the second hangs in a webhook. */
static void start_with_hanging_create(struct fixture *f) {
        struct client_call *call;

        answer_list(f, LLCS, LLC_OF("5", "2", ",\"status\":{\"observedGeneration\":1}"));
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        fake_loop_advance(f->loop, 0);
        call = find_create(f, "jdk-0-");
        store_pod(f, call, "20", "aaa");
        fake_call_end(call, ERR_NONE, f->pod);
        send_event(f, PODS, "ADDED", f->pod);
}

static void test_urgency__a_relabel_does_not_wait_for_a_create(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_hanging_create(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        assert_non_null(strstr(fake_call_body(call).ptr, "\"bbb\""));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("31", "ccc"));
        fake_call_end(call, ERR_NONE, ANSWER("32"));
        expect_no_pod_patch(f); /* not before the cache shows the first one */
        fake_call_end(find_create(f, "jdk-1-"), ERR_FORBIDDEN, "exceeded quota");
        expect_no_pod_patch(f);
}

static void test_urgency__a_hold_does_not_wait_for_a_create(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_hanging_create(f);
        send_event(f, ROLLOUTS, "DELETED", ROLLOUT("30", "aaa"));
        expect_no_pod_patch(f);
        fake_call_end(expect_call(f, "GET " ROLLOUTS "namespaces/n/rollouts/app"), ERR_NOT_FOUND,
                      "no such rollout");
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        assert_non_null(strstr(fake_call_body(call).ptr, "\"app\":null"));
        fake_call_end(find_create(f, "jdk-1-"), ERR_FORBIDDEN, "exceeded quota");
        fake_call_end(call, ERR_NONE, ANSWER("32"));
        assert_non_null(
                strstr(fake_call_body(expect_call(f, "PATCH " LLCS)).ptr, "RolloutNotFound"));
}

static void test_urgency__the_rollout_may_be_read_after_the_creates(void **state) {
        struct fixture *f = *state;

        start_with_hanging_create(f);
        send_event(f, ROLLOUTS, "DELETED", ROLLOUT("30", "aaa"));
        fake_call_end(find_create(f, "jdk-1-"), ERR_FORBIDDEN, "exceeded quota");
        expect_no_pod_patch(f);
        fake_call_end(expect_call(f, "GET " ROLLOUTS "namespaces/n/rollouts/app"), ERR_NOT_FOUND,
                      "no such rollout");
        fake_call_end(expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-"), ERR_NONE,
                      ANSWER("31"));
        expect_call(f, "PATCH " LLCS); /* the create failed */
}

static void test_urgency__a_relabel_does_not_wait_for_a_read(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, LLCS, "MODIFIED", LLC_OF("30", "2", ""));
        expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa");
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("31", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        assert_non_null(strstr(fake_call_body(call).ptr, "\"bbb\""));
        assert_null(fake_client_find(f->client, "/replicasets/app-aaa"));
}

static void test_urgency__a_relabel_does_not_wait_for_the_status(void **state) {
        struct fixture *f = *state;
        struct client_call *status, *call;

        start_converged(f);
        send_event(f, LLCS, "MODIFIED", LLC_OF("30", "1", ""));
        status = expect_call(f, "PATCH " LLCS);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("31", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        fake_call_end(status, ERR_NONE, ANSWER("32"));
        fake_call_end(call, ERR_NONE, ANSWER("33"));
        assert_int_equal(f->controller->counters.relabels, 1);
        fake_loop_advance(f->loop, 0);
        assert_int_equal(map_count(&f->controller->passes), 0);
}

/* The watch of the canaries may be slow, or broken, while the one of the pods is not. */
static void test_urgency__a_relabel_does_not_wait_to_see_the_status(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, LLCS, "MODIFIED", LLC_OF("30", "1", ""));
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("31"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("32", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        fake_call_end(call, ERR_NONE, ANSWER("33"));
        expect_no_write(f);
        assert_int_equal(map_count(&f->controller->passes), 0);
}

static void test_urgency__a_hold_does_not_wait_to_see_the_status(void **state) {
        struct fixture *f = *state;

        start_converged(f);
        send_event(f, LLCS, "MODIFIED", LLC_OF("30", "1", ""));
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("31"));
        send_event(f, ROLLOUTS, "DELETED", ROLLOUT("32", "aaa"));
        fake_call_end(expect_call(f, "GET " ROLLOUTS "namespaces/n/rollouts/app"), ERR_NOT_FOUND,
                      "no such rollout");
        expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
}

/* However many canaries wait for slow answers. */
static void test_urgency__a_relabel_does_not_wait_for_other_canaries(void **state) {
        struct fixture *f = *state;
        STRBUF_CLEANUP struct strbuf list = STRBUF_INIT(1 << 20);

        strbuf_puts(&list, "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[" LLC);
        for (int i = 0; i < 100; i++)
                strbuf_printf(
                        &list,
                        ",{\"metadata\":{\"name\":\"c%d\",\"namespace\":\"n\",\"uid\":\"c%d\","
                        "\"resourceVersion\":\"5\",\"generation\":1},\"spec\":{\"rolloutRef\":"
                        "{\"name\":\"slow\"},\"image\":\"i:2\"}}",
                        i, i);
        strbuf_puts(&list, "]}");
        fake_call_end(expect_call(f, LLCS), ERR_NONE, strbuf_str(&list));
        answer_list(f, PODS,
                    "{\"metadata\":{\"name\":\"jdk-0-x\",\"namespace\":\"n\",\"uid\":\"p1\","
                    "\"resourceVersion\":\"5\",\"labels\":{\"argo-canary.dev/name\":\"jdk\","
                    "\"rollouts-pod-template-hash\":\"aaa\"},\"ownerReferences\":[{\"apiVersion\":"
                    "\"x\",\"kind\":\"x\",\"name\":\"jdk\",\"uid\":\"u1\",\"controller\":true}]}}");
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        fake_loop_advance(f->loop, 0);
        for (int i = 0; i < 3; i++) { /* 64 at most are looked at, and wait */
                struct client_call *call = fake_client_find(f->client, "/replicasets/app-aaa");

                if (call)
                        fake_call_end(call, ERR_UNAVAILABLE, "no");
                fake_loop_advance(f->loop, 0);
        }
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-x");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(test_urgency__a_relabel_does_not_wait_for_a_create),
                FIXTURE_TEST(test_urgency__a_hold_does_not_wait_for_a_create),
                FIXTURE_TEST(test_urgency__the_rollout_may_be_read_after_the_creates),
                FIXTURE_TEST(test_urgency__a_relabel_does_not_wait_for_a_read),
                FIXTURE_TEST(test_urgency__a_relabel_does_not_wait_for_the_status),
                FIXTURE_TEST(test_urgency__a_relabel_does_not_wait_to_see_the_status),
                FIXTURE_TEST(test_urgency__a_hold_does_not_wait_to_see_the_status),
                FIXTURE_TEST(test_urgency__a_relabel_does_not_wait_for_other_canaries),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
