/*
 * Argo Rollouts in small: see rollout.h. A pass reads everything from the storage, so it never
 * acts on an old view; what it writes wakes it again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/keys.h"
#include "actors/owned.h"
#include "actors/rollout.h"
#include "actors/template_hash.h"
#include "storage/storage.h"

enum { RETRY_MS = 1000, INVALID_RETRY_MS = 20000 };

/* A Rollout that went, until its Services have been looked after. */
struct gone {
        struct record *last;
        struct gone *next;
};

struct rollouts {
        struct writer writer;
        struct keys *keys;
        struct gone *gone;
        const struct kind *kind, *sets, *services, *deployments;
};

void rollout_look_again(struct rollout *rollout, int64_t delay_ms) {
        if (delay_ms < 0)
                delay_ms = 0;
        if (rollout->look_again_ms < 0 || delay_ms < rollout->look_again_ms)
                rollout->look_again_ms = delay_ms;
}

void rollout_wrote(struct rollout *rollout, int r) {
        if (r < 0)
                rollout_look_again(rollout, RETRY_MS);
}

int64_t rollout_seconds_ms(const struct json *object, const char *key, int64_t otherwise) {
        int64_t seconds = json_int_at(object, key, otherwise);

        return seconds < 0 ? 0 : seconds < INT32_MAX ? seconds * 1000 : (int64_t)INT32_MAX * 1000;
}

/* The object of workloadRef, for the caller to free; NULL = there is none that is known here. */
static struct json *workload_of(const struct rollouts *rollouts, const struct rollout *rollout) {
        const struct json *ref = json_get(rollout->spec, "workloadRef");
        struct record *record = NULL;

        if (strcmp(json_text_at(ref, "kind"), "Deployment") == 0)
                record = collection_get(rollouts->deployments->objects, rollout->namespace_,
                                        json_text_at(ref, "name"));
        return record ? record_tree(record) : NULL;
}

/*
 * A template as a ReplicaSet has it, defaults and all, for the caller to free: so that one that comes
 * back from a ReplicaSet ("undo") is known again. What cannot be completed is found out later.
 */
static struct json *complete_template(const struct rollouts *rollouts, const struct json *template_,
                                      int64_t now_ms) {
        JSON_CLEANUP struct json *set = json_new_object();
        struct json *completed;
        struct err err;

        json_set(json_object_at(set, "spec"), "template", json_clone(template_));
        schema_prune(rollouts->sets->schema, set, NULL);
        (void)kind_complete(rollouts->sets, set, NULL, PART_OBJECT, now_ms, &err);
        completed = json_take(json_get_mut(set, "spec"), "template");
        if (json_kind(completed) != JSON_OBJECT) {
                json_free(completed);
                completed = json_new_object();
        }
        json_remove(json_object_at(json_object_at(completed, "metadata"), "labels"),
                    ROLLOUT_HASH_LABEL);
        return completed;
}

/* Anybody may write a status: what is of another kind than ours is not there. */
static struct json *status_of(const struct rollout *rollout) {
        static const char *const objects[] = { "blueGreen", "canary" };
        static const char *const arrays[] = { "pauseConditions", "conditions" };
        struct json *status = json_clone(json_get(rollout->tree, "status"));

        if (json_kind(status) != JSON_OBJECT) {
                json_free(status);
                status = json_new_object();
        }
        for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
                if (json_kind(json_get(status, objects[i])) != JSON_OBJECT)
                        json_remove(status, objects[i]);
        for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
                if (json_kind(json_get(status, arrays[i])) != JSON_ARRAY)
                        json_remove(status, arrays[i]);
        return status;
}

/* A new version begins anew, and so do new steps. */
static void begin_version(struct rollout *rollout) {
        static const char *const of_the_last[] = { "abort", "abortedAt", "promoteFull",
                                                   "currentStepIndex" };
        const char *steps = json_text_at(rollout->status, "currentStepHash");

        if (strcmp(json_text_at(rollout->status, "currentPodHash"), rollout->hash) == 0 &&
            (!*steps || strcmp(steps, rollout_step_hash(rollout)) == 0))
                return;
        for (size_t i = 0; i < sizeof(of_the_last) / sizeof(of_the_last[0]); i++)
                json_remove(rollout->status, of_the_last[i]);
        rollout_forget_pauses(rollout);
}

/* What its users have said in the status, as far as it is of use. */
static void hear(struct rollout *rollout) {
        if (json_is_true_at(rollout->status, "promoteFull")) {
                rollout_forget_pauses(rollout);
                rollout_end_abort(rollout);
        }
        if (rollout->stable && rollout->stable == rollout->newest)
                rollout_end_abort(rollout); /* there is nothing to go back to */
        rollout->halted = json_is_true_at(rollout->spec, "paused") ||
                          rollout_is_paused(rollout, "InconclusiveAnalysisRun");
}

void rollout_promote(struct rollout *rollout) {
        json_set_str(rollout->status, "stableRS", rollout->hash);
        json_remove(rollout->status, "promoteFull");
        rollout_forget_pauses(rollout);
        rollout_end_abort(rollout);
}

static void read_strategy(struct rollout *rollout) {
        const struct json *strategy = json_get(rollout->spec, "strategy");
        const struct json *blue_green = json_get(strategy, "blueGreen");

        rollout->is_blue_green = blue_green != NULL;
        rollout->strategy = blue_green ? blue_green : json_get(strategy, "canary");
        json_remove(rollout->status, rollout->is_blue_green ? "canary" : "blueGreen");
        if (rollout->is_blue_green)
                json_remove(rollout->status, "currentStepHash");
}

/* An autoscaler cannot work on a number that is not there. */
static bool has_replicas(struct rollout *rollout, const struct kind *kind) {
        struct json *patch;

        if (json_has(rollout->spec, "replicas"))
                return true;
        patch = json_new_object();
        json_set_int(json_object_at(patch, "spec"), "replicas", 1);
        rollout_wrote(rollout, writer_patch(rollout->writer, kind, rollout->namespace_,
                                            rollout->name, PART_OBJECT, patch));
        return false;
}

static void pass(const struct rollouts *rollouts, struct rollout *rollout) {
        const char *why;

        read_strategy(rollout);
        rollout_sets_load(rollout);
        why = rollout_check(rollout);
        if (why) {
                rollout_status_write_invalid(rollout, why);
                rollout_look_again(rollout, INVALID_RETRY_MS);
                return;
        }
        if (!has_replicas(rollout, rollouts->kind))
                return;
        begin_version(rollout);
        rollout_sets_create(rollout);
        if (rollout->newest) {
                hear(rollout);
                if (rollout->is_blue_green)
                        rollout_blue_green(rollout);
                else
                        rollout_canary(rollout);
                rollout_sets_write(rollout);
                rollout_settle(rollout);
        }
        rollout_status_write(rollout);
}

static void release_gone(struct rollouts *rollouts) {
        while (rollouts->gone) {
                struct gone *gone = rollouts->gone;
                JSON_CLEANUP struct json *tree = record_tree(gone->last);

                rollouts->gone = gone->next;
                rollout_services_release(&rollouts->writer, gone->last->namespace_, tree);
                record_unref(gone->last);
                free(gone);
        }
}

static void look(void *ctx, const char *namespace_, const char *name) {
        struct rollouts *rollouts = ctx;
        struct record *record;
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *tree = NULL, *workload = NULL, *template_ = NULL;
        struct rollout rollout = {
                .writer = &rollouts->writer,
                .arena = &arena,
                .namespace_ = namespace_,
                .name = name,
                .look_again_ms = -1,
                .now_ms = agenda_now_ms(rollouts->writer.sim->agenda),
        };

        release_gone(rollouts);
        record = collection_get(rollouts->kind->objects, namespace_, name);
        if (!record || record->deleting)
                return;
        rollout.uid = arena_strdup(&arena, record->uid);
        rollout.tree = tree = record_tree(record);
        rollout.spec = json_get(tree, "spec");
        rollout.status = status_of(&rollout);
        rollout.replicas = json_int_at(rollout.spec, "replicas", 1);
        rollout.workload = workload = workload_of(rollouts, &rollout);
        rollout.selector = json_get(rollout.spec, "selector");
        if (!rollout.selector)
                rollout.selector = json_get(json_get(workload, "spec"), "selector");
        template_ = complete_template(rollouts,
                                      json_get(workload ? json_get(workload, "spec") : rollout.spec,
                                               "template"),
                                      rollout.now_ms);
        rollout.template_ = template_;
        rollout.hash = template_hash("Rollout", template_, &arena);
        pass(rollouts, &rollout);
        json_free(rollout.status);
        if (rollout.look_again_ms >= 0)
                keys_add(rollouts->keys, namespace_, name, rollout.look_again_ms);
}

/* --- what wakes it ---------------------------------------------------------------------------- */

struct mention {
        struct rollouts *rollouts;
        const char *name;
};

static bool note_if_mentioned(void *ctx, struct record *record) {
        const struct mention *mention = ctx;

        if (owned_mentions(record, mention->name))
                keys_add(mention->rollouts->keys, record->namespace_, record->name, 0);
        return true;
}

static void note_mentions(struct rollouts *rollouts, const struct record *record) {
        struct mention mention = { .rollouts = rollouts, .name = record->name };

        collection_walk(rollouts->kind->objects, record->namespace_, record->namespace_, "",
                        note_if_mentioned, &mention);
}

static bool note_all(void *ctx, struct record *record) {
        struct rollouts *rollouts = ctx;

        keys_add(rollouts->keys, record->namespace_, record->name, 0);
        return true;
}

/* A ReplicaSet without an owner may be anybody's. */
static void note_owner(struct rollouts *rollouts, const struct record *record) {
        JSON_CLEANUP struct json *tree = NULL;
        const struct json *controller;

        if (!record_controller(record)) {
                collection_walk(rollouts->kind->objects, record->namespace_, record->namespace_, "",
                                note_all, rollouts);
                return;
        }
        tree = record_tree(record);
        controller = owned_controller(tree);
        if (strcmp(json_text_at(controller, "kind"), "Rollout") == 0)
                keys_add(rollouts->keys, record->namespace_, json_text_at(controller, "name"), 0);
}

static void note_gone(struct rollouts *rollouts, struct record *last) {
        struct gone *gone = malloc(sizeof(*gone));

        assert(gone); /* out of memory aborts */
        *gone = (struct gone){ .last = record_ref(last), .next = rollouts->gone };
        rollouts->gone = gone;
}

static void on_change(void *ctx, const struct change *change) {
        struct rollouts *rollouts = ctx;
        const struct kind *kind = collection_owner(change->collection);

        if (kind == rollouts->kind) {
                if (change->type == CHANGE_DELETED)
                        note_gone(rollouts, change->record);
                keys_add(rollouts->keys, change->record->namespace_, change->record->name, 0);
        } else if (kind == rollouts->sets) {
                note_owner(rollouts, change->record);
        } else if (kind == rollouts->services || kind == rollouts->deployments) {
                note_mentions(rollouts, change->record);
        }
}

static void *start(struct sim *sim) {
        struct rollouts *rollouts = calloc(1, sizeof(*rollouts));

        assert(rollouts);
        rollouts->writer = (struct writer){ .sim = sim, .manager = ROLLOUTS.name };
        rollouts->keys = keys_new(sim->agenda, look, rollouts);
        rollouts->kind = kinds_find(sim->kinds, "argoproj.io", "v1alpha1", "rollouts");
        rollouts->sets = kinds_find(sim->kinds, "apps", "v1", "replicasets");
        rollouts->services = kinds_find(sim->kinds, "", "v1", "services");
        rollouts->deployments = kinds_find(sim->kinds, "apps", "v1", "deployments");
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = rollouts });
        collection_walk(rollouts->kind->objects, "", "", "", note_all, rollouts);
        return rollouts;
}

static void stop(void *actor) {
        struct rollouts *rollouts = actor;

        storage_unlisten(rollouts->writer.sim->storage,
                         (struct listener){ .fn = on_change, .ctx = rollouts });
        while (rollouts->gone) {
                struct gone *gone = rollouts->gone;

                rollouts->gone = gone->next;
                record_unref(gone->last);
                free(gone);
        }
        keys_free(rollouts->keys);
        free(rollouts);
}

const struct actor_type ROLLOUTS = {
        .name = "rollouts-controller",
        .start = start,
        .stop = stop,
};
