#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fixture_setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));
        struct err err;

        f->loop = loop_new();
        assert_int_equal(client_new(&(struct client_options){ .loop = f->loop }, &f->client, &err),
                         0);
        f->controller = controller_new(&(struct controller_options){
                .loop = f->loop, .client = f->client, .hostname = "host-1" });
        for (int cache = 0; cache < CACHES; cache++)
                f->controller->no_streaming[cache] = true; /* this server can't */
        controller_start(f->controller);
        fake_loop_advance(f->loop, 0);
        *state = f;
        return 0;
}

int fixture_teardown(void **state) {
        struct fixture *f = *state;

        controller_free(f->controller);
        client_free(f->client);
        loop_free(f->loop);
        json_free(f->status);
        free(f);
        return 0;
}

struct client_call *expect_call(struct fixture *f, const char *text) {
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

struct client_call *find_create(struct fixture *f, const char *name) {
        char text[64];

        snprintf(text, sizeof(text), "\"name\":\"%s", name);
        for (struct client_call *call = fake_client_call(f->client); call;
             call = fake_call_next(call))
                if (strstr(fake_call_target(call), "POST /api/v1/") &&
                    strstr(fake_call_body(call).ptr, text))
                        return call;
        fail_msg("no create of %s", name);
        return NULL;
}

void expect_no_write(struct fixture *f) {
        fake_loop_advance(f->loop, 0);
        assert_null(fake_client_find(f->client, "PATCH "));
        assert_null(fake_client_find(f->client, "POST /api/v1/"));
        assert_null(fake_client_find(f->client, "DELETE "));
}

void expect_no_pod_patch(struct fixture *f) {
        fake_loop_advance(f->loop, 0);
        assert_null(fake_client_find(f->client, "PATCH /api/v1/"));
}

void expect_no_create(struct fixture *f) {
        fake_loop_advance(f->loop, 10000);
        assert_null(fake_client_find(f->client, "POST /api/v1/"));
        assert_null(fake_client_find(f->client, "/replicasets/"));
}

void answer_list(struct fixture *f, const char *path, const char *items) {
        struct client_call *call;
        char body[8192];

        snprintf(body, sizeof(body), "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[%s]}",
                 items);
        call = expect_call(f, path);
        assert_null(strstr(fake_call_target(call), "watch="));
        assert_true(fake_call_data(call, body));
        fake_call_end(call, ERR_NONE, NULL);
}

void send_event(struct fixture *f, const char *path, const char *type, const char *object) {
        struct client_call *call = expect_call(f, path);
        char line[8192];

        assert_non_null(strstr(fake_call_target(call), "watch="));
        snprintf(line, sizeof(line), "{\"type\":\"%s\",\"object\":%s}\n", type, object);
        assert_true(fake_call_data(call, line));
        fake_loop_advance(f->loop, 0);
}

void store_pod(struct fixture *f, struct client_call *create, const char *version,
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

const struct json *condition_member(const struct fixture *f, const char *type, const char *key) {
        const struct json *conditions = json_get(f->status, "conditions");

        for (size_t i = 0; i < json_length(conditions); i++)
                if (bytes_is(json_as_string(json_get(json_at(conditions, i), "type")), type))
                        return json_get(json_at(conditions, i), key);
        return NULL;
}

void serve(struct fixture *f, int64_t ms, void (*next)(const struct fixture *f, struct err *err),
           const char *pod) {
        for (int64_t t = 0; t < ms; t += 10) {
                struct client_call *call;
                struct err err;

                fake_loop_advance(f->loop, 10);
                if ((call = fake_client_find(f->client, "/replicasets/app-aaa")))
                        fake_call_end(call, ERR_NONE, REPLICASET);
                fake_loop_advance(f->loop, 0);
                if ((call = fake_client_find(f->client, CANARY_READ)))
                        fake_call_end(call, ERR_NONE, CANARY_ALIVE);
                fake_loop_advance(f->loop, 0);
                if ((call = fake_client_find(f->client, "POST /api/v1/"))) {
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

void start_with_no_pod(struct fixture *f) {
        answer_list(f, LLCS, LLC);
        answer_list(f, ROLLOUTS, ROLLOUT("6", "aaa"));
        answer_list(f, PODS, "");
}

void start_converged(struct fixture *f) {
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
