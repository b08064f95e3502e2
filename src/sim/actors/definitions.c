/*
 * Ends a CustomResourceDefinition: its objects are deleted first, and when the last of them has
 * gone, so does it.
 */
#include <stdlib.h>
#include <string.h>

#include "actors/actor.h"
#include "actors/keys.h"
#include "actors/writer.h"

static const char NAME[] = "crd-finalizer";
static const char FINALIZER[] = "customresourcecleanup.apiextensions.k8s.io";

struct definitions {
        struct sim *sim;
        struct writer writer;
        const struct kind *kind;
        struct keys *keys;
};

static void on_change(void *ctx, const struct change *change) {
        struct definitions *definitions = ctx;
        const struct kind *kind = collection_owner(change->collection);
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        if (kind == definitions->kind) {
                if (change->record->deleting)
                        keys_add(definitions->keys, "", change->record->name, 0);
        } else if (change->type == CHANGE_DELETED && !kind->builtin &&
                   collection_count(change->collection) == 0) {
                keys_add(definitions->keys, "", kind_resource_name(kind, &arena), 0);
        }
}

struct item {
        const char *namespace_, *name;
};

struct items {
        struct arena *arena;
        struct item *items;
        size_t n;
};

static bool add_item(void *ctx, struct record *record) {
        struct items *items = ctx;

        items->items[items->n++] = (struct item){
                .namespace_ = arena_strdup(items->arena, record->namespace_),
                .name = arena_strdup(items->arena, record->name),
        };
        return true;
}

/* Whether nothing is left: what has finalizers of its own stays for now. */
static bool purge(const struct definitions *definitions, const struct kind *kind) {
        const struct delete_options options = { .grace_s = -1,
                                                .propagation = PROPAGATION_BACKGROUND };
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct items items = { .arena = &arena };

        items.items = ARENA_NEW_ARRAY(&arena, struct item, collection_count(kind->objects));
        collection_walk(kind->objects, "", "", "", add_item, &items);
        for (size_t i = 0; i < items.n; i++)
                writer_delete_as(&definitions->writer, kind, items.items[i].namespace_,
                                 items.items[i].name, &options);
        return collection_count(kind->objects) == 0;
}

static void finalize(const struct definitions *definitions, const char *name,
                     const struct json *finalizers) {
        struct json *patch = json_new_object(), *kept = json_new_array();
        bool found = false;

        for (size_t i = 0; i < json_length(finalizers); i++) {
                const struct json *finalizer = json_at(finalizers, i);

                if (bytes_is(json_as_string(finalizer), FINALIZER))
                        found = true;
                else
                        json_append(kept, json_clone(finalizer));
        }
        json_set(json_object_at(patch, "metadata"), "finalizers", kept);
        if (found)
                writer_patch(&definitions->writer, definitions->kind, "", name, PART_OBJECT, patch);
        else
                json_free(patch);
}

static void on_key(void *ctx, const char *none, const char *name) {
        struct definitions *definitions = ctx;
        const struct record *record = collection_get(definitions->kind->objects, none, name);
        JSON_CLEANUP struct json *tree = NULL;
        const struct json *spec;
        const struct kind *kind;

        if (!record || !record->deleting)
                return;
        tree = record_tree(record);
        spec = json_get(tree, "spec");
        kind = kinds_find(definitions->sim->kinds, json_text_at(spec, "group"), NULL,
                          json_text_at(json_get(spec, "names"), "plural"));
        if (!kind || purge(definitions, kind))
                finalize(definitions, name, json_get(json_get(tree, "metadata"), "finalizers"));
}

static void *start(struct sim *sim) {
        struct definitions *definitions = malloc(sizeof(*definitions));

        if (!definitions)
                abort();
        *definitions = (struct definitions){
                .sim = sim,
                .writer = { .sim = sim, .manager = NAME },
                .kind = kinds_find(sim->kinds, "apiextensions.k8s.io", "v1",
                                   "customresourcedefinitions"),
                .keys = keys_new(sim->agenda, on_key, definitions),
        };
        storage_listen(sim->storage, (struct listener){ on_change, definitions });
        return definitions;
}

static void stop(void *actor) {
        struct definitions *definitions = actor;

        storage_unlisten(definitions->sim->storage, (struct listener){ on_change, definitions });
        keys_free(definitions->keys);
        free(definitions);
}

const struct actor_type DEFINITIONS = { .name = NAME, .start = start, .stop = stop };
