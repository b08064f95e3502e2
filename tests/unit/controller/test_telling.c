/*
 * Events: when they are sent, what they say, and that none is made twice or waited for.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decision.h"
#include "llc/api/event.h"

#define EVENTS "POST /apis/events.k8s.io/v1/namespaces/n/events"

static void start(struct fixture *f, decision_fn decide) {
        decision = (struct decision){ .decide = decide };
        answer_list(f, SERVICES, "");
        answer_list(f, LLCS, LLC_OF("5", "1", ",\"status\":{\"observedGeneration\":1}"));
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
        fake_loop_advance(f->loop, 0);
}

/* Of the first Event that is open: a member, or a member of a member. */
static const char *event_text(struct fixture *f, const char *outer, const char *key) {
        static char text[4096];
        JSON_CLEANUP struct json *event = NULL;
        const struct json *value;
        struct bytes bytes;
        struct err err;

        assert_int_equal(json_parse(fake_call_body(expect_call(f, EVENTS)), &JSON_LIMITS_OBJECT,
                                    &event, &err),
                         0);
        value = json_get(outer ? json_get(event, outer) : event, key);
        bytes = json_kind(value) == JSON_STRING ? json_as_string(value) : bytes_of("(none)");
        assert_true(bytes.len < sizeof(text));
        memcpy(text, bytes.ptr, bytes.len);
        text[bytes.len] = '\0';
        return text;
}

static void tell(const struct world *world, struct arena *arena, struct plan *plan) {
        plan->events = ARENA_NEW_ARRAY(arena, struct plan_event, 2);
        plan->events[0] = (struct plan_event){ false, "Promoted", "Relabel", "first" };
        plan->events[1] = (struct plan_event){ true, "Failed", "Hold", "second" };
        plan->n_events = 2;
        plan->has_status = strcmp(world->llc->meta->resource_version, "5") == 0;
}

static void test_telling__are_sent_when_the_status_is_written(void **state) {
        struct fixture *f = *state;
        struct client_call *call;

        start(f, tell);
        call = expect_call(f, "PATCH " LLCS);
        assert_null(fake_client_find(f->client, EVENTS));
        fake_call_end(call, ERR_NONE, ANSWER("8"));
        assert_string_equal(event_text(f, NULL, "apiVersion"), "events.k8s.io/v1");
        assert_string_equal(event_text(f, NULL, "kind"), "Event");
        assert_string_equal(event_text(f, NULL, "eventTime"), "2023-11-14T22:30:00.000000Z");
        assert_string_equal(event_text(f, NULL, "reportingController"),
                            "argo-canary.dev/llc-controller");
        assert_string_equal(event_text(f, NULL, "reportingInstance"), "host-1");
        assert_string_equal(event_text(f, NULL, "type"), "Normal");
        assert_string_equal(event_text(f, NULL, "reason"), "Promoted");
        assert_string_equal(event_text(f, NULL, "action"), "Relabel");
        assert_string_equal(event_text(f, NULL, "note"), "first");
        assert_string_equal(event_text(f, "metadata", "namespace"), "n");
        assert_memory_equal(event_text(f, "metadata", "name"), "jdk.", 4);
        assert_string_equal(event_text(f, "regarding", "kind"), "LongLivedCanary");
        assert_string_equal(event_text(f, "regarding", "apiVersion"), "argo-canary.dev/v1alpha1");
        assert_string_equal(event_text(f, "regarding", "name"), "jdk");
        assert_string_equal(event_text(f, "regarding", "namespace"), "n");
        assert_string_equal(event_text(f, "regarding", "uid"), "u1");
        assert_string_equal(event_text(f, "regarding", "resourceVersion"), "5");
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        assert_string_equal(event_text(f, NULL, "type"), "Warning");
        assert_string_equal(event_text(f, NULL, "reason"), "Failed");
        fake_call_end(expect_call(f, EVENTS), ERR_ALREADY_EXISTS, "exists");
        assert_int_equal(events_counters(f->controller->events)->sent, 1);
        assert_int_equal(events_counters(f->controller->events)->dropped, 0);
}

static void test_telling__are_not_sent_when_the_status_is_not_written(void **state) {
        struct fixture *f = *state;

        start(f, tell);
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_CONFLICT, "changed");
        assert_null(fake_client_find(f->client, EVENTS));
        fake_loop_advance(f->loop, 1000);
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_FORBIDDEN, "no");
        assert_null(fake_client_find(f->client, EVENTS));
}

/* Perhaps it was written, and then no later pass would tell. */
static void test_telling__of_a_lost_answer_are_sent_again_under_the_same_name(void **state) {
        struct fixture *f = *state;
        char name[128];

        start(f, tell);
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_AMBIGUOUS, "reset");
        snprintf(name, sizeof(name), "%s", event_text(f, "metadata", "name"));
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        assert_string_not_equal(event_text(f, "metadata", "name"), name);
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        fake_loop_advance(f->loop, 1000);
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("10"));
        assert_string_equal(event_text(f, "metadata", "name"), name);
}

static void create_or_delete(const struct world *world, struct arena *arena, struct plan *plan) {
        if (world->llc->spec->replicas == 1 && world->n_pods == 0)
                decision_act(plan, arena, ACTION_CREATE, "jdk-0-x", "{}");
        if (world->llc->spec->replicas == 0) {
                decision_act(plan, arena, ACTION_DELETE, "jdk-0-x", NULL);
                plan->actions[0].reason = "more pods than replicas";
        }
}

static void test_telling__tell_of_each_pod_that_comes_and_goes(void **state) {
        struct fixture *f = *state;

        start(f, create_or_delete);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_NONE, ANSWER("20"));
        assert_string_equal(event_text(f, NULL, "reason"), "PodCreated");
        assert_string_equal(event_text(f, NULL, "action"), "CreatePod");
        assert_string_equal(event_text(f, NULL, "note"), "Created pod jdk-0-x");
        assert_string_equal(event_text(f, "regarding", "uid"), "u1");
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        send_event(f, PODS, "BOOKMARK", BOOKMARK("Pod", "20"));
        send_event(f, LLCS, "MODIFIED",
                   LLC_OF("21", "0", ",\"status\":{\"observedGeneration\":1}"));
        fake_call_end(expect_call(f, "DELETE /api/v1/namespaces/n/pods/jdk-0-x"), ERR_NONE, "{}");
        assert_string_equal(event_text(f, NULL, "reason"), "PodDeleted");
        assert_string_equal(event_text(f, NULL, "note"),
                            "Deleted pod jdk-0-x: more pods than replicas");
}

/* It was there already: a former life of ours has made it, and died. */
static void test_telling__of_a_pod_found_made_are_the_same(void **state) {
        static const char pod[] =
                "{\"metadata\":{\"name\":\"jdk-0-x\",\"uid\":\"p1\",\"resourceVersion\":\"9\","
                "\"labels\":{\"argo-canary.dev/"
                "name\":\"jdk\"},\"ownerReferences\":[{\"apiVersion\":\"x\",\"kind\":"
                "\"LongLivedCanary\",\"name\":\"jdk\",\"uid\":\"u1\",\"controller\":true}]}}";
        struct fixture *f = *state;
        char name[128];

        start(f, create_or_delete);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_NONE, pod);
        snprintf(name, sizeof(name), "%s", event_text(f, "metadata", "name"));
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        send_event(f, PODS, "BOOKMARK", BOOKMARK("Pod", "20"));
        fake_loop_advance(f->loop, 1000);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_ALREADY_EXISTS, "no");
        fake_call_end(expect_call(f, "GET /api/v1/namespaces/n/pods/jdk-0-x"), ERR_NONE, pod);
        assert_string_equal(event_text(f, "metadata", "name"), name);
}

static void test_telling__of_a_pod_found_gone_is_told(void **state) {
        struct fixture *f = *state;

        start(f, create_or_delete);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_FORBIDDEN, "no");
        send_event(f, LLCS, "MODIFIED",
                   LLC_OF("21", "0", ",\"status\":{\"observedGeneration\":1}"));
        fake_call_end(expect_call(f, "DELETE /api/v1/namespaces/n/pods/jdk-0-x"), ERR_AMBIGUOUS,
                      "reset");
        assert_null(fake_client_find(f->client, EVENTS));
        fake_call_end(expect_call(f, "GET /api/v1/namespaces/n/pods/jdk-0-x"), ERR_NOT_FOUND,
                      "gone");
        assert_string_equal(event_text(f, NULL, "reason"), "PodDeleted");
}

static void create_two(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)world;
        decision_act(plan, arena, ACTION_CREATE, "jdk-0-x", "{}");
        decision_act(plan, arena, ACTION_CREATE, "jdk-1-x", "{}");
}

/* A name is given again when its pod is gone: the UID counts. */
static void test_telling__is_done_for_each_pod_of_a_name(void **state) {
        struct fixture *f = *state;
        char name[128];

        start(f, create_or_delete);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_NONE,
                      ANSWER_OF("a", "8"));
        snprintf(name, sizeof(name), "%s", event_text(f, "metadata", "name"));
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        send_event(f, PODS, "BOOKMARK", BOOKMARK("Pod", "20"));
        fake_loop_advance(f->loop, 1000);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_NONE,
                      ANSWER_OF("b", "21"));
        assert_string_not_equal(event_text(f, "metadata", "name"), name);
}

static void test_telling__is_done_for_each_pod(void **state) {
        struct fixture *f = *state;
        char name[128];

        start(f, create_two);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_NONE,
                      ANSWER_OF("a", "20"));
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_NONE,
                      ANSWER_OF("b", "21"));
        snprintf(name, sizeof(name), "%s", event_text(f, "metadata", "name"));
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        assert_string_not_equal(event_text(f, "metadata", "name"), name);
}

static void test_telling__of_pods_that_were_refused_are_none(void **state) {
        struct fixture *f = *state;

        start(f, create_or_delete);
        fake_call_end(expect_call(f, "POST /api/v1/namespaces/n/pods"), ERR_FORBIDDEN, "no");
        assert_null(fake_client_find(f->client, EVENTS));
        send_event(f, LLCS, "MODIFIED",
                   LLC_OF("21", "0", ",\"status\":{\"observedGeneration\":1}"));
        fake_call_end(expect_call(f, "DELETE /api/v1/namespaces/n/pods/jdk-0-x"), ERR_NOT_FOUND,
                      "gone");
        assert_null(fake_client_find(f->client, EVENTS));
}

static void relabel(const struct world *world, struct arena *arena, struct plan *plan) {
        (void)world;
        decision_act(plan, arena, ACTION_RELABEL, "jdk-0-x", "{}");
}

static void test_telling__of_a_relabel_are_the_plans_alone(void **state) {
        struct fixture *f = *state;

        start(f, relabel);
        fake_call_end(expect_call(f, "PATCH /api/v1/"), ERR_NONE, ANSWER("20"));
        assert_null(fake_client_find(f->client, EVENTS));
}

static const struct event_subject subject = { "n", "jdk", "u1", "5" };

static void send_numbered(struct fixture *f, int number) {
        char id[16];

        snprintf(id, sizeof(id), "%d", number);
        events_send(f->controller->events, &subject, id,
                    &(struct plan_event){ false, "Reason", "Act", "note" });
}

static void test_telling__have_names_that_follow_from_what_they_tell(void **state) {
        static const struct event_subject other = { "n", "jdk", "u2", "5" };
        static const struct plan_event first = { false, "Reason", "Act", "note" };
        static const struct plan_event second = { false, "Another", "Act", "note" };
        struct fixture *f = *state;
        struct events *events = f->controller->events;
        char names[5][128];

        events_send(events, &subject, "1", &first);
        events_send(events, &subject, "2", &first);
        events_send(events, &subject, "1", &second);
        events_send(events, &other, "1", &first);
        events_send(events, &subject, "1",
                    &(struct plan_event){ true, "Reason", "Do", "more words" });
        for (int i = 0; i < 5; i++) {
                snprintf(names[i], sizeof(names[i]), "%s", event_text(f, "metadata", "name"));
                fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
                for (int j = 0; j < i && i < 4; j++)
                        assert_string_not_equal(names[i], names[j]);
        }
        assert_string_equal(names[4], names[0]);
}

/* Names have at most 253 characters. */
static void test_telling__finds_a_name_for_the_longest_canary(void **state) {
        struct fixture *f = *state;
        char name[254];

        memset(name, 'x', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        events_send(f->controller->events, &(struct event_subject){ "n", name, "u1", "5" }, "1",
                    &(struct plan_event){ false, "Reason", "Act", "note" });
        assert_memory_equal(event_text(f, "metadata", "name"), "llc.", 4);
        assert_string_equal(event_text(f, "regarding", "name"), name);
}

static void test_telling__beyond_the_bound_are_dropped(void **state) {
        struct fixture *f = *state;

        for (int i = 0; i < EVENTS_PENDING_MAX + 10; i++)
                send_numbered(f, i);
        assert_int_equal(events_counters(f->controller->events)->dropped, 10);
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        send_numbered(f, 1000);
        assert_int_equal(events_counters(f->controller->events)->dropped, 10);
}

static unsigned count_lines(FILE *file, const char *text) {
        char line[4096];
        unsigned n = 0;

        rewind(file);
        while (fgets(line, sizeof(line), file))
                n += strstr(line, text) != NULL;
        return n;
}

static void test_telling__that_are_refused_are_logged_once(void **state) {
        struct fixture *f = *state;
        FILE *file = tmpfile();
        int saved = dup(STDERR_FILENO);
        unsigned n;

        dup2(fileno(file), STDERR_FILENO);
        for (int i = 0; i < 4; i++)
                send_numbered(f, i);
        fake_call_end(expect_call(f, EVENTS), ERR_TERMINATING,
                      "unable to create new content in namespace n because it is being terminated");
        fake_call_end(expect_call(f, EVENTS), ERR_UNAVAILABLE, "no");
        n = count_lines(file, "Events are refused");
        fake_call_end(expect_call(f, EVENTS), ERR_FORBIDDEN, "events is forbidden");
        fake_call_end(expect_call(f, EVENTS), ERR_FORBIDDEN, "events is forbidden");
        dup2(saved, STDERR_FILENO);
        close(saved);
        assert_int_equal(n, 0);
        assert_int_equal(count_lines(file, "Events are refused"), 1);
        assert_int_equal(events_counters(f->controller->events)->dropped, 4);
        fclose(file);
}

static void test_telling__that_fail_are_nobodys_failure(void **state) {
        struct fixture *f = *state;

        start(f, tell);
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("8"));
        assert_int_equal(map_count(&f->controller->passes), 0);
        fake_call_end(expect_call(f, EVENTS), ERR_INVALID, "no");
        assert_int_equal(f->controller->counters.results[RESULT_ERROR], 0);
}

static void test_telling__have_notes_of_whole_characters(void **state) {
        struct fixture *f = *state;
        char note[2000];

        memset(note, 'x', sizeof(note));
        memcpy(note + EVENT_NOTE_MAX - 2, "\xe2\x82\xac", 3); /* the euro sign */
        note[sizeof(note) - 1] = '\0';
        events_send(f->controller->events, &subject, "1",
                    &(struct plan_event){ false, "Reason", "Act", note });
        assert_int_equal(strlen(event_text(f, NULL, "note")), EVENT_NOTE_MAX - 2);
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        memcpy(note + EVENT_NOTE_MAX - 3, "\xe2\x82\xac", 3);
        note[EVENT_NOTE_MAX] = 'y';
        events_send(f->controller->events, &subject, "2",
                    &(struct plan_event){ false, "Reason", "Act", note });
        assert_int_equal(strlen(event_text(f, NULL, "note")), EVENT_NOTE_MAX);
}

#define UNREADABLE(name, version)                                                                  \
        "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\",\"uid\":\"u7\","                 \
        "\"resourceVersion\":\"" version                                                           \
        "\"},\"spec\":{\"rolloutRef\":{\"name\":\"app\"},\"replicas\":\"many\"}}"

static void test_telling__tell_the_author_of_what_cannot_be_read(void **state) {
        struct fixture *f = *state;
        char name[128];

        start(f, NULL);
        send_event(f, LLCS, "ADDED", UNREADABLE("bad", "30"));
        assert_string_equal(event_text(f, NULL, "reason"), "Unreadable");
        assert_string_equal(event_text(f, NULL, "type"), "Warning");
        assert_non_null(strstr(event_text(f, NULL, "note"), "spec.replicas"));
        assert_string_equal(event_text(f, "regarding", "name"), "bad");
        assert_string_equal(event_text(f, "regarding", "uid"), "u7");
        snprintf(name, sizeof(name), "%s", event_text(f, "metadata", "name"));
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        send_event(f, LLCS, "MODIFIED", UNREADABLE("bad", "31"));
        assert_string_not_equal(event_text(f, "metadata", "name"), name);
        fake_call_end(expect_call(f, EVENTS), ERR_NONE, ANSWER("9"));
        send_event(f, LLCS, "MODIFIED", UNREADABLE("../x", "32"));
        send_event(f, ROLLOUTS, "MODIFIED", UNREADABLE("app", "33"));
        assert_null(fake_client_find(f->client, EVENTS));
}

static void on_drained(void *ctx) {
        struct fixture *f = ctx;

        f->drained = true;
}

static void test_telling__are_not_waited_for(void **state) {
        struct fixture *f = *state;

        start(f, tell);
        fake_call_end(expect_call(f, "PATCH " LLCS), ERR_NONE, ANSWER("8"));
        expect_call(f, EVENTS);
        controller_drain(f->controller, on_drained, f);
        assert_true(f->drained);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(test_telling__are_sent_when_the_status_is_written),
                FIXTURE_TEST(test_telling__are_not_sent_when_the_status_is_not_written),
                FIXTURE_TEST(test_telling__of_a_lost_answer_are_sent_again_under_the_same_name),
                FIXTURE_TEST(test_telling__tell_of_each_pod_that_comes_and_goes),
                FIXTURE_TEST(test_telling__of_a_pod_found_made_are_the_same),
                FIXTURE_TEST(test_telling__of_a_pod_found_gone_is_told),
                FIXTURE_TEST(test_telling__is_done_for_each_pod),
                FIXTURE_TEST(test_telling__is_done_for_each_pod_of_a_name),
                FIXTURE_TEST(test_telling__of_pods_that_were_refused_are_none),
                FIXTURE_TEST(test_telling__of_a_relabel_are_the_plans_alone),
                FIXTURE_TEST(test_telling__have_names_that_follow_from_what_they_tell),
                FIXTURE_TEST(test_telling__finds_a_name_for_the_longest_canary),
                FIXTURE_TEST(test_telling__beyond_the_bound_are_dropped),
                FIXTURE_TEST(test_telling__that_are_refused_are_logged_once),
                FIXTURE_TEST(test_telling__that_fail_are_nobodys_failure),
                FIXTURE_TEST(test_telling__have_notes_of_whole_characters),
                FIXTURE_TEST(test_telling__tell_the_author_of_what_cannot_be_read),
                FIXTURE_TEST(test_telling__are_not_waited_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
