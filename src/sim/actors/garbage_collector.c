/*
 * Deletes what has no owner left, and lets go what waits for its dependents
 * (k8s.io/kubernetes/pkg/controller/garbagecollector). The store is at hand here, so what the real
 * one must find out by requests and virtual nodes is simply looked up; its decisions are the same:
 *
 * - an owner is who has the kind, name and UID of the reference, in the namespace of the dependent
 *   or in none. Of an unknown kind: nothing is decided;
 * - with one living owner an object stays, and loses its references to the others;
 * - without, it is deleted: in the foreground when an owner waits and it has dependents itself,
 *   otherwise as its own finalizers say, otherwise in the background.
 */
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/dependents.h"
#include "actors/keys.h"
#include "actors/writer.h"

static const char NAME[] = "garbage-collector";
static const char ORPHAN[] = "orphan", FOREGROUND[] = "foregroundDeletion";

enum { RETRY_MS = 5000 };

struct collector {
        struct sim *sim;
        struct writer writer;
        struct dependents *dependents;
        struct keys *keys; /* UIDs of objects to look at */
};

static void note(struct collector *collector, const char *uid) {
        keys_add(collector->keys, "", uid, 0);
}

static bool note_dependent(void *ctx, const struct dependent *dependent) {
        note(ctx, dependent->record->uid);
        return true;
}

static bool waits_for_dependents(const struct record *record) {
        return record->deleting && record->foreground;
}

static bool waits_to_orphan(const struct record *record) {
        return record->deleting && record->orphan;
}

/* One dependent less: its owners may have waited for that. */
static void note_waiting_owners(struct collector *collector, const struct record *record) {
        const char *cursor = record->owners, *uid;
        unsigned flags;

        while ((uid = owners_next(&cursor, &flags))) {
                const struct dependent *owner = dependents_get(collector->dependents, uid);

                if (owner && waits_for_dependents(owner->record))
                        note(collector, uid);
        }
}

static bool owners_differ(const struct record *before, const struct record *now) {
        const char *x = before ? before->owners : "", *y = now->owners;

        for (; *x && strcmp(x, y) == 0; x += strlen(x) + 1)
                y += strlen(y) + 1;
        return *x != '\0' || *y != '\0';
}

static void observe(struct collector *collector, const struct kind *kind, struct record *before,
                    struct record *now) {
        bool differ = owners_differ(before, now);

        dependents_put(collector->dependents, kind, now);
        if (differ) {
                if (before)
                        note_waiting_owners(collector, before);
                note(collector, now->uid);
        }
        if (waits_to_orphan(now) && !(before && waits_to_orphan(before)))
                note(collector, now->uid);
        if (waits_for_dependents(now) && !(before && waits_for_dependents(before))) {
                dependents_walk(collector->dependents, now->uid, false, note_dependent, collector);
                note(collector, now->uid);
        }
}

/* Events come and go by themselves; the real one does not look at them either. */
static bool is_ignored(const struct kind *kind) {
        return kind->builtin && strcmp(kind->plural, "events") == 0;
}

static void on_change(void *ctx, const struct change *change) {
        struct collector *collector = ctx;
        const struct kind *kind = collection_owner(change->collection);

        if (is_ignored(kind))
                return;
        switch (change->type) {
        case CHANGE_ADDED:
        case CHANGE_MODIFIED:
                observe(collector, kind, change->before, change->record);
                break;
        case CHANGE_DELETED:
                dependents_walk(collector->dependents, change->record->uid, false, note_dependent,
                                collector);
                note_waiting_owners(collector, change->record);
                dependents_remove(collector->dependents, change->record->uid);
                break;
        }
}

/* What an object that is looked at has for owners. */
struct owners {
        const struct json *references;
        bool *lives;       /* of each reference: the owner is there, and does not wait */
        size_t n, n_lives; /* all, and living */
        size_t n_waiting;  /* there, and waits for its dependents */
        bool undecided;    /* a kind is not known */
        bool never; /* an owner in a namespace, a dependent in none: nothing will change that */
};

static void owners_classify(const struct collector *collector, const struct record *record,
                            struct owners *owners) {
        for (size_t i = 0; i < owners->n; i++) {
                const struct json *reference = json_at(owners->references, i);
                const char *version = json_text_at(reference, "apiVersion");
                const struct kind *kind = kinds_find_name(collector->sim->kinds, version,
                                                          json_text_at(reference, "kind"));
                const struct record *owner;

                if (kind && kind->stored_as)
                        kind = kind->stored_as;
                owners->undecided = !kind;
                owners->never = kind && kind->namespaced && record->namespace_[0] == '\0';
                if (owners->undecided || owners->never)
                        return;
                owner = collection_get(kind->objects, kind->namespaced ? record->namespace_ : "",
                                       json_text_at(reference, "name"));
                if (!owner || strcmp(owner->uid, json_text_at(reference, "uid")) != 0)
                        continue;
                if (waits_for_dependents(owner)) {
                        owners->n_waiting++;
                } else {
                        owners->lives[i] = true;
                        owners->n_lives++;
                }
        }
}

static int patch_metadata(const struct collector *collector, const struct dependent *dependent,
                          const char *key, struct json *value) {
        struct json *patch = json_new_object();

        json_set(json_object_at(patch, "metadata"), key, value);
        return writer_patch(&collector->writer, dependent->kind, dependent->record->namespace_,
                            dependent->record->name, PART_OBJECT, patch);
}

/* An emptied list is taken away. */
static int patch_list(const struct collector *collector, const struct dependent *dependent,
                      const char *key, struct json *list) {
        if (json_length(list) == 0) {
                json_free(list);
                list = NULL;
        }
        return patch_metadata(collector, dependent, key, list);
}

static int keep_living(const struct collector *collector, const struct dependent *dependent,
                       const struct owners *owners) {
        struct json *kept = json_new_array();

        for (size_t i = 0; i < owners->n; i++)
                if (owners->lives[i])
                        json_append(kept, json_clone(json_at(owners->references, i)));
        return patch_list(collector, dependent, "ownerReferences", kept);
}

static int delete_as(const struct collector *collector, const struct dependent *dependent,
                     enum propagation propagation) {
        const struct record *record = dependent->record;
        const struct delete_options options = {
                .grace_s = -1,
                .propagation = propagation,
                .uid = record->uid,
        };

        return writer_delete_as(&collector->writer, dependent->kind, record->namespace_,
                                record->name, &options);
}

static bool find_waiting(void *ctx, const struct dependent *dependent) {
        bool *found = ctx;

        *found = *found || waits_for_dependents(dependent->record);
        return !*found;
}

/* A dependent that waits may wait, in the end, for this one: so it stops blocking its owners. */
static int break_cycle(const struct collector *collector, const struct dependent *dependent,
                       const struct owners *owners) {
        struct json *references;
        bool found = false;

        dependents_walk(collector->dependents, dependent->record->uid, false, find_waiting, &found);
        if (!found)
                return 0;
        references = json_clone(owners->references);
        for (size_t i = 0; i < owners->n; i++)
                json_set_bool(json_at_mut(references, i), "blockOwnerDeletion", false);
        return patch_metadata(collector, dependent, "ownerReferences", references);
}

static int judge(const struct collector *collector, const struct dependent *dependent,
                 const struct owners *owners) {
        const struct record *record = dependent->record;

        if (owners->n_lives == owners->n || owners->never)
                return 0;
        if (owners->undecided)
                return -1;
        if (owners->n_lives > 0)
                return keep_living(collector, dependent, owners);
        if (owners->n_waiting > 0 && dependents_has(collector->dependents, record->uid)) {
                if (break_cycle(collector, dependent, owners) < 0)
                        return -1;
                return delete_as(collector, dependent, PROPAGATION_FOREGROUND);
        }
        return delete_as(collector, dependent,
                         record->orphan       ? PROPAGATION_ORPHAN
                         : record->foreground ? PROPAGATION_FOREGROUND
                                              : PROPAGATION_BACKGROUND);
}

static int look_at_owners(const struct collector *collector, const struct dependent *dependent) {
        JSON_CLEANUP struct json *tree = record_tree(dependent->record);
        const struct json *references = json_get(json_get(tree, "metadata"), "ownerReferences");
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct owners owners = { .references = references, .n = json_length(references) };

        owners.lives = ARENA_NEW_ARRAY(&arena, bool, owners.n);
        owners_classify(collector, dependent->record, &owners);
        return judge(collector, dependent, &owners);
}

static int remove_finalizer(const struct collector *collector, const struct dependent *dependent,
                            const char *name) {
        JSON_CLEANUP struct json *tree = record_tree(dependent->record);
        const struct json *finalizers = json_get(json_get(tree, "metadata"), "finalizers");
        struct json *kept = json_new_array();

        for (size_t i = 0; i < json_length(finalizers); i++)
                if (!bytes_is(json_as_string(json_at(finalizers, i)), name))
                        json_append(kept, json_clone(json_at(finalizers, i)));
        return patch_list(collector, dependent, "finalizers", kept);
}

static bool note_blocking(void *ctx, const struct dependent *dependent) {
        if (!waits_for_dependents(dependent->record))
                note(ctx, dependent->record->uid);
        return true;
}

static bool find_any(void *ctx, const struct dependent *dependent) {
        bool *found = ctx;

        (void)dependent;
        *found = true;
        return false;
}

static int finish_foreground(struct collector *collector, const struct dependent *dependent) {
        const char *uid = dependent->record->uid;
        bool blocked = false;

        dependents_walk(collector->dependents, uid, true, find_any, &blocked);
        if (!blocked)
                return remove_finalizer(collector, dependent, FOREGROUND);
        dependents_walk(collector->dependents, uid, true, note_blocking, collector);
        return 0;
}

static bool add_uid(void *ctx, const struct dependent *dependent) {
        strings_add(ctx, "%s", dependent->record->uid);
        return true;
}

static int leave_owner(const struct collector *collector, const struct dependent *dependent,
                       const char *owner_uid) {
        JSON_CLEANUP struct json *tree = record_tree(dependent->record);
        const struct json *references = json_get(json_get(tree, "metadata"), "ownerReferences");
        struct json *kept = json_new_array();

        for (size_t i = 0; i < json_length(references); i++)
                if (strcmp(json_text_at(json_at(references, i), "uid"), owner_uid) != 0)
                        json_append(kept, json_clone(json_at(references, i)));
        return patch_list(collector, dependent, "ownerReferences", kept);
}

/* The list of dependents changes with each that leaves: it is noted before. */
static int finish_orphan(struct collector *collector, const struct dependent *owner) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct strings uids = { .arena = &arena };

        dependents_walk(collector->dependents, owner->record->uid, false, add_uid, &uids);
        for (size_t i = 0; i < uids.n; i++) {
                const struct dependent *known =
                        dependents_get(collector->dependents, uids.items[i]);
                struct dependent dependent;
                int r;

                if (!known) /* two references to one owner: it has left already */
                        continue;
                dependent = *known;
                record_ref(dependent.record);
                r = leave_owner(collector, &dependent, owner->record->uid);
                record_unref(dependent.record);
                if (r < 0)
                        return -1;
        }
        return remove_finalizer(collector, owner, ORPHAN);
}

static int look_at(struct collector *collector, const struct dependent *dependent) {
        if (waits_to_orphan(dependent->record))
                return finish_orphan(collector, dependent);
        if (waits_for_dependents(dependent->record))
                return finish_foreground(collector, dependent);
        if (dependent->record->deleting)
                return 0;
        return look_at_owners(collector, dependent);
}

static void on_key(void *ctx, const char *namespace_, const char *uid) {
        struct collector *collector = ctx;
        const struct dependent *known = dependents_get(collector->dependents, uid);
        struct dependent dependent;

        if (!known)
                return;
        dependent = *known; /* a write may change what is known */
        record_ref(dependent.record);
        if (look_at(collector, &dependent) < 0)
                keys_add(collector->keys, namespace_, uid, RETRY_MS);
        record_unref(dependent.record);
}

struct survey {
        struct collector *collector;
        const struct kind *kind;
};

static bool observe_stored(void *ctx, struct record *record) {
        struct survey *survey = ctx;

        observe(survey->collector, survey->kind, NULL, record);
        return true;
}

static void *start(struct sim *sim) {
        struct collector *collector = malloc(sizeof(*collector));
        const struct kind *kind;
        uint64_t seed[2];
        size_t cursor = 0;

        if (!collector)
                abort();
        agenda_random(sim->agenda, seed, sizeof(seed));
        *collector = (struct collector){
                .sim = sim,
                .writer = { .sim = sim, .manager = NAME },
                .dependents = dependents_new(seed),
                .keys = keys_new(sim->agenda, on_key, collector),
        };
        while (kinds_next(sim->kinds, &cursor, &kind)) {
                struct survey survey = { collector, kind };

                if (!kind->stored_as && !is_ignored(kind))
                        collection_walk(kind->objects, "", "", "", observe_stored, &survey);
        }
        storage_listen(sim->storage, (struct listener){ on_change, collector });
        return collector;
}

static void stop(void *actor) {
        struct collector *collector = actor;

        storage_unlisten(collector->sim->storage, (struct listener){ on_change, collector });
        keys_free(collector->keys);
        dependents_free(collector->dependents);
        free(collector);
}

const struct actor_type GARBAGE_COLLECTOR = { .name = NAME, .start = start, .stop = stop };
