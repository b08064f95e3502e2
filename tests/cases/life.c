#include "life.h"

#include <stdio.h>
#include <string.h>

#include "llc/api/resource.h"
#include "llc/base/timestamp.h"
#include "llc/canary/plan.h"

unsigned life_roll(struct life *life, unsigned n) {
        life->random ^= life->random << 13;
        life->random ^= life->random >> 7;
        life->random ^= life->random << 17;
        return (unsigned)(life->random >> 33) % n;
}

struct json *life_spec(struct life *life) {
        return json_get_mut(json_get_mut(life->server.tree, "llc"), "spec");
}

struct json *life_rollout(struct life *life) {
        return json_get_mut(life->server.tree, "rollout");
}

static struct json *any_pod(struct life *life) {
        struct json *pods = server_list(&life->server, "pods");

        return json_length(pods) > 0
                       ? json_at_mut(pods, life_roll(life, (unsigned)json_length(pods)))
                       : NULL;
}

bool life_text_is(const struct json *json, const char *text) {
        return json_kind(json) == JSON_STRING && bytes_is(json_as_string(json), text);
}

void life_choose(struct life *life, struct json *object, const char *key, const char *const *values,
                 unsigned n) {
        json_set_str(object, key, values[life_roll(life, n)]);
}

/* What somebody wants */

static void want_replicas(struct life *life) {
        json_set_int(life_spec(life), "replicas", life_roll(life, 5));
        server_bump_generation(&life->server);
}

static void want_image(struct life *life) {
        LIFE_CHOOSE(life, life_spec(life), "image", "good-0", "good-1", "bad-0", "bad-1");
        server_bump_generation(&life->server);
}

static void want_mode(struct life *life) {
        LIFE_CHOOSE(life, json_object_at(life_spec(life), "traffic"), "mode", "Service", "None");
        server_bump_generation(&life->server);
}

static void want_pause(struct life *life) {
        json_set_bool(life_spec(life), "paused", life_roll(life, 2));
        server_bump_generation(&life->server);
}

static void want_on_failure(struct life *life) {
        LIFE_CHOOSE(life, life_spec(life), "onFailure", "Quarantine", "Terminate", "Keep");
        server_bump_generation(&life->server);
}

static void want_on_missing(struct life *life) {
        LIFE_CHOOSE(life, life_spec(life), "onRolloutMissing", "Quarantine", "Terminate", "Keep");
        server_bump_generation(&life->server);
}

static void want_policy(struct life *life) {
        struct json *policy = json_object_at(life_spec(life), "updatePolicy");

        LIFE_CHOOSE(life, policy, "type", "Relabel", "Recreate", "OnDelete");
        LIFE_CHOOSE(life, policy, "maxUnavailable", "1", "2", "50%");
        server_bump_generation(&life->server);
}

static void want_min_ready(struct life *life) {
        json_set_int(life_spec(life), "minReadySeconds", 5 * life_roll(life, 2));
        server_bump_generation(&life->server);
}

static void want_resume(struct life *life) {
        struct json *meta = json_get_mut(json_get_mut(life->server.tree, "llc"), "metadata");

        json_set_str(json_object_at(meta, "annotations"), ANNOTATION_RESUME,
                     arena_printf(&life->arena, "%u", life_roll(life, 4)));
}

/* What becomes of production */

static void promote(struct life *life) {
        LIFE_CHOOSE(life, json_object_at(life_rollout(life), "status"), "stableRS", "6d8f", "7c7c",
                    "9b9b", "");
}

void life_move_service(struct life *life) {
        struct json *service = json_get_mut(life->server.tree, "service");
        const struct json *hash = json_get(json_get(life_rollout(life), "status"), "stableRS");

        if (service)
                json_set(json_object_at(json_get_mut(service, "spec"), "selector"), LABEL_HASH,
                         json_clone(hash));
}

static void scale_production(struct life *life) {
        json_set_int(json_object_at(life_rollout(life), "spec"), "replicas",
                     life_roll(life, 2) * 3);
}

static void lose_rollout(struct life *life) {
        LIFE_CHOOSE(life, life->server.tree, "rolloutState", "Missing", "Found", "NoKind",
                    "Unknown");
        life->budgets_lost |= life_text_is(json_get(life->server.tree, "rolloutState"), "Unknown");
}

static void delete_rollout(struct life *life) {
        struct json *meta = json_get_mut(life_rollout(life), "metadata");

        if (life_roll(life, 2))
                json_set_str(meta, "deletionTimestamp", "2026-01-01T11:00:00Z");
        else
                json_remove(meta, "deletionTimestamp");
}

static void ail_stable(struct life *life) {
        life->server.stable_ready = life_roll(life, 2) * 3;
}

static void refuse(struct life *life) {
        life->server.refused = life_roll(life, 2) ? 1u << life_roll(life, ACTION_CREATE + 1) : 0;
        life->budgets_lost |= life->server.refused == 1u << ACTION_RECOUNT;
}

/* What becomes of pods */

static void set_ready(struct life *life, struct json *pod, const char *status) {
        char now[TIMESTAMP_SIZE];
        struct json *list = json_new_array(), *ready = json_new_object();

        json_set_str(ready, "type", "Ready");
        json_set_str(ready, "status", status);
        json_set_str(ready, "lastTransitionTime", timestamp_format(life->server.now, now));
        json_append(list, ready);
        json_set(json_object_at(pod, "status"), "conditions", list);
        server_recount(&life->server, pod);
}

bool life_is_live(const struct json *pod) {
        const struct json *phase = json_get(json_get(pod, "status"), "phase");

        return !json_has(json_get(pod, "metadata"), "deletionTimestamp") &&
               !life_text_is(phase, "Failed") && !life_text_is(phase, "Succeeded");
}

bool life_is_bad(const struct json *pod) {
        const struct json *list = json_get(json_get(pod, "spec"), "containers");
        const struct json *image = json_get(json_at(list, 0), "image");

        return strncmp(json_as_string(image).ptr, "bad", 3) == 0;
}

void life_crash(struct life *life, struct json *pod) {
        static const char text[] = "[{\"name\":\"app\",\"restartCount\":6,\"state\":{\"waiting\":"
                                   "{\"reason\":\"CrashLoopBackOff\"}}}]";
        struct json *statuses;
        struct err err;

        json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &statuses, &err);
        json_set_str(json_object_at(pod, "status"), "phase", "Running");
        json_set(json_object_at(pod, "status"), "containerStatuses", statuses);
        set_ready(life, pod, "False");
}

void life_run(struct life *life, struct json *pod) {
        json_set_str(json_object_at(pod, "status"), "phase", "Running");
        json_remove(json_object_at(pod, "status"), "containerStatuses");
        set_ready(life, pod, "True");
}

static void pod_crashes(struct life *life) {
        struct json *pod = any_pod(life);

        if (pod && life_is_live(pod))
                life_crash(life, pod);
}

static void pod_runs(struct life *life) {
        struct json *pod = any_pod(life);

        if (pod && life_is_live(pod))
                life_run(life, pod);
}

static void pod_ails(struct life *life) {
        struct json *pod = any_pod(life);

        if (pod && life_is_live(pod))
                set_ready(life, pod, "False");
}

static void pod_ends(struct life *life) {
        struct json *pod = any_pod(life);

        if (!pod || !life_is_live(pod))
                return;
        LIFE_CHOOSE(life, json_object_at(pod, "status"), "phase", "Failed", "Succeeded");
        server_recount(&life->server, pod);
}

static void pod_is_deleted(struct life *life) {
        struct json *pod = any_pod(life);

        if (!pod)
                return;
        json_set_str(json_get_mut(pod, "metadata"), "deletionTimestamp", "2026-01-01T11:00:00Z");
        server_recount(&life->server, pod);
}

bool life_is_held(const struct json *pod) {
        return json_has(json_get(json_get(pod, "metadata"), "annotations"), ANNOTATION_HELD_LABELS);
}

/* Of one in traffic; what another leaves behind nobody could know. */
static void pods_vanish(struct life *life) {
        struct json *pods = server_list(&life->server, "pods");
        JSON_CLEANUP struct json *gone = NULL;
        unsigned i;

        if (json_length(pods) == 0)
                return;
        i = life_roll(life, (unsigned)json_length(pods));
        if (life_is_held(json_at(pods, i)))
                return;
        gone = json_clone(json_at(pods, i));
        json_remove_at(pods, i);
        server_recount(&life->server, gone);
}

static void lose_status(struct life *life) {
        json_remove(json_get_mut(life->server.tree, "llc"), "status");
}

/* What becomes of time and of the controller */

static void wait(struct life *life) {
        static const int64_t ms[] = { 1000, 10000, 60000, 700000 };

        life->server.now += ms[life_roll(life, 4)];
}

static void turn_back_the_clock(struct life *life) {
        life->server.now -= 30000;
}

static void turn(struct life *life) {
        server_turn(&life->server);
}

static const struct {
        const char *name;
        void (*happen)(struct life *life);
        unsigned often;
} EVENTS[] = {
        { "want replicas", want_replicas, 3 },
        { "want image", want_image, 3 },
        { "want mode", want_mode, 2 },
        { "want pause", want_pause, 2 },
        { "want onFailure", want_on_failure, 2 },
        { "want onRolloutMissing", want_on_missing, 1 },
        { "want policy", want_policy, 1 },
        { "want resume", want_resume, 2 },
        { "want minReadySeconds", want_min_ready, 1 },
        { "promote", promote, 3 },
        { "move Service", life_move_service, 3 },
        { "scale production", scale_production, 1 },
        { "lose Rollout", lose_rollout, 2 },
        { "delete Rollout", delete_rollout, 1 },
        { "ail stable", ail_stable, 2 },
        { "refuse", refuse, 1 },
        { "pod crashes", pod_crashes, 3 },
        { "pod runs", pod_runs, 6 },
        { "pod ails", pod_ails, 2 },
        { "pod ends", pod_ends, 1 },
        { "pod is deleted", pod_is_deleted, 1 },
        { "pods vanish", pods_vanish, 1 },
        { "lose status", lose_status, 1 },
        { "wait", wait, 4 },
        { "turn back the clock", turn_back_the_clock, 1 },
        { "turn", turn, 12 },
};

enum { N_EVENTS = sizeof(EVENTS) / sizeof(EVENTS[0]) };

void life_happen(struct life *life) {
        unsigned all = 0, chosen, i = 0;

        for (size_t j = 0; j < N_EVENTS; j++)
                all += EVENTS[j].often;
        chosen = life_roll(life, all);
        while (chosen >= EVENTS[i].often)
                chosen -= EVENTS[i++].often;
        if (life->trace)
                printf("  %s\n", EVENTS[i].name);
        EVENTS[i].happen(life);
}
