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

/* The template of the new version; NULL while its workload is not there. */
static const struct json *workload_template(const struct rollouts *rollouts,
                                            const struct rollout *rollout,
                                            struct json **ret_owned) {
        const struct json *ref = json_get(rollout->spec, "workloadRef");
        struct record *record;

        if (!ref)
                return json_get(rollout->spec, "template");
        if (strcmp(json_text_at(ref, "kind"), "Deployment") != 0)
                return NULL;
        record = collection_get(rollouts->deployments->objects, rollout->namespace_,
                                json_text_at(ref, "name"));
        *ret_owned = record ? record_tree(record) : NULL;
        return json_get(json_get(*ret_owned, "spec"), "template");
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

/* A new version begins anew. */
static void begin_version(struct rollout *rollout) {
        static const char *const of_the_last[] = { "abort", "abortedAt", "promoteFull",
                                                   "currentStepIndex" };

        if (strcmp(json_text_at(rollout->status, "currentPodHash"), rollout->hash) == 0)
                return;
        for (size_t i = 0; i < sizeof(of_the_last) / sizeof(of_the_last[0]); i++)
                json_remove(rollout->status, of_the_last[i]);
        rollout_forget_pauses(rollout);
}

static void pass(const struct rollouts *rollouts, struct rollout *rollout) {
        const struct json *strategy = json_get(rollout->spec, "strategy");
        const struct json *blue_green = json_get(strategy, "blueGreen");

        begin_version(rollout);
        rollout_sets_load(rollout);
        rollout->strategy = blue_green ? blue_green : json_get(strategy, "canary");
        if (!json_is_true_at(rollout->spec, "paused"))
                rollout_sets_create(rollout);
        if (rollout->newest && !json_is_true_at(rollout->spec, "paused")) {
                if (blue_green)
                        rollout_blue_green(rollout);
                else
                        rollout_canary(rollout);
                rollout_sets_scale(rollout);
        }
        rollout_status_write(rollout);
        if (rollout->changed)
                rollout->look_again_ms = 0;
        if (rollout->look_again_ms >= 0)
                keys_add(rollouts->keys, rollout->namespace_, rollout->name,
                         rollout->look_again_ms);
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
        JSON_CLEANUP struct json *tree = NULL, *workload = NULL, *status = NULL;
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
        rollout.status = status = status_of(&rollout);
        rollout.replicas = json_int_at(rollout.spec, "replicas", 1);
        rollout.template_ = workload_template(rollouts, &rollout, &workload);
        if (json_kind(rollout.template_) != JSON_OBJECT)
                return; /* the workload comes later, or is none that is known here */
        rollout.hash = template_hash(rollout.template_, &arena);
        pass(rollouts, &rollout);
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

static void note_owner(struct rollouts *rollouts, const struct record *record) {
        JSON_CLEANUP struct json *tree = record_tree(record);
        const struct json *owners = json_get(json_get(tree, "metadata"), "ownerReferences");

        for (size_t i = 0; i < json_length(owners); i++)
                if (strcmp(json_text_at(json_at(owners, i), "kind"), "Rollout") == 0)
                        keys_add(rollouts->keys, record->namespace_,
                                 json_text_at(json_at(owners, i), "name"), 0);
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

static bool note_all(void *ctx, struct record *record) {
        struct rollouts *rollouts = ctx;

        keys_add(rollouts->keys, record->namespace_, record->name, 0);
        return true;
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
