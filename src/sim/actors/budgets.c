/*
 * PodDisruptionBudgets: how many pods may be evicted now (pkg/controller/disruption). As there, a
 * change of a pod wakes the budgets that match the labels it has then: one that it has left learns of
 * it only when something else happens to it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/keys.h"
#include "actors/owned.h"
#include "actors/pod_state.h"
#include "actors/selector_index.h"
#include "actors/writer.h"
#include "kinds/metadata.h"
#include "llc/base/timestamp.h"
#include "storage/selector.h"
#include "storage/storage.h"

enum { DISRUPTED_FOR_MS = 120000, NOT_FOUND = 404 };

struct budgets {
        struct writer writer;
        struct keys *keys;
        struct selector_index *selectors;
        const struct kind *kind, *pods, *sets, *deployments;
};

struct count {
        const struct budgets *budgets;
        struct arena arena;
        const char *namespace_;
        int64_t now_ms;
        struct json *tree;
        const struct selector *selector;
        bool by_scale; /* what it asks for is a share of what there should be */
        int64_t n, healthy;
        struct strings controllers; /* UIDs */
        int64_t scale;              /* of all of them together */
        struct json *disrupted;     /* pods that are being evicted, and since when */
        int64_t look_again_ms;      /* -1 = when something changes */
        const char *failure;        /* NULL = none */
};

struct controller {
        const char *uid; /* NULL = there is none */
        int64_t scale;
};

static struct json *tree_of(const struct kind *kind, const char *namespace_,
                            const struct json *reference) {
        const struct record *record =
                collection_get(kind->objects, namespace_, json_text_at(reference, "name"));

        if (!record || strcmp(record->uid, json_text_at(reference, "uid")) != 0)
                return NULL;
        return record_tree(record);
}

static bool is_of(const struct json *reference, const char *kind) {
        return strcmp(json_text_at(reference, "kind"), kind) == 0 &&
               strncmp(json_text_at(reference, "apiVersion"), "apps/", strlen("apps/")) == 0;
}

static struct controller controller_of(struct count *count, const struct json *tree) {
        return (struct controller){
                .uid = arena_strdup(&count->arena, json_text_at(json_get(tree, "metadata"), "uid")),
                .scale = json_int_at(json_get(tree, "spec"), "replicas", 0),
        };
}

/* A ReplicaSet counts by itself, unless a Deployment stands behind it. */
static struct controller of_replica_set(struct count *count, const struct json *reference) {
        const struct budgets *budgets = count->budgets;
        JSON_CLEANUP struct json *set = NULL, *deployment = NULL;
        const struct json *owner;

        if (is_of(reference, "ReplicaSet"))
                set = tree_of(budgets->sets, count->namespace_, reference);
        owner = owned_controller(set);
        if (!is_of(owner, "Deployment"))
                return set ? controller_of(count, set) : (struct controller){ 0 };
        deployment = tree_of(budgets->deployments, count->namespace_, owner);
        return deployment ? controller_of(count, deployment) : (struct controller){ 0 };
}

static struct controller of_scale(struct count *count, const struct json *reference) {
        struct sim *sim = count->budgets->writer.sim;
        const char *version = json_text_at(reference, "apiVersion");
        const struct kind *kind =
                kinds_find_name(sim->kinds, version, json_text_at(reference, "kind"));
        struct refusal refusal = { .arena = &count->arena };
        struct controller controller = { 0 };
        JSON_CLEANUP struct json *scale = NULL;

        if (!kind) {
                count->failure =
                        arena_printf(&count->arena, "no matches for kind \"%s\" in version \"%s\"",
                                     json_text_at(reference, "kind"), version);
        } else if (!kind->scale) {
                count->failure =
                        arena_printf(&count->arena, "%s does not implement the scale subresource",
                                     kind_resource_name(kind, &count->arena));
        } else if (verb_scale_get(sim, kind, count->namespace_, json_text_at(reference, "name"),
                                  &scale, &refusal) == 0) {
                if (strcmp(json_text_at(json_get(scale, "metadata"), "uid"),
                           json_text_at(reference, "uid")) == 0)
                        controller = controller_of(count, scale);
        } else if (refusal.code != NOT_FOUND) {
                count->failure = refusal.message;
        }
        refusal_deinit(&refusal);
        return controller;
}

static bool is_counted(const struct count *count, const char *uid) {
        for (size_t i = 0; i < count->controllers.n; i++)
                if (strcmp(count->controllers.items[i], uid) == 0)
                        return true;
        return false;
}

/* A pod without a controller is not counted: it is not known how many of its like there should be. */
static void count_controller(struct count *count, const struct json *pod) {
        const struct json *reference = owned_controller(pod);
        struct controller controller;

        if (!reference || count->failure || is_counted(count, json_text_at(reference, "uid")))
                return;
        controller = of_replica_set(count, reference);
        if (!controller.uid)
                controller = of_scale(count, reference);
        if (!controller.uid && !count->failure)
                count->failure = arena_printf(&count->arena, "found no controllers for pod \"%s\"",
                                              metadata_name(pod));
        if (!controller.uid || is_counted(count, controller.uid))
                return;
        strings_add(&count->controllers, "%s", controller.uid);
        count->scale += controller.scale;
}

/* One that is being evicted counts as gone, until it is or two minutes have passed. */
static bool is_disrupted(struct count *count, const char *name) {
        const struct json *disrupted = json_get(json_get(count->tree, "status"), "disruptedPods");
        int64_t since = pod_time_ms(disrupted, name);
        int64_t left_ms = since + DISRUPTED_FOR_MS - count->now_ms;

        if (since == 0 || left_ms < 0)
                return false;
        json_set_str(count->disrupted, name, json_text_at(disrupted, name));
        if (count->look_again_ms < 0 || left_ms + 1 < count->look_again_ms)
                count->look_again_ms = left_ms + 1;
        return true;
}

static bool count_pod(void *ctx, struct record *record) {
        struct count *count = ctx;
        struct json *pod;

        if (!selector_matches(count->selector, record->labels))
                return true;
        pod = record_tree(record);
        count->n++;
        if (!record->deleting && !is_disrupted(count, record->name) && pod_ready_since_ms(pod) > 0)
                count->healthy++;
        if (count->by_scale)
                count_controller(count, pod);
        json_free(pod);
        return true;
}

/* "30%" of a whole, rounded up; otherwise the number. */
static int64_t share_of(const struct json *value, int64_t whole) {
        char *end;
        long long number;

        if (json_kind(value) == JSON_INT)
                return json_as_int(value);
        if (json_kind(value) != JSON_STRING)
                return 0;
        number = strtoll(json_as_string(value).ptr, &end, 10);
        if (number < 0 || number > INT32_MAX)
                return 0;
        return *end == '%' ? (number * whole + 99) / 100 : number;
}

struct need {
        int64_t expected, desired;
};

static struct need need_of(const struct count *count) {
        const struct json *spec = json_get(count->tree, "spec");
        const struct json *minimum = json_get(spec, "minAvailable");
        const struct json *maximum = json_get(spec, "maxUnavailable");
        struct need need = { .expected = count->by_scale ? count->scale : minimum ? count->n : 0 };

        if (maximum)
                need.desired = need.expected - share_of(maximum, need.expected);
        else
                need.desired = share_of(minimum, need.expected);
        if (need.desired < 0)
                need.desired = 0;
        return need;
}

static struct json *condition_of(const struct count *count, bool allowed, const char *reason,
                                 const char *message, const struct json *observed) {
        const struct json *old = json_get(json_get(count->tree, "status"), "conditions");
        const struct json *was = json_length(old) > 0 ? json_at(old, 0) : NULL;
        const char *value = allowed ? "True" : "False";
        struct json *condition = json_new_object();
        char now[TIMESTAMP_SIZE];

        timestamp_format(count->now_ms, now);
        if (strcmp(json_text_at(was, "status"), value) == 0)
                json_set_str(condition, "lastTransitionTime",
                             json_text_at(was, "lastTransitionTime"));
        else
                json_set_str(condition, "lastTransitionTime", now);
        json_set_str(condition, "type", "DisruptionAllowed");
        json_set_str(condition, "status", value);
        json_set_str(condition, "reason", reason);
        json_set_str(condition, "message", message);
        if (observed)
                json_set(condition, "observedGeneration", json_clone(observed));
        return condition;
}

/* What is no more is taken away, as a merge patch says it. */
static void patch_disrupted(const struct count *count, struct json *status) {
        const struct json *before = json_get(json_get(count->tree, "status"), "disruptedPods");
        const struct json *value;
        void *cursor = NULL;
        const char *name;

        if (json_length(count->disrupted) == 0) {
                json_set(status, "disruptedPods", NULL);
                return;
        }
        while (json_next(before, &cursor, &name, &value))
                if (!json_has(count->disrupted, name))
                        json_set(json_object_at(status, "disruptedPods"), name, NULL);
}

static void tell(const struct count *count, const char *name) {
        const struct json *generation = json_get(json_get(count->tree, "metadata"), "generation");
        const struct json *observed =
                json_get(json_get(count->tree, "status"), "observedGeneration");
        struct need need = need_of(count);
        int64_t allowed = count->healthy - need.desired;
        struct json *patch = json_new_object(), *status = json_object_at(patch, "status");
        struct json *conditions = json_new_array();

        if (allowed < 0 || need.expected <= 0 || count->failure)
                allowed = 0;
        if (!count->failure) {
                json_set_int(status, "currentHealthy", count->healthy);
                json_set_int(status, "desiredHealthy", need.desired);
                json_set_int(status, "expectedPods", need.expected);
                json_set(status, "observedGeneration", json_clone(generation));
                patch_disrupted(count, status);
                observed = generation;
        }
        json_set_int(status, "disruptionsAllowed", allowed);
        json_append(conditions,
                    count->failure
                            ? condition_of(count, false, "SyncFailed", count->failure, observed)
                            : condition_of(count, allowed > 0,
                                           allowed > 0 ? "SufficientPods" : "InsufficientPods", "",
                                           observed));
        json_set(status, "conditions", conditions);
        writer_patch(&count->budgets->writer, count->budgets->kind, count->namespace_, name,
                     PART_STATUS, patch);
}

static void look(void *ctx, const char *namespace_, const char *name) {
        const struct budgets *budgets = ctx;
        struct record *record = collection_get(budgets->kind->objects, namespace_, name);
        struct count count = {
                .budgets = budgets,
                .arena = ARENA_INIT,
                .namespace_ = namespace_,
                .now_ms = agenda_now_ms(budgets->writer.sim->agenda),
                .look_again_ms = -1,
        };
        const struct json *spec;
        struct err err;

        if (!record || record->deleting)
                return;
        count.tree = record_tree(record);
        count.controllers.arena = &count.arena;
        count.disrupted = json_new_object();
        spec = json_get(count.tree, "spec");
        count.by_scale = json_has(spec, "maxUnavailable") ||
                         json_kind(json_get(spec, "minAvailable")) == JSON_STRING;
        if (selector_of_json(json_get(spec, "selector"), &count.arena, &count.selector, &err) ==
            0) {
                collection_walk(budgets->pods->objects, namespace_, namespace_, "", count_pod,
                                &count);
                tell(&count, name);
        }
        if (count.look_again_ms >= 0)
                keys_add(budgets->keys, namespace_, name, count.look_again_ms);
        json_free(count.disrupted);
        json_free(count.tree);
        arena_deinit(&count.arena);
}

/* --- what wakes it ---------------------------------------------------------------------------- */

static void note(void *ctx, const char *namespace_, const char *name) {
        struct budgets *budgets = ctx;

        keys_add(budgets->keys, namespace_, name, 0);
}

static bool learn(void *ctx, struct record *record) {
        struct budgets *budgets = ctx;
        JSON_CLEANUP struct json *tree = record_tree(record);

        selector_index_put(budgets->selectors, record->namespace_, record->name,
                           json_get(json_get(json_get(tree, "spec"), "selector"), "matchLabels"));
        note(budgets, record->namespace_, record->name);
        return true;
}

static void on_change(void *ctx, const struct change *change) {
        struct budgets *budgets = ctx;
        const struct kind *kind = collection_owner(change->collection);
        struct record *record = change->record;

        if (kind == budgets->kind && change->type == CHANGE_DELETED)
                selector_index_remove(budgets->selectors, record->namespace_, record->name);
        else if (kind == budgets->kind)
                learn(budgets, record);
        else if (kind == budgets->pods)
                selector_index_walk(budgets->selectors, record->namespace_, record->labels, note,
                                    budgets);
}

static void *start(struct sim *sim) {
        struct budgets *budgets = calloc(1, sizeof(*budgets));
        uint64_t seed[2];

        assert(budgets);
        budgets->writer = (struct writer){ .sim = sim, .manager = BUDGETS.name };
        budgets->keys = keys_new(sim->agenda, look, budgets);
        budgets->kind = kinds_find(sim->kinds, "policy", "v1", "poddisruptionbudgets");
        budgets->pods = kinds_find(sim->kinds, "", "v1", "pods");
        budgets->sets = kinds_find(sim->kinds, "apps", "v1", "replicasets");
        budgets->deployments = kinds_find(sim->kinds, "apps", "v1", "deployments");
        agenda_random(sim->agenda, seed, sizeof(seed));
        budgets->selectors = selector_index_new(seed);
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = budgets });
        collection_walk(budgets->kind->objects, "", "", "", learn, budgets);
        return budgets;
}

static void stop(void *actor) {
        struct budgets *budgets = actor;

        storage_unlisten(budgets->writer.sim->storage,
                         (struct listener){ .fn = on_change, .ctx = budgets });
        keys_free(budgets->keys);
        selector_index_free(budgets->selectors);
        free(budgets);
}

const struct actor_type BUDGETS = {
        .name = "disruption-controller",
        .start = start,
        .stop = stop,
};
