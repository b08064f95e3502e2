/*
 * Scheduler and kubelet of pretended nodes: a pod gets a node, starts, is ready, and when it is
 * deleted is gone. What a test or a reader wants to see otherwise it says in annotations:
 *
 *   llc-sim/start-after-ms: "500"   how long it takes to start (20 unless said)
 *   llc-sim/never-ready: "true"     runs, and is not ready
 *   llc-sim/image-error: "true"     its image cannot be pulled
 *   llc-sim/crash-loop: "7"         has crashed that often, and waits for its back-off to end
 *
 * Once it has started, its status is left alone: who writes it then plays the kubelet.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/keys.h"
#include "actors/owned.h"
#include "actors/writer.h"
#include "llc/base/timestamp.h"
#include "storage/storage.h"
#include "verbs/bind.h"

enum { START_AFTER_MS = 20, STOP_AFTER_MS = 20, NODES = 2, ADDRESSES = 1 << 16 };

struct kubelet {
        struct writer writer;
        struct keys *keys;
        const struct kind *pods, *nodes;
        unsigned n_scheduled, n_started;
};

static const char *wish(const struct json *pod, const char *key) {
        return json_text_at(json_get(json_get(pod, "metadata"), "annotations"), key);
}

static bool wishes(const struct json *pod, const char *key) {
        return strcmp(wish(pod, key), "true") == 0;
}

static int64_t number_of(const char *text, int64_t otherwise) {
        char *end;
        long long number = strtoll(text, &end, 10);

        return *text && !*end && number >= 0 && number < INT32_MAX ? number : otherwise;
}

static int64_t crashes_of(const struct json *pod) {
        return number_of(wish(pod, "llc-sim/crash-loop"), 0);
}

/* --- what a started pod looks like ------------------------------------------------------------ */

static void add_condition(struct json *conditions, const char *type, bool yes, const char *reason,
                          const char *now) {
        struct json *condition = json_new_object();

        json_set_str(condition, "type", type);
        json_set_str(condition, "status", yes ? "True" : "False");
        json_set(condition, "lastProbeTime", NULL);
        json_set_str(condition, "lastTransitionTime", now);
        if (!yes)
                json_set_str(condition, "reason", reason);
        json_append(conditions, condition);
}

/* PodScheduled stays; of the others none is there before the start. */
static struct json *conditions_of(const struct json *pod, bool ready, const char *now) {
        const struct json *before = json_get(json_get(pod, "status"), "conditions");
        struct json *conditions = json_new_array();

        for (size_t i = 0; i < json_length(before); i++)
                if (strcmp(json_text_at(json_at(before, i), "type"), "PodScheduled") == 0)
                        json_append(conditions, json_clone(json_at(before, i)));
        add_condition(conditions, "Initialized", true, "", now);
        add_condition(conditions, "Ready", ready, "ContainersNotReady", now);
        add_condition(conditions, "ContainersReady", ready, "ContainersNotReady", now);
        return conditions;
}

static struct json *waiting(const char *reason, const char *message) {
        struct json *state = json_new_object(), *what = json_object_at(state, "waiting");

        json_set_str(what, "reason", reason);
        json_set_str(what, "message", message);
        return state;
}

static struct json *running(const char *now) {
        struct json *state = json_new_object();

        json_set_str(json_object_at(state, "running"), "startedAt", now);
        return state;
}

static struct json *state_of(const struct json *pod, const struct json *container,
                             const char *now) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct json *meta = json_get(pod, "metadata");

        if (wishes(pod, "llc-sim/image-error"))
                return waiting("ImagePullBackOff",
                               arena_printf(&arena, "Back-off pulling image \"%s\"",
                                            json_text_at(container, "image")));
        if (crashes_of(pod) > 0)
                return waiting("CrashLoopBackOff",
                               arena_printf(&arena,
                                            "back-off 5m0s restarting failed container=%s "
                                            "pod=%s_%s(%s)",
                                            json_text_at(container, "name"),
                                            json_text_at(meta, "name"),
                                            json_text_at(meta, "namespace"),
                                            json_text_at(meta, "uid")));
        return running(now);
}

static struct json *container_status(const struct json *pod, const struct json *container,
                                     bool ready, const char *now) {
        struct json *status = json_new_object(), *state = state_of(pod, container, now);

        json_set_str(status, "name", json_text_at(container, "name"));
        json_set_str(status, "image", json_text_at(container, "image"));
        json_set_str(status, "imageID", "");
        json_set_bool(status, "ready", ready);
        json_set_bool(status, "started", json_has(state, "running"));
        json_set_int(status, "restartCount", crashes_of(pod));
        json_set(status, "state", state);
        json_set(status, "lastState", json_new_object());
        return status;
}

static struct json *status_of(struct kubelet *kubelet, const struct json *pod) {
        const struct json *containers = json_get(json_get(pod, "spec"), "containers");
        bool image_error = wishes(pod, "llc-sim/image-error");
        bool ready = !image_error && crashes_of(pod) == 0 && !wishes(pod, "llc-sim/never-ready");
        unsigned address = 1 + kubelet->n_started++ % (ADDRESSES - 2);
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct json *status = json_new_object(), *statuses = json_new_array();
        struct json *ips = json_new_array(), *ip = json_new_object();
        const char *text = arena_printf(&arena, "10.244.%u.%u", address >> 8 & 255, address & 255);
        char now[TIMESTAMP_SIZE];

        timestamp_format(agenda_now_ms(kubelet->writer.sim->agenda), now);
        json_set_str(status, "phase", image_error ? "Pending" : "Running");
        json_set(status, "conditions", conditions_of(pod, ready, now));
        json_set_str(status, "hostIP", "127.0.0.1");
        json_set_str(status, "podIP", text);
        json_set_str(ip, "ip", text);
        json_append(ips, ip);
        json_set(status, "podIPs", ips);
        json_set_str(status, "startTime", now);
        for (size_t i = 0; i < json_length(containers); i++)
                json_append(statuses, container_status(pod, json_at(containers, i), ready, now));
        json_set(status, "containerStatuses", statuses);
        return status;
}

/* --- a pod's way ------------------------------------------------------------------------------ */

static void schedule(struct kubelet *kubelet, const char *namespace_, const char *name,
                     const struct json *pod) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        if (strcmp(json_text_at(json_get(pod, "spec"), "schedulerName"), "default-scheduler") != 0)
                return;
        verb_bind(kubelet->writer.sim, namespace_, name,
                  arena_printf(&arena, "sim-node-%u", 1 + kubelet->n_scheduled++ % NODES),
                  &refusal);
        refusal_deinit(&refusal);
}

static void begin(struct kubelet *kubelet, const char *namespace_, const char *name,
                  const struct json *pod) {
        struct json *patch = json_new_object();

        json_set_str(json_object_at(patch, "metadata"), "uid",
                     json_text_at(json_get(pod, "metadata"), "uid"));
        json_set(patch, "status", status_of(kubelet, pod));
        writer_patch(&kubelet->writer, kubelet->pods, namespace_, name, PART_STATUS, patch);
}

static void end(struct kubelet *kubelet, const char *namespace_, const char *name,
                const char *uid) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        const struct delete_options options = { .grace_s = 0, .uid = uid };
        struct record *record;
        bool gone;

        if (verb_delete(kubelet->writer.sim, kubelet->pods, namespace_, name, &options, &record,
                        &gone, &refusal) == 0)
                record_unref(record);
        refusal_deinit(&refusal);
}

static void look(void *ctx, const char *namespace_, const char *name) {
        struct kubelet *kubelet = ctx;
        struct record *record = collection_get(kubelet->pods->objects, namespace_, name);
        JSON_CLEANUP struct json *pod = record ? record_tree(record) : NULL;
        const struct json *meta = json_get(pod, "metadata");

        if (!pod)
                return;
        if (record->deleting)
                end(kubelet, namespace_, name, json_text_at(meta, "uid"));
        else if (!*json_text_at(json_get(pod, "spec"), "nodeName"))
                schedule(kubelet, namespace_, name, pod);
        else if (!*json_text_at(json_get(pod, "status"), "startTime"))
                begin(kubelet, namespace_, name, pod);
}

static bool has_node(const struct record *record) {
        return owned_mentions(record, "\"nodeName\":");
}

/* It has just got its node, from the scheduler or whomever. */
static void note_start(struct kubelet *kubelet, const struct record *record) {
        JSON_CLEANUP struct json *pod = record_tree(record);

        keys_add(kubelet->keys, record->namespace_, record->name,
                 number_of(wish(pod, "llc-sim/start-after-ms"), START_AFTER_MS));
}

static void on_change(void *ctx, const struct change *change) {
        struct kubelet *kubelet = ctx;
        const struct record *record = change->record;

        if (collection_owner(change->collection) != kubelet->pods || change->type == CHANGE_DELETED)
                return;
        if (record->deleting)
                keys_add(kubelet->keys, record->namespace_, record->name, STOP_AFTER_MS);
        else if (has_node(record) && (!change->before || !has_node(change->before)))
                note_start(kubelet, record);
        else if (change->type == CHANGE_ADDED)
                keys_add(kubelet->keys, record->namespace_, record->name, 0);
}

static bool note(void *ctx, struct record *record) {
        struct kubelet *kubelet = ctx;

        keys_add(kubelet->keys, record->namespace_, record->name, 0);
        return true;
}

static void make_node(struct kubelet *kubelet, unsigned number) {
        static const char text[] =
                "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"labels\":{"
                "\"kubernetes.io/os\":\"linux\"}},\"status\":{\"capacity\":{\"cpu\":\"1000\","
                "\"memory\":\"4Ti\",\"pods\":\"100000\"},\"allocatable\":{\"cpu\":\"1000\","
                "\"memory\":\"4Ti\",\"pods\":\"100000\"},\"conditions\":[{\"type\":\"Ready\","
                "\"status\":\"True\",\"reason\":\"KubeletReady\",\"message\":\"pretended\"}],"
                "\"nodeInfo\":{\"kubeletVersion\":\"llc-sim\",\"operatingSystem\":\"linux\"}}}";
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const char *name = arena_printf(&arena, "sim-node-%u", number);
        struct json *node;
        struct err err;

        if (collection_get(kubelet->nodes->objects, "", name) ||
            json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &node, &err) < 0)
                return;
        json_set_str(json_object_at(node, "metadata"), "name", name);
        json_set_str(json_object_at(json_object_at(node, "metadata"), "labels"),
                     "kubernetes.io/hostname", name);
        writer_create(&kubelet->writer, kubelet->nodes, "", node);
}

static void *start(struct sim *sim) {
        struct kubelet *kubelet = calloc(1, sizeof(*kubelet));

        assert(kubelet);
        kubelet->writer = (struct writer){ .sim = sim, .manager = KUBELET.name };
        kubelet->keys = keys_new(sim->agenda, look, kubelet);
        kubelet->pods = kinds_find(sim->kinds, "", "v1", "pods");
        kubelet->nodes = kinds_find(sim->kinds, "", "v1", "nodes");
        for (unsigned i = 1; i <= NODES; i++)
                make_node(kubelet, i);
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = kubelet });
        collection_walk(kubelet->pods->objects, "", "", "", note, kubelet);
        return kubelet;
}

static void stop(void *actor) {
        struct kubelet *kubelet = actor;

        storage_unlisten(kubelet->writer.sim->storage,
                         (struct listener){ .fn = on_change, .ctx = kubelet });
        keys_free(kubelet->keys);
        free(kubelet);
}

const struct actor_type KUBELET = {
        .name = "kubelet",
        .start = start,
        .stop = stop,
};
