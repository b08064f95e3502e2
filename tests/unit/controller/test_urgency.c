/*
 * What decides whether a pod takes traffic waits for nothing else.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define POD "/api/v1/namespaces/n/pods/jdk-0-"

/* For two numbers. */
#define SLOW_CANARY(generation)                                                                    \
        "{\"metadata\":{\"name\":\"c%d\",\"namespace\":\"n\",\"uid\":\"c%d\","                     \
        "\"resourceVersion\":\"5" generation "\",\"generation\":" generation "},"                  \
        "\"spec\":{\"rolloutRef\":{\"name\":\"slow\"},\"image\":\"i:2\"}}"

#define ONLY_POD(version, hash)                                                                    \
        "{\"metadata\":{\"name\":\"jdk-0-x\",\"namespace\":\"n\",\"uid\":\"p1\","                  \
        "\"resourceVersion\":\"" version "\",\"labels\":{\"argo-canary.dev/name\":\"jdk\","        \
        "\"app\":\"app\",\"rollouts-pod-template-hash\":\"" hash "\"},\"ownerReferences\":[{"      \
        "\"apiVersion\":\"x\",\"kind\":\"x\",\"name\":\"jdk\",\"uid\":\"u1\",\"controller\":true}" \
        "]}}"

/* Two replicas: the first pod is there, the create of the second hangs in a webhook. */
static void start_with_hanging_create(struct fixture *f) {
        struct client_call *call;

        answer_list(f, LLCS, LLC_OF("5", "2", ",\"status\":{\"observedGeneration\":1}"));
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        fake_call_end(expect_call(f, CANARY_READ), ERR_NONE, CANARY_ALIVE);
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

/*
 * More canaries wait for slow answers than may be looked at, and one of them all has a pod.
 * Its Rollout has this hash.
 */
static void start_with_slow_canaries(struct fixture *f, const char *rollout) {
        STRBUF_CLEANUP struct strbuf list = STRBUF_INIT(1 << 20);

        strbuf_puts(&list, "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[");
        for (int i = 0; i < 100; i++)
                strbuf_printf(&list, SLOW_CANARY("1") ",", i, i);
        strbuf_puts(&list, LLC "]}");
        fake_call_end(expect_call(f, LLCS), ERR_NONE, strbuf_str(&list));
        answer_list(f, PODS, ONLY_POD("5", "aaa"));
        answer_list(f, ROLLOUTS, rollout);
        fake_loop_advance(f->loop, 0);
        assert_true(map_count(&f->controller->passes) >= CONTROLLER_MAX_PASSES);
}

/* However many canaries wait for slow answers. */
static void test_urgency__a_relabel_does_not_wait_for_other_canaries(void **state) {
        struct fixture *f = *state;

        start_with_slow_canaries(f, ROLLOUT("6", "aaa"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        expect_call(f, "PATCH " POD);
        assert_null(fake_client_find(f->client, "/replicasets/"));
}

static void test_urgency__a_hold_that_is_asked_for_does_not_wait_for_other_canaries(void **state) {
        struct fixture *f = *state;

        start_with_slow_canaries(f, ROLLOUT("6", "aaa"));
        send_event(
                f, "GET " LLCS, "MODIFIED",
                "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\","
                "\"resourceVersion\":\"30\",\"generation\":2},\"spec\":{\"rolloutRef\":{\"name\":"
                "\"app\"},\"image\":\"i:2\",\"traffic\":{\"mode\":\"None\"}}}");
        assert_non_null(strstr(fake_call_body(expect_call(f, "PATCH " POD)).ptr, "held-labels"));
}

static void test_urgency__a_promotion_before_the_start_does_not_wait_for_other_canaries(
        void **state) {
        struct fixture *f = *state;

        start_with_slow_canaries(f, ROLLOUT("6", "bbb"));
        expect_call(f, "PATCH " POD);
}

/* The watch may break, and what it would have said is found in a list. */
static void test_urgency__a_promotion_found_in_a_list_does_not_wait_for_other_canaries(
        void **state) {
        struct fixture *f = *state;

        start_with_slow_canaries(f, ROLLOUT("6", "aaa"));
        fake_loop_advance(f->loop, 20000);
        fake_call_end(expect_call(f, "GET " ROLLOUTS "rollouts?watch="), ERR_GONE, "too old");
        answer_list(f, "GET " ROLLOUTS "rollouts?limit=", ROLLOUT("30", "bbb"));
        expect_call(f, "PATCH " POD);
}

static void test_urgency__a_relabel_that_failed_does_not_wait_for_other_canaries(void **state) {
        struct fixture *f = *state;

        start_with_slow_canaries(f, ROLLOUT("6", "aaa"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        fake_call_end(expect_call(f, "PATCH " POD), ERR_THROTTLED, "no");
        fake_loop_advance(f->loop, 200);
        expect_call(f, "PATCH " POD);
}

static void test_urgency__to_see_an_own_write_is_not_to_wait_for_other_canaries(void **state) {
        struct fixture *f = *state;

        start_with_slow_canaries(f, ROLLOUT("6", "aaa"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        fake_call_end(expect_call(f, "PATCH " POD), ERR_NONE, ANSWER("31"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("32", "ccc"));
        expect_no_pod_patch(f);
        send_event(f, "GET " PODS, "MODIFIED", ONLY_POD("31", "bbb"));
        assert_non_null(strstr(fake_call_body(expect_call(f, "PATCH " POD)).ptr, "\"ccc\""));
}

static struct client_call *last_call(struct fixture *f, const char *text) {
        struct client_call *last = NULL;

        for (struct client_call *call = fake_client_call(f->client); call;
             call = fake_call_next(call))
                if (strstr(fake_call_target(call), text))
                        last = call;
        return last;
}

/* The places that are kept for relabels are kept free for them. */
static void test_urgency__no_place_is_taken_for_what_can_wait(void **state) {
        struct fixture *f = *state;
        char text[512];

        start_with_slow_canaries(f, ROLLOUT("6", "aaa"));
        for (int i = 0; i < 100; i++) {
                snprintf(text, sizeof(text), SLOW_CANARY("2"), i, i);
                send_event(f, "GET " LLCS, "MODIFIED", text);
        }
        for (int i = 0; i < 36; i++) {
                fake_call_end(last_call(f, "/rollouts/slow"), ERR_NOT_FOUND, "no such rollout");
                fake_loop_advance(f->loop, 0);
        }
        assert_int_equal(map_count(&f->controller->passes), CONTROLLER_MAX_PASSES);
        expect_no_write(f);
        send_event(
                f, "GET " LLCS, "ADDED",
                "{\"metadata\":{\"name\":\"new\",\"namespace\":\"n\",\"uid\":\"u2\","
                "\"resourceVersion\":\"53\",\"generation\":1},\"spec\":{\"rolloutRef\":{\"name\":"
                "\"app\"},\"image\":\"i:2\"}}");
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("54", "bbb"));
        expect_call(f, "PATCH " POD);
        assert_null(fake_client_find(f->client, "/replicasets/"));
}

/* The watch shows the pod as it was patched. */
static void make_pod_follow(struct fixture *f, const char *version, const char *hash) {
        JSON_CLEANUP struct json *pod = NULL;
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(sizeof(f->pod));
        struct json *meta;
        struct err err;

        assert_int_equal(json_parse(bytes_of(f->pod), &JSON_LIMITS_OBJECT, &pod, &err), 0);
        meta = json_object_at(pod, "metadata");
        json_set_str(meta, "resourceVersion", version);
        json_set_str(json_object_at(meta, "labels"), "rollouts-pod-template-hash", hash);
        json_write(pod, &text);
        send_event(f, "GET " PODS, "MODIFIED", strbuf_str(&text));
}

/* Nor is it lost when the cache is behind while something else hangs. */
static void test_urgency__a_relabel_waits_only_to_see_what_was_done(void **state) {
        struct fixture *f = *state;

        start_with_hanging_create(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        fake_call_end(expect_call(f, "PATCH " POD), ERR_NONE, ANSWER("32"));
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("33", "ccc"));
        expect_no_pod_patch(f); /* not before the cache shows the first one */
        make_pod_follow(f, "32", "bbb");
        assert_non_null(strstr(fake_call_body(expect_call(f, "PATCH " POD)).ptr, "\"ccc\""));
        find_create(f, "jdk-1-");
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
                FIXTURE_TEST(
                        test_urgency__a_hold_that_is_asked_for_does_not_wait_for_other_canaries),
                FIXTURE_TEST(
                        test_urgency__a_promotion_before_the_start_does_not_wait_for_other_canaries),
                FIXTURE_TEST(
                        test_urgency__a_promotion_found_in_a_list_does_not_wait_for_other_canaries),
                FIXTURE_TEST(test_urgency__a_relabel_that_failed_does_not_wait_for_other_canaries),
                FIXTURE_TEST(test_urgency__to_see_an_own_write_is_not_to_wait_for_other_canaries),
                FIXTURE_TEST(test_urgency__no_place_is_taken_for_what_can_wait),
                FIXTURE_TEST(test_urgency__a_relabel_waits_only_to_see_what_was_done),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
