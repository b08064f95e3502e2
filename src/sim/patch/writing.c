#include "patch/writing.h"

#include <string.h>

#include "llc/base/timestamp.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

/* Fields of the server itself have no owner. */
static const struct field_entry META_ENTRIES[] = {
        { "f:clusterName", true, NULL },
        { "f:creationTimestamp", true, NULL },
        { "f:generation", true, NULL },
        { "f:managedFields", true, NULL },
        { "f:name", true, NULL },
        { "f:namespace", true, NULL },
        { "f:resourceVersion", true, NULL },
        { "f:selfLink", true, NULL },
        { "f:uid", true, NULL },
};
static const struct field_set META = { META_ENTRIES, N(META_ENTRIES) };
static const struct field_entry SERVERS_ENTRIES[] = {
        { "f:apiVersion", true, NULL },
        { "f:kind", true, NULL },
        { "f:metadata", true, &META },
};
static const struct field_set SERVERS = { SERVERS_ENTRIES, N(SERVERS_ENTRIES) };
static const struct field_entry STATUS_ENTRIES[] = { { "f:status", true, NULL } };
static const struct field_set STATUS = { STATUS_ENTRIES, N(STATUS_ENTRIES) };
static const struct field_entry SPEC_ENTRIES[] = { { "f:spec", true, NULL } };
static const struct field_set SPEC = { SPEC_ENTRIES, N(SPEC_ENTRIES) };

struct writing writing_of(const struct ownership_of *of, struct arena *arena) {
        char now[TIMESTAMP_SIZE];

        return (struct writing){
                .of = of,
                .root = typed_root(of->schema, arena),
                .arena = arena,
                .managers = { .arena = arena },
                .now = arena_strdup(arena, timestamp_format(of->now_ms, now)),
        };
}

struct manager writing_manager(const struct writing *writing, const char *name, bool applies) {
        return (struct manager){
                .name = name[0] != '\0' ? name : "unknown",
                .applies = applies,
                .api_version = writing->of->api_version,
                .subresource = writing->of->subresource,
        };
}

const struct field_set *writing_in_reach(const struct writing *writing,
                                         const struct field_set *set) {
        if (!writing->of->has_status)
                return set;
        return field_set_without(set,
                                 strcmp(writing->of->subresource, "status") == 0 ? &SPEC : &STATUS,
                                 writing->arena);
}

const struct field_set *writing_without_servers(const struct writing *writing,
                                                const struct field_set *set) {
        return field_set_difference(set, &SERVERS, writing->arena);
}

struct comparison writing_compare(const struct writing *writing, const struct json *before,
                                  const struct json *after) {
        struct comparison comparison = typed_compare(before, after, writing->root, writing->arena);

        return (struct comparison){ .added = writing_in_reach(writing, comparison.added),
                                    .removed = writing_in_reach(writing, comparison.removed),
                                    .modified = writing_in_reach(writing, comparison.modified) };
}

const struct field_set *writing_changed(const struct writing *writing,
                                        const struct comparison *comparison) {
        return field_set_union(comparison->modified, comparison->added, writing->arena);
}

void writing_take_from_others(struct writing *writing, const struct comparison *comparison,
                              const struct manager *self) {
        const struct field_set *gone = field_set_union(writing_changed(writing, comparison),
                                                       comparison->removed, writing->arena);

        for (size_t i = 0; i < writing->managers.n; i++) {
                struct manager *manager = &writing->managers.all[i];

                if (manager != self)
                        manager->fields =
                                field_set_difference(manager->fields, gone, writing->arena);
        }
}

static void give_to_updater(struct writing *writing, const struct comparison *comparison,
                            const char *name) {
        const struct field_set *mine =
                writing_without_servers(writing, writing_changed(writing, comparison));
        struct manager updater = writing_manager(writing, name, false), *same;

        if (!mine)
                return;
        same = managers_find(&writing->managers, &updater);
        if (!same)
                same = managers_add(&writing->managers, &updater);
        same->fields = field_set_union(mine, same->fields, writing->arena);
        same->time = writing->now;
}

void writing_update(struct writing *writing, const struct json *before, const struct json *after,
                    const char *name) {
        struct comparison comparison = writing_compare(writing, before, after);

        writing_take_from_others(writing, &comparison, NULL);
        give_to_updater(writing, &comparison, name);
        managers_drop_empty(&writing->managers);
        managers_cap(&writing->managers);
}

void writing_done(struct writing *writing, struct json *object) {
        struct json *entries = managers_json(&writing->managers);

        if (entries)
                json_set(json_object_at(object, "metadata"), "managedFields", entries);
        else
                json_remove(json_object_at(object, "metadata"), "managedFields");
}
