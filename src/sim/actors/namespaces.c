/*
 * Empties a namespace that is to end, and ends it: pods first, then all else, again and again until
 * nothing is left. Gives each namespace its ServiceAccount "default".
 *
 * The real one looks again after some seconds; here also when the last object of a kind has gone,
 * so that a namespace without anything to wait for ends at once.
 */
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/keys.h"
#include "actors/namespace_content.h"
#include "actors/writer.h"
#include "llc/base/timestamp.h"

static const char NAME[] = "namespace-controller";
static const char FINALIZER[] = "kubernetes", ACCOUNT[] = "default";

enum { SECOND_MS = 1000, RETRY_MS = 1000 };

struct namespaces {
        struct sim *sim;
        struct writer writer;
        const struct kind *kind, *pods, *accounts;
        struct keys *keys;
};

static void note(struct namespaces *namespaces, const char *name) {
        keys_add(namespaces->keys, "", name, 0);
}

static bool stop_walk(void *ctx, struct record *record) {
        bool *found = ctx;

        (void)record;
        *found = true;
        return false;
}

static bool has_any(const struct collection *objects, const char *namespace_) {
        bool found = false;

        collection_walk(objects, namespace_, "", "", stop_walk, &found);
        return found;
}

static void on_change(void *ctx, const struct change *change) {
        struct namespaces *namespaces = ctx;
        const struct kind *kind = collection_owner(change->collection);
        const struct record *namespace_;

        if (kind == namespaces->kind) {
                if (change->type == CHANGE_ADDED ||
                    (change->type == CHANGE_MODIFIED && change->record->deleting))
                        note(namespaces, change->record->name);
                return;
        }
        if (change->type != CHANGE_DELETED || !kind->namespaced)
                return;
        namespace_ = collection_get(namespaces->kind->objects, "", change->record->namespace_);
        if (!namespace_)
                return;
        if (namespace_->deleting ? !has_any(kind->objects, namespace_->name)
                                 : kind == namespaces->accounts)
                note(namespaces, namespace_->name);
}

static bool add_name(void *ctx, struct record *record) {
        strings_add(ctx, "%s", record->name);
        return true;
}

/* How many are left of a kind once all were told to go. */
static size_t purge(const struct namespaces *namespaces, const struct kind *kind,
                    const char *namespace_, int64_t waited_s, struct namespace_content *content) {
        const struct delete_options options = {
                .grace_s = -1,
                .propagation = PROPAGATION_BACKGROUND,
        };
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct strings names = { .arena = &arena };

        collection_walk(kind->objects, namespace_, "", "", add_name, &names);
        for (size_t i = 0; i < names.n; i++)
                writer_delete_as(&namespaces->writer, kind, namespace_, names.items[i], &options);
        return namespace_content_count(content, kind, namespace_, waited_s);
}

/* Whether all of it is gone. */
static bool purge_all(const struct namespaces *namespaces, const char *namespace_, int64_t waited_s,
                      struct namespace_content *content, bool *ret_totals) {
        const struct kind *kind;
        size_t cursor = 0;

        *ret_totals = false;
        if (purge(namespaces, namespaces->pods, namespace_, waited_s, content) > 0)
                return false;
        while (kinds_next(namespaces->sim->kinds, &cursor, &kind))
                if (kind->namespaced && !kind->stored_as && kind != namespaces->pods)
                        purge(namespaces, kind, namespace_, waited_s, content);
        *ret_totals = true;
        return content->remaining.n == 0;
}

static void write_conditions(const struct namespaces *namespaces, const char *name,
                             struct json *conditions) {
        struct json *patch = json_new_object();

        json_set(json_object_at(patch, "status"), "conditions", conditions);
        writer_patch(&namespaces->writer, namespaces->kind, "", name, PART_STATUS, patch);
}

static void finalize(const struct namespaces *namespaces, const char *name,
                     const struct json *finalizers) {
        struct json *patch = json_new_object(), *kept = json_new_array();

        for (size_t i = 0; i < json_length(finalizers); i++)
                if (!bytes_is(json_as_string(json_at(finalizers, i)), FINALIZER))
                        json_append(kept, json_clone(json_at(finalizers, i)));
        if (json_length(kept) == 0) {
                json_free(kept);
                kept = NULL;
        }
        json_set(json_object_at(patch, "spec"), "finalizers", kept);
        writer_patch(&namespaces->writer, namespaces->kind, "", name, PART_FINALIZE, patch);
}

static int64_t waited_s(const struct namespaces *namespaces, const struct json *metadata) {
        const char *text = json_text_at(metadata, "deletionTimestamp");
        int64_t now_ms = agenda_now_ms(namespaces->sim->agenda), since_ms = now_ms;
        struct err err;

        if (timestamp_parse(bytes_of(text), &since_ms, &err) < 0)
                return 0;
        return (now_ms - since_ms) / SECOND_MS;
}

static void end(struct namespaces *namespaces, const char *name, const struct json *tree) {
        const struct json *finalizers = json_get(json_get(tree, "spec"), "finalizers");
        const struct json *before = json_get(json_get(tree, "status"), "conditions");
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct namespace_content content;
        struct json *conditions;
        bool gone, totals;

        if (json_length(finalizers) == 0)
                return;
        namespace_content_init(&content, &arena);
        gone = purge_all(namespaces, name, waited_s(namespaces, json_get(tree, "metadata")),
                         &content, &totals);
        conditions = namespace_content_conditions(&content, before, totals,
                                                  agenda_now_ms(namespaces->sim->agenda));
        if (conditions)
                write_conditions(namespaces, name, conditions);
        if (gone)
                finalize(namespaces, name, finalizers);
        else
                keys_add(namespaces->keys, "", name,
                         content.errors.n > 0 ? RETRY_MS
                                              : (content.estimate_s / 2 + 1) * SECOND_MS);
}

static void give_account(const struct namespaces *namespaces, const char *namespace_) {
        struct json *account;

        if (!namespaces->accounts ||
            collection_get(namespaces->accounts->objects, namespace_, ACCOUNT))
                return;
        account = json_new_object();
        json_set_str(account, "apiVersion", "v1");
        json_set_str(account, "kind", "ServiceAccount");
        json_set_str(json_object_at(account, "metadata"), "name", ACCOUNT);
        writer_create(&namespaces->writer, namespaces->accounts, namespace_, account);
}

static void on_key(void *ctx, const char *none, const char *name) {
        struct namespaces *namespaces = ctx;
        const struct record *record = collection_get(namespaces->kind->objects, none, name);
        JSON_CLEANUP struct json *tree = NULL;

        if (!record)
                return;
        if (!record->deleting) {
                give_account(namespaces, name);
                return;
        }
        tree = record_tree(record);
        end(namespaces, name, tree);
}

static bool note_record(void *ctx, struct record *record) {
        note(ctx, record->name);
        return true;
}

static void *start(struct sim *sim) {
        struct namespaces *namespaces = malloc(sizeof(*namespaces));

        if (!namespaces)
                abort();
        *namespaces = (struct namespaces){
                .sim = sim,
                .writer = { .sim = sim, .manager = NAME },
                .kind = kinds_find(sim->kinds, "", "v1", "namespaces"),
                .pods = kinds_find(sim->kinds, "", "v1", "pods"),
                .accounts = kinds_find(sim->kinds, "", "v1", "serviceaccounts"),
                .keys = keys_new(sim->agenda, on_key, namespaces),
        };
        collection_walk(namespaces->kind->objects, "", "", "", note_record, namespaces);
        storage_listen(sim->storage, (struct listener){ on_change, namespaces });
        return namespaces;
}

static void stop(void *actor) {
        struct namespaces *namespaces = actor;

        storage_unlisten(namespaces->sim->storage, (struct listener){ on_change, namespaces });
        keys_free(namespaces->keys);
        free(namespaces);
}

const struct actor_type NAMESPACES = { .name = NAME, .start = start, .stop = stop };
