/*
 * The order is the real server's, because it decides which of several errors a client is told:
 * version and uid, then what the server sets, defaults, checks, admission, and the commit last.
 */
#include "verbs/commit.h"

#include <stdlib.h>
#include <string.h>

#include "kinds/metadata.h"
#include "llc/base/timestamp.h"
#include "patch/ownership.h"
#include "verbs/agenda.h"
#include "verbs/checks.h"
#include "verbs/decode.h"

enum {
        NAME_MAX_BYTES = 63, /* of a generated name */
        NAME_RANDOM = 5,
        NAME_ATTEMPTS = 8,
        HTTP_INTERNAL = 500,
};

bool commit_is(const struct kind *kind, const char *group, const char *plural) {
        return strcmp(kind->plural, plural) == 0 && strcmp(kind->group, group) == 0;
}

static bool is_definition(const struct kind *kind) {
        return commit_is(kind, "apiextensions.k8s.io", "customresourcedefinitions");
}

/* "", "status", …: as in a path, and in managedFields. */
static const char *subresource_of(enum part part) {
        static const char *const SUBRESOURCES[] = {
                [PART_OBJECT] = "",
                [PART_STATUS] = "status",
                [PART_SCALE] = "scale",
                [PART_FINALIZE] = "finalize",
        };

        return SUBRESOURCES[part];
}

struct ownership_of commit_ownership(const struct write *write) {
        return (struct ownership_of){
                .schema = write->kind->schema,
                .api_version = kind_api_version(write->kind, write->refusal->arena),
                .kind = write->kind->name,
                .manager = write->options->manager,
                .subresource = subresource_of(write->options->part),
                .has_status = write->kind->has_status,
                .now_ms = agenda_now_ms(write->sim->agenda),
        };
}

const char *commit_storage_key(const struct kind *kind, const char *namespace_, const char *name,
                               struct arena *arena) {
        const char *slash = namespace_[0] != '\0' ? "/" : "";

        if (commit_is(kind, "", "services"))
                return arena_printf(arena, "/registry/services/specs/%s/%s", namespace_, name);
        if (commit_is(kind, "", "nodes"))
                return arena_printf(arena, "/registry/minions/%s", name);
        if (kind->builtin && !is_definition(kind))
                return arena_printf(arena, "/registry/%s/%s%s%s", kind->plural, namespace_, slash,
                                    name);
        return arena_printf(arena, "/registry/%s/%s/%s%s%s", kind->group, kind->plural, namespace_,
                            slash, name);
}

int commit_check_namespace(struct sim *sim, const struct kind *kind, const char *namespace_,
                           const char *name, struct refusal *refusal) {
        const struct kind *namespaces = kinds_find(sim->kinds, "", "v1", "namespaces");
        struct record *record;

        if (!kind->namespaced)
                return 0;
        record = collection_get(namespaces->objects, "", namespace_);
        if (!record)
                return refuse_not_found(refusal, namespaces, namespace_);
        if (!record->deleting)
                return 0;
        refuse_forbidden(refusal, kind, name,
                         "unable to create new content in namespace %s because it is being "
                         "terminated",
                         namespace_);
        refusal_cause(refusal, "NamespaceTerminating",
                      arena_printf(refusal->arena, "namespace %s is being terminated", namespace_),
                      "metadata.namespace");
        return -1;
}

/* Before metadata.name there is generateName; a name that is free, unless fate is against it. */
static void generate_name(const struct write *write, struct json *metadata) {
        const char *base = json_text_at(metadata, "generateName");
        char random[NAME_RANDOM + 1];
        const char *name;

        if (json_text_at(metadata, "name")[0] != '\0' || base[0] == '\0')
                return;
        for (int i = 0; i < NAME_ATTEMPTS; i++) {
                agenda_name(write->sim->agenda, random, NAME_RANDOM);
                name = arena_printf(write->refusal->arena, "%.*s%s", NAME_MAX_BYTES - NAME_RANDOM,
                                    base, random);
                json_set_str(metadata, "name", name);
                if (!collection_get(write->kind->objects, write->namespace_, name))
                        return;
        }
}

static int refuse_taken(const struct write *write, const struct record *record,
                        const struct json *tree, bool generated) {
        struct refusal *refusal = write->refusal;

        refuse_exists(refusal, write->kind, metadata_name(tree));
        if (generated) {
                refusal->message = arena_printf(refusal->arena,
                                                "%s, the server was not able to generate a unique "
                                                "name for the object",
                                                refusal->message);
                refusal->retry_after_s = 1;
        }
        if (record->deleting)
                refusal->message = arena_printf(refusal->arena, "object is being deleted: %s",
                                                refusal->message);
        return -1;
}

/* A definition makes a kind, or is refused; in its status it says so. */
static int define(const struct write *write, struct json *tree) {
        struct err err;

        if (write->options->dry_run)
                return 0;
        if (kinds_define(write->sim->kinds, tree, &err) < 0) {
                struct field_errors errors = { .arena = write->refusal->arena };

                field_error_add(&errors, FIELD_ERROR_INVALID, "spec", NULL, "%s", err.msg);
                return refuse_invalid(write->refusal, write->kind, metadata_name(tree), &errors);
        }
        kinds_definition_status(write->sim->kinds, tree, agenda_now_ms(write->sim->agenda));
        return 0;
}

static void put(const struct write *write, struct json *tree, int64_t dry_revision,
                struct written *ret_written) {
        struct record *record;

        if (write->kind->note && write->options->warnings)
                strings_add(write->options->warnings, "%s", write->kind->note);
        if (write->options->dry_run)
                record = record_new(tree, dry_revision);
        else
                record = record_ref(storage_put(write->sim->storage, write->kind->objects, tree));
        *ret_written = (struct written){ .record = record };
}

/* The metadata of a new object: what the client says of it counts for nothing. */
static void stamp_new(const struct write *write, struct json *metadata) {
        static const char *const OURS[] = { "resourceVersion", "deletionTimestamp",
                                            "deletionGracePeriodSeconds" };
        struct agenda *agenda = write->sim->agenda;
        char uid[37], now[TIMESTAMP_SIZE];

        for (size_t i = 0; i < sizeof(OURS) / sizeof(*OURS); i++)
                json_remove(metadata, OURS[i]);
        if (write->source != WRITE_APPLY)
                json_remove(metadata, "managedFields");
        agenda_uid(agenda, uid);
        json_set_str(metadata, "uid", uid);
        json_set_str(metadata, "creationTimestamp", timestamp_format(agenda_now_ms(agenda), now));
        if (write->kind->has_generation)
                json_set_int(metadata, "generation", 1);
}

static int complete(const struct write *write, struct json *tree, const struct json *before) {
        struct err err;

        if (kind_complete(write->kind, tree, before, write->options->part,
                          agenda_now_ms(write->sim->agenda), &err) < 0)
                return decode_refuse(write, tree, err.msg);
        return 0;
}

static int check_author(const struct write *write, const struct json *tree,
                        const struct json *before) {
        const struct write_options *options = write->options;

        if (!options->may_write)
                return 0;
        return options->may_write(options->may_write_ctx, write->kind, write->namespace_, tree,
                                  before, write->refusal);
}

int commit_new(const struct write *write, struct json *tree, struct written *ret_written) {
        struct json *metadata = json_object_at(tree, "metadata");
        bool versioned = strtoull(json_text_at(metadata, "resourceVersion"), NULL, 10) > 0;
        bool generated = json_text_at(metadata, "name")[0] == '\0';
        const char *asked = json_text_at(metadata, generated ? "generateName" : "name");
        struct record *existing;

        if (commit_check_namespace(write->sim, write->kind, write->namespace_, asked,
                                   write->refusal) < 0 ||
            check_author(write, tree, NULL) < 0)
                return -1;
        stamp_new(write, metadata);
        generate_name(write, metadata);
        if (complete(write, tree, NULL) < 0 || checks_valid(write, tree, NULL) < 0 ||
            checks_admission(write, tree, NULL) < 0)
                return -1;
        if (versioned)
                return refuse(write->refusal, HTTP_INTERNAL, "",
                              "resourceVersion should not be set on objects to be created");
        existing = collection_get(write->kind->objects, write->namespace_, metadata_name(tree));
        if (existing)
                return refuse_taken(write, existing, tree, generated);
        if (is_definition(write->kind) && define(write, tree) < 0)
                return -1;
        put(write, tree, 0, ret_written);
        ret_written->created = true;
        return 0;
}

/* Metadata that no write changes. Its generation is settled once all else is. */
static void stamp_over(const struct write *write, const struct json *before, struct json *tree) {
        static const char *const KEPT[] = { "creationTimestamp", "generation" };
        static const char *const FILLED[] = { "uid", "deletionGracePeriodSeconds" };
        const struct json *old = json_get(before, "metadata");
        struct json *metadata = json_get_mut(tree, "metadata");

        for (size_t i = 0; i < sizeof(KEPT) / sizeof(*KEPT); i++) {
                if (json_get(old, KEPT[i]))
                        json_set(metadata, KEPT[i], json_clone(json_get(old, KEPT[i])));
                else
                        json_remove(metadata, KEPT[i]);
        }
        if (json_get(old, "deletionTimestamp"))
                json_set(metadata, "deletionTimestamp",
                         json_clone(json_get(old, "deletionTimestamp")));
        for (size_t i = 0; i < sizeof(FILLED) / sizeof(*FILLED); i++)
                if (json_get(old, FILLED[i]) && !json_get(metadata, FILLED[i]))
                        json_set(metadata, FILLED[i], json_clone(json_get(old, FILLED[i])));
        json_set_str(metadata, "resourceVersion", json_text_at(old, "resourceVersion"));
        /* Where there are some, ownership takes over, from what the client says of them on. */
        if (write->source != WRITE_APPLY && !json_get(old, "managedFields"))
                json_remove(metadata, "managedFields");
}

/* Labels of an EndpointSlice name its Service: they count as what it says. */
static bool labels_changed(const struct kind *kind, const struct json *before,
                           const struct json *after) {
        return commit_is(kind, "discovery.k8s.io", "endpointslices") &&
               !json_equal(json_get(json_get(before, "metadata"), "labels"),
                           json_get(json_get(after, "metadata"), "labels"));
}

/* Is a member one that generation counts? */
static bool is_counted(const struct kind *kind, const char *key) {
        if (strcmp(key, "metadata") == 0)
                return false;
        return strcmp(key, "status") != 0 || !(kind->has_status || kind->builtin);
}

static bool spec_changed(const struct kind *kind, const struct json *before,
                         const struct json *after) {
        const struct json *value;
        const char *key;
        void *cursor = NULL;

        while (json_next(before, &cursor, &key, &value))
                if (is_counted(kind, key) && !json_equal(value, json_get(after, key)))
                        return true;
        cursor = NULL;
        while (json_next(after, &cursor, &key, &value))
                if (is_counted(kind, key) && !json_has(before, key))
                        return true;
        return labels_changed(kind, before, after);
}

static void bump_generation(const struct write *write, const struct json *before,
                            struct json *tree) {
        const struct json *generation = json_get(json_get(before, "metadata"), "generation");

        if (!write->kind->has_generation)
                return;
        json_set_int(json_get_mut(tree, "metadata"), "generation",
                     json_kind(generation) == JSON_INT ? json_as_int(generation) + 1 : 1);
}

static void settle_ownership(const struct write *write, const struct json *before,
                             struct json *tree) {
        struct ownership_of ownership;

        if (write->source == WRITE_APPLY ||
            !json_get(json_get(before, "metadata"), "managedFields"))
                return;
        ownership = commit_ownership(write);
        ownership_update(&ownership, before, tree);
}

/* Was this write the last thing that a deletion waited for? */
static bool is_released(const struct kind *kind, const struct json *before,
                        const struct json *tree) {
        const struct json *old = json_get(before, "metadata");
        const struct json *grace = json_get(old, "deletionGracePeriodSeconds");

        if (!json_get(old, "deletionTimestamp") ||
            json_length(json_get(json_get(tree, "metadata"), "finalizers")) > 0)
                return false;
        if (commit_is(kind, "", "namespaces") &&
            json_length(json_get(json_get(tree, "spec"), "finalizers")) > 0)
                return false;
        return json_kind(grace) != JSON_INT || json_as_int(grace) == 0;
}

static void release(const struct write *write, struct record *record, struct json *tree,
                    struct written *ret_written) {
        *ret_written = (struct written){ .record = record_new(tree, record->revision) };
        if (!write->options->dry_run)
                record_unref(commit_removal(write->sim, write->kind, record, NULL));
}

int commit_over(const struct write *write, struct record *record, const struct json *before,
                struct json *tree, struct written *ret_written) {
        if (check_author(write, tree, before) < 0 || checks_version(write, record, tree) < 0)
                return -1;
        stamp_over(write, before, tree);
        if (complete(write, tree, before) < 0 || checks_valid(write, tree, before) < 0 ||
            checks_admission(write, tree, before) < 0)
                return -1;
        if (is_released(write->kind, before, tree)) {
                release(write, record, tree, ret_written);
                return 0;
        }
        if (spec_changed(write->kind, before, tree)) {
                bump_generation(write, before, tree);
                if (is_definition(write->kind) && define(write, tree) < 0)
                        return -1;
        }
        settle_ownership(write, before, tree);
        ownership_keep_times(before, tree);
        if (json_equal(before, tree)) {
                *ret_written = (struct written){ .record = record_ref(record), .unchanged = true };
                return 0;
        }
        put(write, tree, record->revision, ret_written);
        return 0;
}

struct write commit_stored(const struct write *write, struct json *tree) {
        struct write stored = *write;

        if (write->kind->stored_as) {
                kind_to_stored(write->kind, tree);
                stored.kind = write->kind->stored_as;
                stored.shown = write->kind;
        }
        return stored;
}

void commit_show(const struct kind *kind, struct written *written) {
        struct record *record = written->record;

        written->record = kind_shown(kind, record);
        record_unref(record);
}

struct record *commit_removal(struct sim *sim, const struct kind *kind, struct record *record,
                              struct json *last) {
        struct record *gone;

        record_ref(record);
        if (is_definition(kind))
                kinds_undefine(sim->kinds, record->name);
        gone = record_ref(storage_remove(sim->storage, kind->objects, record->namespace_,
                                         record->name, last));
        record_unref(record);
        return gone;
}
