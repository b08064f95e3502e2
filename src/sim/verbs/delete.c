/*
 * A deletion is a state first: deletionTimestamp, with a grace period for pods on a node, or for as
 * long as there are finalizers. Which of these an object meets decides whether it goes at once.
 */
#include "verbs/delete.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/timestamp.h"
#include "verbs/agenda.h"
#include "verbs/commit.h"

static const char ORPHAN[] = "orphan", FOREGROUND[] = "foregroundDeletion";
static const char CLEANUP[] = "customresourcecleanup.apiextensions.k8s.io";

enum { SECOND_MS = 1000 };

struct deletion {
        struct sim *sim;
        const struct kind *kind;
        const struct delete_options *options;
        struct record *record;
        const struct json *before;
        struct json *tree; /* the next state */
        int64_t now_ms;
};

/* These two speak of preconditions in storage's words, all others in those of deletion. */
static bool is_special(const struct kind *kind) {
        return commit_is(kind, "", "namespaces") ||
               commit_is(kind, "apiextensions.k8s.io", "customresourcedefinitions");
}

int delete_check_preconditions(const struct kind *kind, const struct record *record,
                               const struct delete_options *options, struct refusal *refusal) {
        const char *version = arena_printf(refusal->arena, "%lld", (long long)record->revision);
        bool uid_differs = options->uid && strcmp(options->uid, record->uid) != 0;
        bool version_differs =
                options->resource_version && strcmp(options->resource_version, version) != 0;
        struct kind named = *kind;

        if (!uid_differs && !version_differs)
                return 0;
        if (is_special(kind))
                return refuse_conflict(
                        refusal, kind, record->name,
                        "Precondition failed: %s in precondition: %s, %s in object meta: %s",
                        uid_differs ? "UID" : "ResourceVersion",
                        uid_differs ? options->uid : options->resource_version,
                        uid_differs ? "UID" : "ResourceVersion",
                        uid_differs ? record->uid : version);
        named.plural = kind->name;
        if (uid_differs)
                return refuse_conflict(refusal, &named, record->name,
                                       "the UID in the precondition (%s) does not match the UID in "
                                       "record (%s). The object might have been deleted and then "
                                       "recreated",
                                       options->uid, record->uid);
        return refuse_conflict(
                refusal, &named, record->name,
                "the ResourceVersion in the precondition (%s) does not match the "
                "ResourceVersion in record (%s). The object might have been modified",
                options->resource_version, version);
}

static void set_time(struct json *metadata, int64_t ms) {
        char text[TIMESTAMP_SIZE];

        json_set_str(metadata, "deletionTimestamp", timestamp_format(ms, text));
}

static void bump_generation(struct json *metadata) {
        int64_t generation = json_int_at(metadata, "generation", 0);

        if (generation > 0)
                json_set_int(metadata, "generation", generation + 1);
}

static bool has_finalizer(const struct json *finalizers, const char *name) {
        for (size_t i = 0; i < json_length(finalizers); i++)
                if (json_kind(json_at(finalizers, i)) == JSON_STRING &&
                    strcmp(json_as_string(json_at(finalizers, i)).ptr, name) == 0)
                        return true;
        return false;
}

static void set_finalizer(struct json *metadata, const char *name, bool wanted) {
        struct json *finalizers = json_get_mut(metadata, "finalizers");

        if (has_finalizer(finalizers, name) == wanted)
                return;
        if (wanted) {
                if (!finalizers) {
                        finalizers = json_new_array();
                        json_set(metadata, "finalizers", finalizers);
                }
                json_append(finalizers, json_new_string(bytes_of(name)));
                return;
        }
        for (size_t i = json_length(finalizers); i > 0; i--)
                if (strcmp(json_as_string(json_at(finalizers, i - 1)).ptr, name) == 0)
                        json_remove_at(finalizers, i - 1);
        if (json_length(finalizers) == 0)
                json_remove(metadata, "finalizers");
}

/* The garbage collector's finalizers, as the propagation wants them. */
static void set_propagation(const struct deletion *deletion, struct json *metadata) {
        if (strcmp(deletion->kind->plural, "events") == 0 && deletion->kind->builtin)
                return;
        switch (deletion->options->propagation) {
        case PROPAGATION_DEFAULT:
                return;
        case PROPAGATION_BACKGROUND:
        case PROPAGATION_FOREGROUND:
        case PROPAGATION_ORPHAN:
                break;
        }
        set_finalizer(metadata, ORPHAN, deletion->options->propagation == PROPAGATION_ORPHAN);
        set_finalizer(metadata, FOREGROUND,
                      deletion->options->propagation == PROPAGATION_FOREGROUND);
}

/* The grace period of a pod that is not being deleted yet. */
static int64_t pod_grace_s(const struct deletion *deletion) {
        const struct json *spec = json_get(deletion->before, "spec");
        const char *phase = json_text_at(json_get(deletion->before, "status"), "phase");
        int64_t grace_s = deletion->options->grace_s;

        if (grace_s < 0)
                grace_s = json_int_at(spec, "terminationGracePeriodSeconds", 0);
        if (json_text_at(spec, "nodeName")[0] == '\0' || strcmp(phase, "Failed") == 0 ||
            strcmp(phase, "Succeeded") == 0)
                return 0;
        return grace_s < 0 ? 1 : grace_s;
}

enum grace {
        GRACE_NONE,    /* not for this object, or over */
        GRACE_PENDING, /* as long as before */
        GRACE_NOW,     /* set, to nothing: it may go */
        GRACE_GIVEN,   /* set, or shortened */
};

static enum grace shorten_grace(const struct deletion *deletion, struct json *metadata) {
        int64_t own_s = json_int_at(metadata, "deletionGracePeriodSeconds", 0);
        int64_t asked_s = deletion->options->grace_s, ms = 0;
        struct err err;

        if (own_s == 0)
                return GRACE_NONE;
        if (asked_s < 0 || asked_s >= own_s)
                return GRACE_PENDING;
        if (timestamp_parse(json_as_string(json_get(metadata, "deletionTimestamp")), &ms, &err) < 0)
                ms = deletion->now_ms;
        ms += (asked_s - own_s) * SECOND_MS;
        if (ms < deletion->now_ms) {
                ms = deletion->now_ms;
                own_s = asked_s == 0 ? 0 : 1;
        } else {
                own_s = asked_s;
        }
        set_time(metadata, ms);
        json_set_int(metadata, "deletionGracePeriodSeconds", own_s);
        return asked_s == 0 ? GRACE_NOW : GRACE_GIVEN;
}

static enum grace set_grace(const struct deletion *deletion, struct json *metadata) {
        int64_t grace_s;

        if (!commit_is(deletion->kind, "", "pods"))
                return GRACE_NONE;
        if (json_get(metadata, "deletionTimestamp"))
                return shorten_grace(deletion, metadata);
        grace_s = pod_grace_s(deletion);
        set_time(metadata, deletion->now_ms + grace_s * SECOND_MS);
        json_set_int(metadata, "deletionGracePeriodSeconds", grace_s);
        bump_generation(metadata);
        return grace_s == 0 ? GRACE_NOW : GRACE_GIVEN;
}

/* Nothing more to wait for but finalizers. */
static void mark_deleting(const struct deletion *deletion, struct json *metadata) {
        const struct json *timestamp = json_get(metadata, "deletionTimestamp");
        int64_t ms = 0;
        struct err err;

        if (!timestamp)
                bump_generation(metadata);
        if (!timestamp || timestamp_parse(json_as_string(timestamp), &ms, &err) < 0 ||
            ms > deletion->now_ms)
                set_time(metadata, deletion->now_ms);
        json_set_int(metadata, "deletionGracePeriodSeconds", 0);
}

/* Commits the next state; one reference to it. */
static struct record *commit(const struct deletion *deletion) {
        if (json_equal(deletion->before, deletion->tree))
                return record_ref(deletion->record);
        if (deletion->options->dry_run)
                return record_new(deletion->tree, deletion->record->revision);
        return record_ref(
                storage_put(deletion->sim->storage, deletion->kind->objects, deletion->tree));
}

static struct record *delete_object(const struct deletion *deletion, bool *ret_gone) {
        struct json *metadata = json_get_mut(deletion->tree, "metadata");
        enum grace grace = set_grace(deletion, metadata);
        struct record *marked, *gone;
        bool finalizers;

        *ret_gone = false;
        if (grace == GRACE_PENDING)
                return record_ref(deletion->record);
        set_propagation(deletion, metadata);
        finalizers = json_length(json_get(metadata, "finalizers")) > 0;
        if (grace == GRACE_NONE && finalizers)
                mark_deleting(deletion, metadata);
        if (grace == GRACE_GIVEN || finalizers)
                return commit(deletion);

        /* A watch sees a pod with its grace period over before it sees it gone. */
        *ret_gone = true;
        marked = grace == GRACE_NOW ? commit(deletion) : record_ref(deletion->record);
        if (deletion->options->dry_run)
                return marked;
        gone = commit_removal(deletion->sim, deletion->kind, marked, NULL);
        record_unref(marked);
        return gone;
}

static bool is_immortal(const char *namespace_) {
        static const char *const NAMES[] = { "default", "kube-system", "kube-public" };

        for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++)
                if (strcmp(namespace_, NAMES[i]) == 0)
                        return true;
        return false;
}

/* A namespace ends when the actor that empties it takes the last of spec.finalizers away. */
static struct record *delete_namespace(const struct deletion *deletion, bool *ret_gone) {
        struct json *metadata = json_get_mut(deletion->tree, "metadata");

        *ret_gone = false;
        if (json_get(metadata, "deletionTimestamp")) {
                if (json_length(json_get(json_get(deletion->before, "spec"), "finalizers")) > 0)
                        return record_ref(deletion->record);
                return delete_object(deletion, ret_gone);
        }
        set_time(metadata, deletion->now_ms);
        json_set_str(json_object_at(deletion->tree, "status"), "phase", "Terminating");
        set_propagation(deletion, metadata);
        return commit(deletion);
}

/* A definition goes when the actor that deletes its objects takes the finalizer away. */
static struct record *delete_definition(const struct deletion *deletion, bool *ret_gone) {
        struct json *metadata = json_get_mut(deletion->tree, "metadata");
        struct json *status = json_object_at(deletion->tree, "status");
        struct json *conditions = json_get_mut(status, "conditions");
        struct json *condition;
        char now[TIMESTAMP_SIZE];

        *ret_gone = false;
        if (json_get(metadata, "deletionTimestamp"))
                return delete_object(deletion, ret_gone);
        set_time(metadata, deletion->now_ms);
        set_finalizer(metadata, CLEANUP, true);
        if (!conditions) {
                conditions = json_new_array();
                json_set(status, "conditions", conditions);
        }
        condition = json_new_object();
        json_set_str(condition, "type", "Terminating");
        json_set_str(condition, "status", "True");
        json_set_str(condition, "lastTransitionTime", timestamp_format(deletion->now_ms, now));
        json_set_str(condition, "reason", "InstanceDeletionPending");
        json_set_str(condition, "message",
                     "CustomResourceDefinition marked for deletion; CustomResource deletion will "
                     "begin soon");
        json_append(conditions, condition);
        return commit(deletion);
}

int verb_delete(struct sim *sim, const struct kind *kind, const char *namespace_, const char *name,
                const struct delete_options *options, struct record **ret_record, bool *ret_gone,
                struct refusal *refusal) {
        const struct kind *stored = kind->stored_as ? kind->stored_as : kind;
        struct record *record = collection_get(stored->objects, namespace_, name), *last;
        struct json *before JSON_CLEANUP = NULL, *tree JSON_CLEANUP = NULL;
        struct deletion deletion;

        if (!record)
                return refuse_not_found(refusal, kind, name);
        if (commit_is(kind, "", "namespaces") && is_immortal(name))
                return refuse_forbidden(refusal, kind, name, "this namespace may not be deleted");
        if (delete_check_preconditions(kind, record, options, refusal) < 0)
                return -1;
        before = record_tree(record);
        tree = json_clone(before);
        deletion = (struct deletion){
                .sim = sim,
                .kind = stored,
                .options = options,
                .record = record,
                .before = before,
                .tree = tree,
                .now_ms = agenda_now_ms(sim->agenda),
        };
        if (commit_is(kind, "", "namespaces"))
                last = delete_namespace(&deletion, ret_gone);
        else if (is_special(kind))
                last = delete_definition(&deletion, ret_gone);
        else
                last = delete_object(&deletion, ret_gone);
        *ret_record = kind_shown(kind, last);
        record_unref(last);
        return 0;
}
