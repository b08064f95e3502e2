/*
 * ReplicaSets: as many pods as asked for, by adopting what matches and nobody controls, making what
 * is missing and deleting what is too much. A pod that carries the labels of a ReplicaSet without
 * an owner of its own is taken, and may be the one that goes: the hazard that a LongLivedCanary's
 * pods are protected from.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/keys.h"
#include "actors/owned.h"
#include "actors/pod_state.h"
#include "actors/pod_worth.h"
#include "actors/selector_index.h"
#include "actors/writer.h"
#include "kinds/metadata.h"
#include "storage/selector.h"
#include "storage/storage.h"

enum { BURST = 500, RETRY_MS = 1000 };

struct replicasets {
        struct writer writer;
        struct keys *keys;
        struct selector_index *selectors;
        const struct kind *kind, *pods;
};

struct member {
        struct json *tree; /* freed with the pass */
        struct pod_worth worth;
};

struct pass {
        const struct replicasets *replicasets;
        struct arena arena;
        const char *namespace_, *name;
        struct json *tree;
        const char *uid;
        const struct selector *selector;
        struct member *members;
        size_t n, cap;
        int64_t now_ms;
        bool deleting;
};

static struct json *uid_patch(const char *uid) {
        struct json *patch = json_new_object();

        json_set_str(json_object_at(patch, "metadata"), "uid", uid);
        return patch;
}

/* Takes the reference to us off a pod that does not match any more. */
static void release(struct pass *pass, const struct record *record, const struct json *pod) {
        struct json *patch = uid_patch(record->uid), *kept = json_new_array();
        const struct json *owners = json_get(json_get(pod, "metadata"), "ownerReferences");

        for (size_t i = 0; i < json_length(owners); i++)
                if (strcmp(json_text_at(json_at(owners, i), "uid"), pass->uid) != 0)
                        json_append(kept, json_clone(json_at(owners, i)));
        json_set(json_object_at(patch, "metadata"), "ownerReferences", kept);
        writer_patch(&pass->replicasets->writer, pass->replicasets->pods, pass->namespace_,
                     arena_strdup(&pass->arena, record->name), PART_OBJECT, patch);
}

static bool adopt(const struct pass *pass, const struct record *record, const struct json *pod) {
        struct json *patch = uid_patch(record->uid);
        const struct json *owners = json_get(json_get(pod, "metadata"), "ownerReferences");
        struct json *grown = owners ? json_clone(owners) : json_new_array();

        json_append(grown, owned_reference("apps/v1", "ReplicaSet", pass->name, pass->uid));
        json_set(json_object_at(patch, "metadata"), "ownerReferences", grown);
        return writer_patch(&pass->replicasets->writer, pass->replicasets->pods, pass->namespace_,
                            metadata_name(pod), PART_OBJECT, patch) == 0;
}

static void pass_add(struct pass *pass, struct json *pod) {
        if (pass->n == pass->cap) {
                size_t cap = pass->cap ? 2 * pass->cap : 16;
                struct member *grown = ARENA_NEW_ARRAY(&pass->arena, struct member, cap);

                if (pass->n > 0)
                        memcpy(grown, pass->members, pass->n * sizeof(*grown));
                pass->members = grown;
                pass->cap = cap;
        }
        pass->members[pass->n++] =
                (struct member){ .tree = pod, .worth = pod_worth_of(pod, pass->now_ms) };
}

/* Pods that may concern us, held while the storage changes under the pass. */
struct candidates {
        struct pass *pass;
        struct record **records;
        size_t n, cap;
};

static bool find_candidate(void *ctx, struct record *record) {
        struct candidates *candidates = ctx;
        const char *controller = record_controller(record);

        if (controller ? strcmp(controller, candidates->pass->uid) != 0
                       : !selector_matches(candidates->pass->selector, record->labels))
                return true;
        if (candidates->n == candidates->cap) {
                candidates->cap = candidates->cap ? 2 * candidates->cap : 16;
                candidates->records =
                        realloc(candidates->records, candidates->cap * sizeof(struct record *));
                assert(candidates->records); /* out of memory aborts */
        }
        candidates->records[candidates->n++] = record_ref(record);
        return true;
}

static void consider(struct pass *pass, const struct record *record) {
        bool matches = selector_matches(pass->selector, record->labels);
        bool ours = record_controller(record) != NULL;
        struct json *pod = record_tree(record);

        if (pod_is_active(pod) && !pass->deleting) {
                if (!ours)
                        ours = adopt(pass, record, pod);
                else if (!matches)
                        release(pass, record, pod);
        }
        if (ours && matches && pod_is_active(pod))
                pass_add(pass, pod);
        else
                json_free(pod);
}

static void gather(struct pass *pass) {
        struct candidates candidates = { .pass = pass };

        collection_walk(pass->replicasets->pods->objects, pass->namespace_, pass->namespace_, "",
                        find_candidate, &candidates);
        for (size_t i = 0; i < candidates.n; i++) {
                consider(pass, candidates.records[i]);
                record_unref(candidates.records[i]);
        }
        free(candidates.records);
}

static struct json *new_pod(struct pass *pass) {
        const struct json *template_ = json_get(json_get(pass->tree, "spec"), "template");
        const struct json *from = json_get(template_, "metadata");
        struct json *pod = json_new_object(), *meta = json_object_at(pod, "metadata");
        struct json *owners = json_new_array();

        json_set_str(pod, "apiVersion", "v1");
        json_set_str(pod, "kind", "Pod");
        json_set_str(meta, "generateName", arena_printf(&pass->arena, "%s-", pass->name));
        if (json_get(from, "labels"))
                json_set(meta, "labels", json_clone(json_get(from, "labels")));
        if (json_get(from, "annotations"))
                json_set(meta, "annotations", json_clone(json_get(from, "annotations")));
        json_append(owners, owned_reference("apps/v1", "ReplicaSet", pass->name, pass->uid));
        json_set(meta, "ownerReferences", owners);
        json_set(pod, "spec", json_clone(json_get(template_, "spec")));
        return pod;
}

static int by_worth(const void *a, const void *b) {
        return pod_worth_compare(&((const struct member *)a)->worth,
                                 &((const struct member *)b)->worth);
}

static void create_missing(struct pass *pass, int64_t n) {
        const struct replicasets *replicasets = pass->replicasets;

        for (int64_t i = 0; i < n && i < BURST; i++)
                if (writer_create(&replicasets->writer, replicasets->pods, pass->namespace_,
                                  new_pod(pass)) < 0) {
                        keys_add(replicasets->keys, pass->namespace_, pass->name, RETRY_MS);
                        break;
                }
}

/* Pods of a node's other versions count too: those of the ReplicaSets with the same owner. */
struct neighbours {
        struct pass *pass;
        const char *owner; /* of the ReplicaSet; NULL = none */
        struct strings siblings;
};

static bool is_sibling(const struct neighbours *neighbours, const char *uid) {
        for (size_t i = 0; i < neighbours->siblings.n; i++)
                if (strcmp(neighbours->siblings.items[i], uid) == 0)
                        return true;
        return false;
}

static bool find_sibling(void *ctx, struct record *record) {
        struct neighbours *neighbours = ctx;
        const char *owner = record_controller(record);

        if (owner && strcmp(owner, neighbours->owner) == 0)
                strings_add(&neighbours->siblings, "%s", record->uid);
        return true;
}

static bool count_neighbour(void *ctx, struct record *record) {
        struct neighbours *neighbours = ctx;
        struct pass *pass = neighbours->pass;
        const char *controller = record_controller(record), *node;
        JSON_CLEANUP struct json *pod = NULL;

        if (!controller || record->deleting || !is_sibling(neighbours, controller))
                return true;
        pod = record_tree(record);
        node = json_text_at(json_get(pod, "spec"), "nodeName");
        for (size_t i = 0; !pod_has_ended(pod) && i < pass->n; i++)
                pass->members[i].worth.neighbours += strcmp(pass->members[i].worth.node, node) == 0;
        return true;
}

static void count_neighbours(struct pass *pass) {
        const struct replicasets *replicasets = pass->replicasets;
        struct neighbours neighbours = {
                .pass = pass,
                .owner = json_text_at(owned_controller(pass->tree), "uid"),
                .siblings = { .arena = &pass->arena },
        };

        if (*neighbours.owner)
                collection_walk(replicasets->kind->objects, pass->namespace_, pass->namespace_, "",
                                find_sibling, &neighbours);
        else
                strings_add(&neighbours.siblings, "%s", pass->uid);
        collection_walk(replicasets->pods->objects, pass->namespace_, pass->namespace_, "",
                        count_neighbour, &neighbours);
}

static void delete_surplus(struct pass *pass, int64_t n) {
        const struct replicasets *replicasets = pass->replicasets;

        if (n < (int64_t)pass->n) {
                count_neighbours(pass);
                qsort(pass->members, pass->n, sizeof(*pass->members), by_worth);
        }
        for (int64_t i = 0; i < n && i < BURST; i++) {
                const struct json *meta = json_get(pass->members[i].tree, "metadata");

                writer_delete(&replicasets->writer, replicasets->pods, pass->namespace_,
                              json_text_at(meta, "name"), json_text_at(meta, "uid"));
        }
}

static void balance(struct pass *pass, int64_t wanted) {
        int64_t active = (int64_t)pass->n;

        if (active < wanted)
                create_missing(pass, wanted - active);
        else if (active > wanted)
                delete_surplus(pass, active - wanted);
}

static bool has_labels(const struct json *pod, const struct json *labels) {
        const struct json *its = json_get(json_get(pod, "metadata"), "labels"), *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(labels, &cursor, &key, &value))
                if (!json_equal(json_get(its, key), value))
                        return false;
        return true;
}

/* Counts of the pods as they were seen, before anything was made or deleted. */
static void tell(struct pass *pass) {
        const struct json *spec = json_get(pass->tree, "spec");
        const struct json *labels =
                json_get(json_get(json_get(spec, "template"), "metadata"), "labels");
        int64_t wait_ms = json_int_at(spec, "minReadySeconds", 0) * 1000;
        int64_t ready = 0, available = 0, labelled = 0;
        struct json *patch, *status;

        for (size_t i = 0; i < pass->n; i++) {
                const struct member *member = &pass->members[i];
                int64_t left_ms = member->worth.ready_since_ms + wait_ms - pass->now_ms;

                labelled += has_labels(member->tree, labels);
                if (member->worth.ready_since_ms == 0)
                        continue;
                ready++;
                if (wait_ms == 0 || left_ms <= 0)
                        available++;
                else
                        keys_add(pass->replicasets->keys, pass->namespace_, pass->name, left_ms);
        }
        patch = json_new_object();
        status = json_object_at(patch, "status");
        json_set_int(status, "replicas", (int64_t)pass->n);
        json_set(status, "fullyLabeledReplicas", labelled ? json_new_int(labelled) : NULL);
        json_set(status, "readyReplicas", ready ? json_new_int(ready) : NULL);
        json_set(status, "availableReplicas", available ? json_new_int(available) : NULL);
        json_set_int(status, "observedGeneration",
                     json_int_at(json_get(pass->tree, "metadata"), "generation", 0));
        writer_patch(&pass->replicasets->writer, pass->replicasets->kind, pass->namespace_,
                     pass->name, PART_STATUS, patch);
}

static void look(void *ctx, const char *namespace_, const char *name) {
        const struct replicasets *replicasets = ctx;
        struct record *record = collection_get(replicasets->kind->objects, namespace_, name);
        struct pass pass = {
                .replicasets = replicasets,
                .arena = ARENA_INIT,
                .namespace_ = namespace_,
                .name = name,
                .now_ms = agenda_now_ms(replicasets->writer.sim->agenda),
        };
        const struct json *spec;
        struct err err;

        if (!record)
                return;
        pass.tree = record_tree(record);
        pass.deleting = record->deleting;
        pass.uid = arena_strdup(&pass.arena, record->uid);
        spec = json_get(pass.tree, "spec");
        if (selector_of_json(json_get(spec, "selector"), &pass.arena, &pass.selector, &err) == 0) {
                gather(&pass);
                if (!pass.deleting)
                        balance(&pass, json_int_at(spec, "replicas", 1));
                tell(&pass);
        }
        for (size_t i = 0; i < pass.n; i++)
                json_free(pass.members[i].tree);
        json_free(pass.tree);
        arena_deinit(&pass.arena);
}

static void note(void *ctx, const char *namespace_, const char *name) {
        struct replicasets *replicasets = ctx;

        keys_add(replicasets->keys, namespace_, name, 0);
}

/* Its selector never changes. */
static bool learn(void *ctx, struct record *record) {
        struct replicasets *replicasets = ctx;
        JSON_CLEANUP struct json *tree = record_tree(record);

        selector_index_put(replicasets->selectors, record->namespace_, record->name,
                           json_get(json_get(json_get(tree, "spec"), "selector"), "matchLabels"));
        note(replicasets, record->namespace_, record->name);
        return true;
}

/* A pod wakes its owner; one without, all that might take it. */
static void note_owner(struct replicasets *replicasets, const struct record *pod) {
        JSON_CLEANUP struct json *tree = NULL;
        const struct json *controller;

        if (!record_controller(pod)) {
                selector_index_walk(replicasets->selectors, pod->namespace_, pod->labels, note,
                                    replicasets);
                return;
        }
        tree = record_tree(pod);
        controller = owned_controller(tree);
        if (strcmp(json_text_at(controller, "kind"), "ReplicaSet") == 0)
                note(replicasets, pod->namespace_, json_text_at(controller, "name"));
}

static void on_change(void *ctx, const struct change *change) {
        struct replicasets *replicasets = ctx;
        const struct kind *kind = collection_owner(change->collection);
        struct record *record = change->record;

        if (kind == replicasets->kind && change->type == CHANGE_ADDED) {
                learn(replicasets, record);
        } else if (kind == replicasets->kind) {
                if (change->type == CHANGE_DELETED)
                        selector_index_remove(replicasets->selectors, record->namespace_,
                                              record->name);
                note(replicasets, record->namespace_, record->name);
        } else if (kind == replicasets->pods) {
                note_owner(replicasets, record);
                if (change->before && record_controller(change->before) &&
                    !record_controller(record))
                        note_owner(replicasets, change->before);
        }
}

static void *start(struct sim *sim) {
        struct replicasets *replicasets = calloc(1, sizeof(*replicasets));
        uint64_t seed[2];

        assert(replicasets);
        replicasets->writer = (struct writer){ .sim = sim, .manager = REPLICASETS.name };
        replicasets->keys = keys_new(sim->agenda, look, replicasets);
        replicasets->kind = kinds_find(sim->kinds, "apps", "v1", "replicasets");
        replicasets->pods = kinds_find(sim->kinds, "", "v1", "pods");
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = replicasets });
        agenda_random(sim->agenda, seed, sizeof(seed));
        replicasets->selectors = selector_index_new(seed);
        collection_walk(replicasets->kind->objects, "", "", "", learn, replicasets);
        return replicasets;
}

static void stop(void *actor) {
        struct replicasets *replicasets = actor;

        storage_unlisten(replicasets->writer.sim->storage,
                         (struct listener){ .fn = on_change, .ctx = replicasets });
        keys_free(replicasets->keys);
        selector_index_free(replicasets->selectors);
        free(replicasets);
}

const struct actor_type REPLICASETS = {
        .name = "replicaset-controller",
        .start = start,
        .stop = stop,
};
