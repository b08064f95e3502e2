/*
 * The whole controller between a scripted server and a clock that stands still: what it asks, in
 * which order, and what it makes of the answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller.h"
#include "llc/base/json.h"
#include "support/fake_client.h"
#include "support/fake_loop.h"

#define LLCS     "/apis/argo-canary.dev/v1alpha1/"
#define ROLLOUTS "/apis/argoproj.io/v1alpha1/"
#define PODS     "/api/v1/"

#define LLC_OF(version, replicas, status)                                                          \
        "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\","                      \
        "\"resourceVersion\":\"" version "\",\"generation\":1},"                                   \
        "\"spec\":{\"rolloutRef\":{\"name\":\"app\"},\"image\":\"i:2\",\"replicas\":" replicas     \
        "}" status "}"

#define LLC LLC_OF("5", "1", "")

#define ROLLOUT(version, hash)                                                                     \
        "{\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"uid\":\"r1\","                      \
        "\"resourceVersion\":\"" version "\",\"generation\":1},"                                   \
        "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"app\"}}},"                             \
        "\"status\":{\"stableRS\":\"" hash "\"}}"

#define REPLICASET                                                                                 \
        "{\"metadata\":{\"name\":\"app-aaa\",\"namespace\":\"n\",\"uid\":\"s1\","                  \
        "\"resourceVersion\":\"7\",\"labels\":{\"rollouts-pod-template-hash\":\"aaa\"},"           \
        "\"ownerReferences\":[{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\","      \
        "\"name\":\"app\",\"uid\":\"r1\",\"controller\":true}]},"                                  \
        "\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"app\":\"app\","                       \
        "\"rollouts-pod-template-hash\":\"aaa\"}},"                                                \
        "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i:1\"}]}}}}"

/* What the server answers to a write, as far as we read it. */
#define ANSWER(version)                                                                            \
        "{\"metadata\":{\"name\":\"x\",\"uid\":\"x\",\"resourceVersion\":\"" version "\"}}"

#define BOOKMARK(kind, version)                                                                    \
        "{\"kind\":\"" kind "\",\"metadata\":{\"resourceVersion\":\"" version "\"}}"

struct fixture {
        struct loop *loop;
        struct client *client;
        struct controller *controller;
        bool drained;
        /* A server that refuses: see serve(). */
        struct json *status; /* of the canary, as patched */
        unsigned version, n_creates, n_statuses;
        char pod[4096]; /* a canary pod as the server would have it */
};

static int fixture_setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));
        struct err err;

        f->loop = loop_new();
        assert_int_equal(client_new(&(struct client_options){ .loop = f->loop }, &f->client, &err),
                         0);
        f->controller = controller_new(
                &(struct controller_options){ .loop = f->loop, .client = f->client });
        controller_start(f->controller);
        fake_loop_advance(f->loop, 0);
        *state = f;
        return 0;
}

static int fixture_teardown(void **state) {
        struct fixture *f = *state;

        controller_free(f->controller);
        client_free(f->client);
        loop_free(f->loop);
        json_free(f->status);
        free(f);
        return 0;
}

static struct client_call *expect_call(struct fixture *f, const char *text) {
        struct client_call *call;

        fake_loop_advance(f->loop, 0);
        call = fake_client_find(f->client, text);
        if (!call)
                print_error("no call \"%s\"; the first open one is \"%s\"\n", text,
                            fake_client_call(f->client)
                                    ? fake_call_target(fake_client_call(f->client))
                                    : "none");
        assert_non_null(call);
        return call;
}

/* The open create of a pod whose name starts so. */
static struct client_call *find_create(struct fixture *f, const char *name) {
        char text[64];

        snprintf(text, sizeof(text), "\"name\":\"%s", name);
        for (struct client_call *call = fake_client_call(f->client); call;
             call = fake_call_next(call))
                if (strncmp(fake_call_target(call), "POST ", 5) == 0 &&
                    strstr(fake_call_body(call).ptr, text))
                        return call;
        fail_msg("no create of %s", name);
        return NULL;
}

static void expect_no_write(struct fixture *f) {
        fake_loop_advance(f->loop, 0);
        assert_null(fake_client_find(f->client, "PATCH "));
        assert_null(fake_client_find(f->client, "POST "));
        assert_null(fake_client_find(f->client, "DELETE "));
}

/* Not even the template is asked for. */
static void expect_no_create(struct fixture *f) {
        fake_loop_advance(f->loop, 10000);
        assert_null(fake_client_find(f->client, "POST "));
        assert_null(fake_client_find(f->client, "/replicasets/"));
}

static void answer_list(struct fixture *f, const char *path, const char *items) {
        struct client_call *call;
        char body[8192];

        snprintf(body, sizeof(body), "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[%s]}",
                 items);
        call = expect_call(f, path);
        assert_null(strstr(fake_call_target(call), "watch="));
        assert_true(fake_call_data(call, body));
        fake_call_end(call, ERR_NONE, NULL);
}

static void send_event(struct fixture *f, const char *path, const char *type, const char *object) {
        struct client_call *call = expect_call(f, path);
        char line[8192];

        assert_non_null(strstr(fake_call_target(call), "watch="));
        snprintf(line, sizeof(line), "{\"type\":\"%s\",\"object\":%s}\n", type, object);
        assert_true(fake_call_data(call, line));
        fake_loop_advance(f->loop, 0);
}

/* Puts the pod that the controller asks for into f->pod, as the server would store it. */
static void store_pod(struct fixture *f, struct client_call *create, const char *version,
                      const char *hash) {
        JSON_CLEANUP struct json *pod = NULL;
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(sizeof(f->pod) - 1);
        struct json *meta, *status;
        struct err err;

        assert_int_equal(json_parse(fake_call_body(create), &JSON_LIMITS_OBJECT, &pod, &err), 0);
        meta = json_object_at(pod, "metadata");
        json_set_str(meta, "uid", "p1");
        json_set_str(meta, "resourceVersion", version);
        json_set_str(json_object_at(meta, "labels"), "rollouts-pod-template-hash", hash);
        status = json_object_at(pod, "status");
        json_set_str(status, "phase", "Running");
        json_set(status, "conditions", json_new_array());
        json_append(json_get_mut(status, "conditions"), json_new_object());
        json_set_str(json_at_mut(json_get_mut(status, "conditions"), 0), "type", "Ready");
        json_set_str(json_at_mut(json_get_mut(status, "conditions"), 0), "status", "True");
        json_write(pod, &text);
        assert_true(strbuf_ok(&text));
        memcpy(f->pod, strbuf_str(&text), text.len + 1);
}

/* Merges the patch of the status, and tells it to the watch as the server does. */
static void serve_status(struct fixture *f, struct client_call *call) {
        JSON_CLEANUP struct json *patch = NULL;
        STRBUF_CLEANUP struct strbuf status = STRBUF_INIT(8192);
        const struct json *value;
        void *cursor = NULL;
        const char *key;
        char text[8192];
        struct err err;

        if (!f->status)
                f->status = json_new_object();
        assert_int_equal(json_parse(fake_call_body(call), &JSON_LIMITS_OBJECT, &patch, &err), 0);
        while (json_next(json_get(patch, "status"), &cursor, &key, &value))
                if (value)
                        json_set(f->status, key, json_clone(value));
                else
                        json_remove(f->status, key);
        json_write(f->status, &status);
        f->n_statuses++;
        snprintf(text, sizeof(text), ANSWER("%u"), ++f->version);
        fake_call_end(call, ERR_NONE, text);
        snprintf(text, sizeof(text), LLC_OF("%u", "1", ",\"status\":%s"), f->version,
                 strbuf_str(&status));
        send_event(f, LLCS, "MODIFIED", text);
}

static const struct json *condition_member(const struct fixture *f, const char *type,
                                           const char *key) {
        const struct json *conditions = json_get(f->status, "conditions");

        for (size_t i = 0; i < json_length(conditions); i++)
                if (bytes_is(json_as_string(json_get(json_at(conditions, i), "type")), type))
                        return json_get(json_at(conditions, i), key);
        return NULL;
}

/* A server that answers all but creates, for so long; next says what becomes of a create. */
static void serve(struct fixture *f, int64_t ms,
                  void (*next)(const struct fixture *f, struct err *err), const char *pod) {
        for (int64_t t = 0; t < ms; t += 10) {
                struct client_call *call;
                struct err err;

                fake_loop_advance(f->loop, 10);
                if ((call = fake_client_find(f->client, "/replicasets/app-aaa")))
                        fake_call_end(call, ERR_NONE, REPLICASET);
                fake_loop_advance(f->loop, 0);
                if ((call = fake_client_find(f->client, "POST "))) {
                        f->n_creates++;
                        next(f, &err);
                        fake_call_fail(call, &err);
                }
                if ((call = fake_client_find(f->client, "GET /api/v1/namespaces/n/pods/")))
                        fake_call_end(call, pod ? ERR_NONE : ERR_NOT_FOUND, pod ? pod : "gone");
                if ((call = fake_client_find(f->client, "PATCH " LLCS)))
                        serve_status(f, call);
        }
}

/* The caches are filled; the canary has no pod yet and its first pass waits for the template. */
static void start_with_no_pod(struct fixture *f) {
        answer_list(f, LLCS, LLC);
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
}

/* One ready pod with the stable hash; every status write so far is answered. */
static void start_converged(struct fixture *f) {
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        call = expect_call(f, "POST /api/v1/namespaces/n/pods");
        store_pod(f, call, "20", "aaa");
        fake_call_end(call, ERR_NONE, f->pod);
        call = expect_call(f, "PATCH " LLCS); /* a generation nobody has answered is told at once */
        fake_call_end(call, ERR_NONE, ANSWER("21"));
        send_event(f, LLCS, "MODIFIED",
                   "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\","
                   "\"resourceVersion\":\"21\",\"generation\":1},"
                   "\"spec\":{\"rolloutRef\":{\"name\":\"app\"},\"image\":\"i:2\",\"replicas\":1},"
                   "\"status\":{\"observedGeneration\":1,\"replicas\":0,\"ready\":\"0/1\","
                   "\"readyReplicas\":0,\"availableReplicas\":0,\"updatedReplicas\":0}}");
        send_event(f, PODS, "ADDED", f->pod);
        call = expect_call(f, "PATCH " LLCS);
        fake_call_end(call, ERR_NONE, ANSWER("22"));
        send_event(f, LLCS, "BOOKMARK", BOOKMARK("LongLivedCanary", "22"));
        expect_no_write(f);
}

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

static void test_controller__a_lost_answer_to_a_create_is_resolved_by_a_get(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_NONE, REPLICASET);
        call = expect_call(f, "POST /api/v1/namespaces/n/pods");
        store_pod(f, call, "20", "aaa");
        fake_call_end(call, ERR_AMBIGUOUS, "connection reset");
        call = expect_call(f, "GET /api/v1/namespaces/n/pods/jdk-0-");
        assert_null(fake_client_find(f->client, "POST"));
        fake_call_end(call, ERR_NONE, f->pod);
        fake_loop_advance(f->loop, 5000);
        assert_null(fake_client_find(f->client, "POST")); /* it exists: wait until it is seen */
}

static void test_controller__a_create_that_never_arrived_is_sent_again(void **state) {
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

static void test_controller__a_taken_name_that_is_not_ours_is_told(void **state) {
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

static void test_controller__a_refused_create_is_told_and_tried_again(void **state) {
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
static void test_controller__the_first_pod_that_fails_is_told(void **state) {
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

static void broken_webhook(const struct fixture *f, struct err *err) {
        (void)f;
        err_set(err, ERR_AMBIGUOUS, "Internal error occurred: failed calling webhook \"w\"");
}

static void test_controller__a_server_that_always_fails_is_not_pressed(void **state) {
        struct fixture *f = *state;

        start_with_no_pod(f);
        f->version = 100;
        serve(f, 60000, broken_webhook, NULL);
        assert_in_range(f->n_creates, 10, 18);
        assert_int_equal(f->n_statuses, 1);
        assert_non_null(strstr(json_as_string(condition_member(f, "Ready", "reason")).ptr,
                               "WebhookFailed"));
}

static void refused_in_ever_other_words(const struct fixture *f, struct err *err) {
        err_set(err, ERR_FORBIDDEN, "webhook \"w\" denied the request: request %u", f->n_creates);
}

static void test_controller__a_refusal_in_ever_other_words_is_no_hot_loop(void **state) {
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

static void test_controller__no_answer_does_not_take_back_what_was_told(void **state) {
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
static void test_controller__an_own_pod_that_lost_our_label_is_told(void **state) {
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

static void test_controller__a_pod_that_cannot_be_helped_holds_up_no_other(void **state) {
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

static void test_controller__no_server_is_obeyed_for_an_hour(void **state) {
        struct fixture *f = *state;
        struct err err;

        start_with_no_pod(f);
        err_set(&err, ERR_THROTTLED, "too many requests");
        err.retry_after_ms = 3600000;
        fake_call_fail(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"), &err);
        fake_loop_advance(f->loop, 60000);
        expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa");
}

/* A restored etcd counts from further back: no version will ever reach the one we wrote. */
static void test_controller__versions_that_went_back_do_not_stop_it(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_converged(f);
        send_event(f, ROLLOUTS, "MODIFIED", ROLLOUT("30", "bbb"));
        call = expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
        fake_call_end(call, ERR_NONE, ANSWER("31"));
        fake_call_end(expect_call(f, PODS "pods?watch"), ERR_GONE, "too old");
        fake_loop_advance(f->loop, 10000);
        answer_list(f, PODS, f->pod); /* at version 10, with the old label */
        fake_loop_advance(f->loop, 1000);
        expect_call(f, "PATCH /api/v1/namespaces/n/pods/jdk-0-");
}

static void test_controller__a_forbidden_read_is_told(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start_with_no_pod(f);
        fake_call_end(expect_call(f, "GET /apis/apps/v1/namespaces/n/replicasets/app-aaa"),
                      ERR_FORBIDDEN, "replicasets is forbidden");
        call = expect_call(f, "PATCH " LLCS);
        assert_non_null(strstr(fake_call_body(call).ptr, "replicasets is forbidden"));
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_controller__decides_nothing_before_all_caches_are_full),
                TEST(test_controller__creates_a_pod_from_the_stable_template),
                TEST(test_controller__a_promotion_costs_one_patch),
                TEST(test_controller__a_cache_older_than_our_write_is_not_decided_on),
                TEST(test_controller__most_updates_of_a_rollout_cost_nothing),
                TEST(test_controller__a_lost_answer_to_a_create_is_resolved_by_a_get),
                TEST(test_controller__a_create_that_never_arrived_is_sent_again),
                TEST(test_controller__a_taken_name_that_is_not_ours_is_told),
                TEST(test_controller__a_refused_create_is_told_and_tried_again),
                TEST(test_controller__the_first_pod_that_fails_is_told),
                TEST(test_controller__can_be_freed_in_the_middle_of_everything),
                TEST(test_controller__a_server_that_always_fails_is_not_pressed),
                TEST(test_controller__a_refusal_in_ever_other_words_is_no_hot_loop),
                TEST(test_controller__no_answer_does_not_take_back_what_was_told),
                TEST(test_controller__an_own_pod_that_lost_our_label_is_told),
                TEST(test_controller__a_pod_that_cannot_be_helped_holds_up_no_other),
                TEST(test_controller__no_server_is_obeyed_for_an_hour),
                TEST(test_controller__versions_that_went_back_do_not_stop_it),
                TEST(test_controller__a_forbidden_read_is_told),
                TEST(test_controller__a_rollout_that_left_the_cache_is_read_before_anything),
                TEST(test_controller__a_rollout_that_cannot_be_read_is_told),
                TEST(test_controller__of_a_canary_that_cannot_be_read_nothing_is_made),
                TEST(test_controller__a_missing_crd_takes_nothing_out_of_traffic),
                TEST(test_controller__draining_waits_for_writes_in_flight),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
