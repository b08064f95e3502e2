/*
 * Deployments: the ReplicaSet of the present template grows to its size, the others shrink as its
 * pods become available. Left out: maxSurge and maxUnavailable (all new pods come at once), pauses,
 * rollbacks by annotation, and the history's limit.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/keys.h"
#include "actors/owned.h"
#include "actors/template_hash.h"
#include "actors/writer.h"
#include "kinds/metadata.h"
#include "llc/base/timestamp.h"
#include "storage/storage.h"

enum { RETRY_MS = 1000 };

#define LABEL_HASH          "pod-template-hash"
#define ANNOTATION_REVISION "deployment.kubernetes.io/revision"

struct deployments {
        struct writer writer;
        struct keys *keys;
        const struct kind *kind, *sets;
};

struct pass {
        const struct deployments *deployments;
        struct arena arena;
        const char *namespace_, *name, *uid, *hash;
        struct json *tree;
        struct json *sets;          /* an array of ReplicaSets that are its own */
        int64_t replicas, revision; /* revision: the highest of its ReplicaSets */
};

static int64_t revision_of(const struct json *object) {
        const char *text = json_text_at(json_get(json_get(object, "metadata"), "annotations"),
                                        ANNOTATION_REVISION);

        return strtoll(text, NULL, 10);
}

static bool gather(void *ctx, struct record *record) {
        struct pass *pass = ctx;
        const char *controller = record_controller(record);
        struct json *tree;

        if (record->deleting || !controller || strcmp(controller, pass->uid) != 0)
                return true;
        tree = record_tree(record);
        if (revision_of(tree) > pass->revision)
                pass->revision = revision_of(tree);
        json_append(pass->sets, tree);
        return true;
}

static const char *hash_of_set(const struct json *set) {
        return json_text_at(json_get(json_get(set, "metadata"), "labels"), LABEL_HASH);
}

static const struct json *newest_of(const struct pass *pass) {
        for (size_t i = 0; i < json_length(pass->sets); i++)
                if (strcmp(hash_of_set(json_at(pass->sets, i)), pass->hash) == 0)
                        return json_at(pass->sets, i);
        return NULL;
}

static struct json *new_set(struct pass *pass) {
        const struct json *spec = json_get(pass->tree, "spec");
        struct json *set = json_new_object(), *meta = json_object_at(set, "metadata");
        struct json *template_ = json_clone(json_get(spec, "template"));
        struct json *selector = json_clone(json_get(spec, "selector"));
        struct json *owners = json_new_array(), *own;

        json_set_str(json_object_at(json_object_at(template_, "metadata"), "labels"), LABEL_HASH,
                     pass->hash);
        json_set_str(json_object_at(selector, "matchLabels"), LABEL_HASH, pass->hash);
        json_set_str(set, "apiVersion", "apps/v1");
        json_set_str(set, "kind", "ReplicaSet");
        json_set_str(meta, "name", arena_printf(&pass->arena, "%s-%s", pass->name, pass->hash));
        json_set(meta, "labels", json_clone(json_get(json_get(template_, "metadata"), "labels")));
        json_set_str(json_object_at(meta, "annotations"), ANNOTATION_REVISION,
                     arena_printf(&pass->arena, "%" PRId64, ++pass->revision));
        json_append(owners, owned_reference("apps/v1", "Deployment", pass->name, pass->uid));
        json_set(meta, "ownerReferences", owners);
        own = json_object_at(set, "spec");
        json_set_int(own, "replicas", pass->replicas);
        json_set(own, "selector", selector);
        json_set(own, "template", template_);
        if (json_has(spec, "minReadySeconds"))
                json_set(own, "minReadySeconds", json_clone(json_get(spec, "minReadySeconds")));
        return set;
}

static void annotate(struct pass *pass, const struct kind *kind, const struct json *object) {
        struct json *patch;

        if (revision_of(object) == pass->revision)
                return;
        patch = json_new_object();
        json_set_str(json_object_at(json_object_at(patch, "metadata"), "annotations"),
                     ANNOTATION_REVISION, arena_printf(&pass->arena, "%" PRId64, pass->revision));
        writer_patch(&pass->deployments->writer, kind, pass->namespace_, metadata_name(object),
                     PART_OBJECT, patch);
}

/* The ReplicaSet of the present template has the highest revision, also when it had been there. */
static void tell_revision(struct pass *pass, const struct json *newest) {
        if (newest && revision_of(newest) < pass->revision)
                pass->revision++;
        if (newest)
                annotate(pass, pass->deployments->sets, newest);
        annotate(pass, pass->deployments->kind, pass->tree);
}

static void scale(const struct pass *pass, const struct json *set, int64_t wanted) {
        struct json *patch;

        if (json_int_at(json_get(set, "spec"), "replicas", 0) == wanted)
                return;
        patch = json_new_object();
        json_set_int(json_object_at(patch, "spec"), "replicas", wanted);
        writer_patch(&pass->deployments->writer, pass->deployments->sets, pass->namespace_,
                     metadata_name(set), PART_OBJECT, patch);
}

static int64_t available_of(const struct json *set) {
        return json_int_at(json_get(set, "status"), "availableReplicas", 0);
}

/* The old keep what the new one cannot do yet. */
static void balance(const struct pass *pass, const struct json *newest) {
        int64_t missing = pass->replicas - available_of(newest);

        scale(pass, newest, pass->replicas);
        for (size_t i = 0; i < json_length(pass->sets); i++) {
                const struct json *set = json_at(pass->sets, i);
                int64_t has = json_int_at(json_get(set, "spec"), "replicas", 0), keep;

                if (set == newest)
                        continue;
                keep = missing < 0 ? 0 : missing < has ? missing : has;
                scale(pass, set, keep);
                missing -= keep;
        }
}

static int64_t sum(const struct pass *pass, const char *key) {
        int64_t total = 0;

        for (size_t i = 0; i < json_length(pass->sets); i++)
                total += json_int_at(json_get(json_at(pass->sets, i), "status"), key, 0);
        return total;
}

static struct json *condition(const struct pass *pass, const char *type, bool yes,
                              const char *reason, const char *message) {
        const struct json *old = json_get(json_get(pass->tree, "status"), "conditions");
        const char *value = yes ? "True" : "False";
        struct json *condition = json_new_object();
        char now[TIMESTAMP_SIZE];

        timestamp_format(agenda_now_ms(pass->deployments->writer.sim->agenda), now);
        json_set_str(condition, "type", type);
        json_set_str(condition, "status", value);
        json_set_str(condition, "lastUpdateTime", now);
        json_set_str(condition, "lastTransitionTime", now);
        json_set_str(condition, "reason", reason);
        json_set_str(condition, "message", message);
        for (size_t i = 0; i < json_length(old); i++) {
                const struct json *was = json_at(old, i);

                if (strcmp(json_text_at(was, "type"), type) != 0 ||
                    strcmp(json_text_at(was, "status"), value) != 0)
                        continue;
                if (strcmp(json_text_at(was, "reason"), reason) == 0) {
                        json_free(condition);
                        return json_clone(was);
                }
                json_set_str(condition, "lastTransitionTime",
                             json_text_at(was, "lastTransitionTime"));
        }
        return condition;
}

static void set_or_drop(struct json *status, const char *key, int64_t number) {
        json_set(status, key, number > 0 ? json_new_int(number) : NULL);
}

static void tell(struct pass *pass, const struct json *newest) {
        struct json *patch = json_new_object(), *status = json_object_at(patch, "status");
        struct json *conditions = json_new_array();
        int64_t available = sum(pass, "availableReplicas");
        int64_t updated = json_int_at(json_get(newest, "status"), "replicas", 0);
        bool done = updated == pass->replicas && available_of(newest) >= pass->replicas;

        json_set_int(status, "observedGeneration",
                     json_int_at(json_get(pass->tree, "metadata"), "generation", 0));
        set_or_drop(status, "replicas", sum(pass, "replicas"));
        set_or_drop(status, "updatedReplicas", updated);
        set_or_drop(status, "readyReplicas", sum(pass, "readyReplicas"));
        set_or_drop(status, "availableReplicas", available);
        set_or_drop(status, "unavailableReplicas", pass->replicas - available);
        json_append(conditions,
                    condition(pass, "Available", available >= pass->replicas,
                              available >= pass->replicas ? "MinimumReplicasAvailable"
                                                          : "MinimumReplicasUnavailable",
                              available >= pass->replicas
                                      ? "Deployment has minimum availability."
                                      : "Deployment does not have minimum availability."));
        json_append(conditions, condition(pass, "Progressing", true,
                                          done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                                          arena_printf(&pass->arena, "ReplicaSet \"%s-%s\" %s",
                                                       pass->name, pass->hash,
                                                       done ? "has successfully progressed."
                                                            : "is progressing.")));
        json_set(status, "conditions", conditions);
        writer_patch(&pass->deployments->writer, pass->deployments->kind, pass->namespace_,
                     pass->name, PART_STATUS, patch);
}

static void look(void *ctx, const char *namespace_, const char *name) {
        const struct deployments *deployments = ctx;
        struct record *record = collection_get(deployments->kind->objects, namespace_, name);
        struct pass pass = {
                .deployments = deployments,
                .arena = ARENA_INIT,
                .namespace_ = namespace_,
                .name = name,
                .sets = json_new_array(),
        };
        const struct json *spec, *newest;

        if (record && !record->deleting) {
                pass.tree = record_tree(record);
                pass.uid = arena_strdup(&pass.arena, record->uid);
                spec = json_get(pass.tree, "spec");
                pass.replicas = json_int_at(spec, "replicas", 1);
                pass.hash = template_hash("Deployment", json_get(spec, "template"), &pass.arena);
                collection_walk(deployments->sets->objects, namespace_, namespace_, "", gather,
                                &pass);
                newest = newest_of(&pass);
                if (newest)
                        balance(&pass, newest);
                else if (writer_create(&deployments->writer, deployments->sets, namespace_,
                                       new_set(&pass)) < 0)
                        keys_add(deployments->keys, namespace_, name, RETRY_MS);
                tell_revision(&pass, newest);
                tell(&pass, newest);
        }
        json_free(pass.sets);
        json_free(pass.tree);
        arena_deinit(&pass.arena);
}

static bool note(void *ctx, struct record *record) {
        struct deployments *deployments = ctx;

        keys_add(deployments->keys, record->namespace_, record->name, 0);
        return true;
}

static void on_change(void *ctx, const struct change *change) {
        struct deployments *deployments = ctx;
        const struct kind *kind = collection_owner(change->collection);
        struct json *tree;

        if (kind == deployments->kind) {
                note(deployments, change->record);
        } else if (kind == deployments->sets) {
                tree = record_tree(change->record);
                if (strcmp(json_text_at(owned_controller(tree), "kind"), "Deployment") == 0)
                        keys_add(deployments->keys, change->record->namespace_,
                                 json_text_at(owned_controller(tree), "name"), 0);
                json_free(tree);
        }
}

static void *start(struct sim *sim) {
        struct deployments *deployments = calloc(1, sizeof(*deployments));

        assert(deployments);
        deployments->writer = (struct writer){ .sim = sim, .manager = DEPLOYMENTS.name };
        deployments->keys = keys_new(sim->agenda, look, deployments);
        deployments->kind = kinds_find(sim->kinds, "apps", "v1", "deployments");
        deployments->sets = kinds_find(sim->kinds, "apps", "v1", "replicasets");
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = deployments });
        collection_walk(deployments->kind->objects, "", "", "", note, deployments);
        return deployments;
}

static void stop(void *actor) {
        struct deployments *deployments = actor;

        storage_unlisten(deployments->writer.sim->storage,
                         (struct listener){ .fn = on_change, .ctx = deployments });
        keys_free(deployments->keys);
        free(deployments);
}

const struct actor_type DEPLOYMENTS = {
        .name = "deployment-controller",
        .start = start,
        .stop = stop,
};
