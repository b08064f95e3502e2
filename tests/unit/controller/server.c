#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/timestamp.h"
#include "llc/sys/clock.h"

enum { TEXT_MAX = 8000, STEP_MS = 50, CALLS_A_STEP_MAX = 500, WATCH_MS = 300 * 1000 };

#define CANARY                                                                                     \
        "{\"metadata\":{\"name\":\"jdk\",\"namespace\":\"n\",\"uid\":\"u1\",\"generation\":1},"    \
        "\"spec\":{\"rolloutRef\":{\"name\":\"app\"},\"image\":\"i:2\",\"replicas\":1}}"

#define BUDGET                                                                                     \
        "{\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"uid\":\"b1\"},"                     \
        "\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"app\"}}},"                             \
        "\"status\":{\"expectedPods\":3}}"

struct served {
        const char *plural, *watch;
};

static const struct served served[SERVED_COLLECTIONS] = {
        [SERVED_LLCS] = { "/longlivedcanaries", "GET " LLCS "longlivedcanaries?watch=" },
        [SERVED_ROLLOUTS] = { "/rollouts", "GET " ROLLOUTS "rollouts?watch=" },
        [SERVED_PODS] = { "/pods", "GET " PODS "?watch=" },
        [SERVED_BUDGETS] = { "/poddisruptionbudgets", NULL },
};

static struct json *parse(struct bytes text) {
        struct json *json = NULL;
        struct err err;

        assert_int_equal(json_parse(text, &JSON_LIMITS_OBJECT, &json, &err), 0);
        return json;
}

/* RFC 7396. */
static void merge(struct json *into, const struct json *patch) {
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(patch, &cursor, &key, &value)) {
                if (!value || json_kind(value) == JSON_NULL)
                        json_remove(into, key);
                else if (json_kind(value) == JSON_OBJECT)
                        merge(json_object_at(into, key), value);
                else
                        json_set(into, key, json_clone(value));
        }
}

static struct json *meta_of(struct json *object) {
        return json_object_at(object, "metadata");
}

static bool is_named(struct json *object, struct bytes name) {
        return bytes_equal(json_as_string(json_get(meta_of(object), "name")), name);
}

static void text_of(const struct json *json, char text[static TEXT_MAX]) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(TEXT_MAX - 1);

        json_write(json, &out);
        assert_true(strbuf_ok(&out));
        memcpy(text, strbuf_str(&out), out.len + 1);
}

static void tell(struct server *server, enum server_collection collection, const char *type,
                 const struct json *object) {
        char text[TEXT_MAX];

        if (!served[collection].watch)
                return;
        text_of(object, text);
        send_event(server->f, served[collection].watch, type, text);
}

static void stamp(struct server *server, struct json *object) {
        char version[16];

        snprintf(version, sizeof(version), "%u", ++server->f->version);
        json_set_str(meta_of(object), "resourceVersion", version);
}

/* As the kubelet would have it soon. */
static void make_ready(struct json *pod) {
        struct json *status = json_object_at(pod, "status"), *conditions = json_new_array();
        struct json *ready = json_new_object();
        char now[TIMESTAMP_SIZE];

        timestamp_format(clock_wall_ms(), now);
        json_set_str(meta_of(pod), "creationTimestamp", now);
        json_set_str(status, "phase", "Running");
        json_set_str(ready, "type", "Ready");
        json_set_str(ready, "status", "True");
        json_set_str(ready, "lastTransitionTime", now);
        json_append(conditions, ready);
        json_set(status, "conditions", conditions);
}

static struct json *find(struct server *server, enum server_collection collection,
                         struct bytes name, size_t *ret_index) {
        struct json *objects = server->objects[collection];

        for (size_t i = 0; i < json_length(objects); i++)
                if (is_named(json_at_mut(objects, i), name)) {
                        *ret_index = i;
                        return json_at_mut(objects, i);
                }
        return NULL;
}

static void answer(struct client_call *call, const struct json *object) {
        char text[TEXT_MAX];

        text_of(object, text);
        fake_call_end(call, ERR_NONE, text);
}

static void serve_list(struct server *server, enum server_collection collection,
                       struct client_call *call) {
        JSON_CLEANUP struct json *list = json_new_object();
        char version[16];

        snprintf(version, sizeof(version), "%u", server->f->version);
        json_set_str(json_object_at(list, "metadata"), "resourceVersion", version);
        json_set(list, "items", json_clone(server->objects[collection]));
        answer(call, list);
}

static void serve_create(struct server *server, enum server_collection collection,
                         struct client_call *call) {
        struct json *object = parse(fake_call_body(call));
        char uid[16];
        size_t i;

        if (find(server, collection, json_as_string(json_get(meta_of(object), "name")), &i)) {
                fake_call_end(call, ERR_ALREADY_EXISTS, "exists");
                json_free(object);
                return;
        }
        snprintf(uid, sizeof(uid), "o%u", server->f->version);
        json_set_str(meta_of(object), "uid", uid);
        make_ready(object);
        stamp(server, object);
        json_append(server->objects[collection], object);
        answer(call, object);
        tell(server, collection, "ADDED", object);
}

static void change(struct server *server, enum server_collection collection, struct json *object,
                   const struct json *patch) {
        JSON_CLEANUP struct json *was = json_clone(object);

        merge(object, patch);
        if (json_equal(was, object))
                return;
        stamp(server, object);
        tell(server, collection, "MODIFIED", object);
}

/* What was before the patch, as another change. */
static void undo(struct server *server, enum server_collection collection, struct json *object,
                 const struct json *was) {
        json_set(object, "status",
                 json_has(was, "status") ? json_clone(json_get(was, "status")) : json_new_object());
        json_set(object, "metadata", json_clone(json_get(was, "metadata")));
        stamp(server, object);
        tell(server, collection, "MODIFIED", object);
}

static void serve_patch(struct server *server, enum server_collection collection,
                        struct json *object, bool forgets, struct client_call *call) {
        JSON_CLEANUP struct json *patch = parse(fake_call_body(call));
        JSON_CLEANUP struct json *was = json_clone(object);
        struct json *meta = meta_of(patch);

        if (json_has(meta, "uid") &&
            !json_equal(json_get(meta, "uid"), json_get(meta_of(object), "uid"))) {
                fake_call_end(call, ERR_CONFLICT, "another");
                return;
        }
        if (json_has(meta, "resourceVersion") &&
            !json_equal(json_get(meta, "resourceVersion"),
                        json_get(meta_of(object), "resourceVersion"))) {
                fake_call_end(call, ERR_CONFLICT, "changed");
                return;
        }
        json_remove(meta, "resourceVersion");
        change(server, collection, object, patch);
        answer(call, object);
        if (forgets)
                undo(server, collection, object, was);
}

static void serve_object(struct server *server, enum server_collection collection,
                         struct bytes name, bool forgets, struct client_call *call) {
        const char *target = fake_call_target(call);
        size_t i;
        struct json *object = find(server, collection, name, &i);

        if (!object) {
                fake_call_end(call, ERR_NOT_FOUND, "no such object");
        } else if (strncmp(target, "PATCH ", 6) == 0) {
                serve_patch(server, collection, object, forgets, call);
        } else if (strncmp(target, "DELETE ", 7) == 0) {
                stamp(server, object);
                tell(server, collection, "DELETED", object);
                answer(call, object);
                json_remove_at(server->objects[collection], i);
        } else {
                answer(call, object);
        }
}

static void serve_well(struct server *server, struct client_call *call, bool forgets) {
        const char *target = fake_call_target(call);

        if (strstr(target, "/replicasets/")) {
                fake_call_end(call, ERR_NONE, REPLICASET);
                return;
        }
        if (strstr(target, SERVICES)) {
                fake_call_end(call, ERR_NONE,
                              "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}");
                return;
        }
        for (int collection = 0; collection < SERVED_COLLECTIONS; collection++) {
                const char *plural = served[collection].plural;
                const char *rest = strstr(target, plural);

                if (!rest)
                        continue;
                rest += strlen(plural);
                if (strncmp(target, "POST ", 5) == 0)
                        serve_create(server, (enum server_collection)collection, call);
                else if (*rest != '/')
                        serve_list(server, (enum server_collection)collection, call);
                else
                        serve_object(server, (enum server_collection)collection,
                                     (struct bytes){ rest + 1, strcspn(rest + 1, "/?") }, forgets,
                                     call);
                return;
        }
        fake_call_end(call, ERR_NONE, "{}"); /* an Event */
}

static void serve_ill(struct server *server, struct client_call *call) {
        struct err error = server->error;

        server->n_ill++;
        switch (server->illness) {
        case ILL_FAILS:
                fake_call_fail(call, &error);
                break;
        case ILL_LIES:
                fake_call_end(call, ERR_NONE, "{}");
                break;
        case ILL_RAVES:
                fake_call_end(call, ERR_NONE, "\xff{[");
                break;
        case ILL_FORGETS:
                serve_well(server, call, true);
                break;
        }
}

/* The first call that is no watch, or NULL. */
static struct client_call *next_call(struct server *server) {
        struct client_call *call = fake_client_call(server->f->client);

        while (call && strstr(fake_call_target(call), "watch="))
                call = fake_call_next(call);
        return call;
}

/* The least that a watch asks for: a server that never ends one is given up. */
static void end_old_watch(struct server *server, enum server_collection collection) {
        struct server_watch *watch = &server->watches[collection];
        struct client_call *call =
                served[collection].watch
                        ? fake_client_find(server->f->client, served[collection].watch)
                        : NULL;

        if (!call)
                return;
        if (strcmp(watch->target, fake_call_target(call)) != 0) {
                snprintf(watch->target, sizeof(watch->target), "%s", fake_call_target(call));
                watch->since_ms = clock_monotonic_ms();
        } else if (clock_monotonic_ms() - watch->since_ms >= WATCH_MS) {
                fake_call_end(call, ERR_NONE, NULL);
        }
}

void server_run(struct server *server, int64_t ms) {
        for (int64_t t = 0; t < ms; t += STEP_MS) {
                struct client_call *call;
                unsigned n = 0;

                for (int i = 0; i < SERVED_COLLECTIONS; i++)
                        end_old_watch(server, (enum server_collection)i);
                fake_loop_advance(server->f->loop, STEP_MS);
                while ((call = next_call(server))) {
                        const char *target = fake_call_target(call);

                        server->n_requests++;
                        assert_true(++n < CALLS_A_STEP_MAX);
                        if (server->ill_at && strstr(target, server->ill_at))
                                serve_ill(server, call);
                        else
                                serve_well(server, call, false);
                        fake_loop_advance(server->f->loop, 0);
                }
        }
}

void server_change(struct server *server, enum server_collection collection, const char *patch) {
        JSON_CLEANUP struct json *json = parse(bytes_of(patch));

        change(server, collection, json_at_mut(server->objects[collection], 0), json);
}

void server_remove(struct server *server, enum server_collection collection) {
        struct json *object = json_at_mut(server->objects[collection], 0);

        stamp(server, object);
        tell(server, collection, "DELETED", object);
        json_remove_at(server->objects[collection], 0);
}

static void put(struct server *server, enum server_collection collection, const char *text) {
        struct json *object = parse(bytes_of(text));

        stamp(server, object);
        json_append(server->objects[collection], object);
}

void server_start(struct server *server, struct fixture *f) {
        *server = (struct server){ .f = f };
        f->version = 100;
        for (int i = 0; i < SERVED_COLLECTIONS; i++)
                server->objects[i] = json_new_array();
        put(server, SERVED_LLCS, CANARY);
        put(server, SERVED_ROLLOUTS, ROLLOUT("6", "aaa"));
        put(server, SERVED_BUDGETS, BUDGET);
        server_run(server, 20000);
}

void server_stop(struct server *server) {
        for (int i = 0; i < SERVED_COLLECTIONS; i++)
                json_free(server->objects[i]);
}
