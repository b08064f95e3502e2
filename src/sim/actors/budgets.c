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
#include "actors/writer.h"
#include "llc/base/timestamp.h"
#include "storage/selector.h"
#include "storage/storage.h"

enum { CONTROLLERS_MAX = 64, DISRUPTED_FOR_MS = 120000 };

struct budgets {
        struct writer writer;
        struct keys *keys;
        const struct kind *kind, *pods;
};

struct count {
        const struct budgets *budgets;
        struct arena arena;
        const char *namespace_;
        struct json *tree;
        const struct selector *selector;
        int64_t n, healthy;
        int64_t scale; /* of all controllers together */
        const char *controllers[CONTROLLERS_MAX];
        size_t n_controllers;
        const char *failure; /* NULL = none */
};

/* A controller's size by its scale; -1 = it has none. */
static int64_t scale_of(const struct count *count, const struct json *owner) {
        struct sim *sim = count->budgets->writer.sim;
        const struct kind *kind = kinds_find_name(sim->kinds, json_text_at(owner, "apiVersion"),
                                                  json_text_at(owner, "kind"));
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        struct json *scale;
        int64_t replicas = -1;

        if (kind && verb_scale_get(sim, kind, count->namespace_, json_text_at(owner, "name"),
                                   &scale, &refusal) == 0) {
                replicas = json_int_at(json_get(scale, "spec"), "replicas", 0);
                json_free(scale);
        }
        refusal_deinit(&refusal);
        return replicas;
}

static void count_controller(struct count *count, const struct json *pod) {
        const struct json *owner = owned_controller(pod);
        const char *uid = json_text_at(owner, "uid");
        int64_t scale;

        for (size_t i = 0; i < count->n_controllers; i++)
                if (strcmp(count->controllers[i], uid) == 0)
                        return;
        scale = owner ? scale_of(count, owner) : -1;
        if (scale < 0 || count->n_controllers == CONTROLLERS_MAX) {
                count->failure = arena_printf(&count->arena, "found no controllers for pod \"%s\"",
                                              json_text_at(json_get(pod, "metadata"), "name"));
                return;
        }
        count->controllers[count->n_controllers++] = arena_strdup(&count->arena, uid);
        count->scale += scale;
}

/* One that is being evicted counts as gone, until it is or two minutes have passed. */
static bool is_disrupted(const struct count *count, const char *name) {
        const struct json *disrupted = json_get(json_get(count->tree, "status"), "disruptedPods");
        int64_t since = pod_time_ms(disrupted, name);

        return since > 0 &&
               agenda_now_ms(count->budgets->writer.sim->agenda) < since + DISRUPTED_FOR_MS;
}

static bool count_pod(void *ctx, struct record *record) {
        struct count *count = ctx;
        struct json *pod;

        if (!selector_matches(count->selector, record->labels))
                return true;
        pod = record_tree(record);
        count->n++;
        if (!record->deleting && pod_ready_since_ms(pod) > 0 && !is_disrupted(count, record->name))
                count->healthy++;
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
        struct need need = { .expected = count->n };

        if (maximum) {
                need.expected = count->scale;
                need.desired = need.expected - share_of(maximum, need.expected);
        } else if (json_kind(minimum) == JSON_STRING) {
                need.expected = count->scale;
                need.desired = share_of(minimum, need.expected);
        } else {
                need.desired = share_of(minimum, count->n);
        }
        if (need.desired < 0)
                need.desired = 0;
        return need;
}

static struct json *condition_of(const struct count *count, bool allowed, const char *reason,
                                 const char *message) {
        const struct json *old = json_get(json_get(count->tree, "status"), "conditions");
        const struct json *was = json_length(old) > 0 ? json_at(old, 0) : NULL;
        const char *value = allowed ? "True" : "False";
        struct json *condition = json_new_object();
        char now[TIMESTAMP_SIZE];

        timestamp_format(agenda_now_ms(count->budgets->writer.sim->agenda), now);
        if (strcmp(json_text_at(was, "status"), value) == 0)
                json_set_str(condition, "lastTransitionTime",
                             json_text_at(was, "lastTransitionTime"));
        else
                json_set_str(condition, "lastTransitionTime", now);
        json_set_str(condition, "type", "DisruptionAllowed");
        json_set_str(condition, "status", value);
        json_set_str(condition, "reason", reason);
        json_set_str(condition, "message", message);
        json_set(condition, "observedGeneration",
                 json_clone(json_get(json_get(count->tree, "metadata"), "generation")));
        return condition;
}

static void tell(const struct count *count, const char *name) {
        const struct json *spec = json_get(count->tree, "spec");
        bool by_scale = json_has(spec, "maxUnavailable") ||
                        json_kind(json_get(spec, "minAvailable")) == JSON_STRING;
        struct need need = need_of(count);
        int64_t allowed = count->healthy - need.desired;
        struct json *patch = json_new_object(), *status = json_object_at(patch, "status");
        struct json *conditions = json_new_array();
        bool failed = by_scale && count->failure;

        if (allowed < 0 || need.expected <= 0 || failed)
                allowed = 0;
        if (!failed) {
                json_set_int(status, "currentHealthy", count->healthy);
                json_set_int(status, "desiredHealthy", need.desired);
                json_set_int(status, "expectedPods", need.expected);
                json_set(status, "observedGeneration",
                         json_clone(json_get(json_get(count->tree, "metadata"), "generation")));
        }
        json_set_int(status, "disruptionsAllowed", allowed);
        json_append(conditions,
                    failed ? condition_of(count, false, "SyncFailed", count->failure)
                           : condition_of(count, allowed > 0,
                                          allowed > 0 ? "SufficientPods" : "InsufficientPods", ""));
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
        };
        struct err err;

        if (!record || record->deleting)
                return;
        count.tree = record_tree(record);
        if (selector_of_json(json_get(json_get(count.tree, "spec"), "selector"), &count.arena,
                             &count.selector, &err) == 0) {
                collection_walk(budgets->pods->objects, namespace_, namespace_, "", count_pod,
                                &count);
                tell(&count, name);
        }
        json_free(count.tree);
        arena_deinit(&count.arena);
}

/* --- what wakes it ---------------------------------------------------------------------------- */

struct waking {
        struct budgets *budgets;
        const struct record *pod;
};

static bool note_if_matching(void *ctx, struct record *record) {
        const struct waking *waking = ctx;
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *tree = record_tree(record);
        const struct selector *selector;
        struct err err;

        if (selector_of_json(json_get(json_get(tree, "spec"), "selector"), &arena, &selector,
                             &err) == 0 &&
            selector_matches(selector, waking->pod->labels))
                keys_add(waking->budgets->keys, record->namespace_, record->name, 0);
        return true;
}

static bool note(void *ctx, struct record *record) {
        struct budgets *budgets = ctx;

        keys_add(budgets->keys, record->namespace_, record->name, 0);
        return true;
}

static void on_change(void *ctx, const struct change *change) {
        struct budgets *budgets = ctx;
        const struct kind *kind = collection_owner(change->collection);
        struct waking waking = { .budgets = budgets, .pod = change->record };

        if (kind == budgets->kind)
                note(budgets, change->record);
        else if (kind == budgets->pods)
                collection_walk(budgets->kind->objects, change->record->namespace_,
                                change->record->namespace_, "", note_if_matching, &waking);
}

static void *start(struct sim *sim) {
        struct budgets *budgets = calloc(1, sizeof(*budgets));

        assert(budgets);
        budgets->writer = (struct writer){ .sim = sim, .manager = BUDGETS.name };
        budgets->keys = keys_new(sim->agenda, look, budgets);
        budgets->kind = kinds_find(sim->kinds, "policy", "v1", "poddisruptionbudgets");
        budgets->pods = kinds_find(sim->kinds, "", "v1", "pods");
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = budgets });
        collection_walk(budgets->kind->objects, "", "", "", note, budgets);
        return budgets;
}

static void stop(void *actor) {
        struct budgets *budgets = actor;

        storage_unlisten(budgets->writer.sim->storage,
                         (struct listener){ .fn = on_change, .ctx = budgets });
        keys_free(budgets->keys);
        free(budgets);
}

const struct actor_type BUDGETS = {
        .name = "disruption-controller",
        .start = start,
        .stop = stop,
};
