/*
 * What may be done to objects, and what then happens: the meaning of the API's verbs, below HTTP.
 * Requests and the built-in controllers go through here alike.
 *
 * A verb decodes nothing and knows no user: sim/serve has done so. It completes, checks and
 * commits: names, generateName, defaults, pruning, generation, preconditions, finalizers,
 * ownership. Objects that come back are borrowed until the next commit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kinds/kind.h"
#include "verbs/refusal.h"

struct agenda;

/* All that the server is, without sockets. */
struct sim {
        struct storage *storage;
        struct kinds *kinds;
        struct agenda *agenda; /* clock, timers and randomness */
};

struct write_options {
        bool dry_run;
        enum { FIELDS_WARN, FIELDS_STRICT, FIELDS_IGNORE } field_validation;
        const char *manager;      /* fieldManager; "" = none given */
        bool force;               /* apply: take over others' fields */
        enum part part;           /* the subresource written */
        struct strings *warnings; /* unknown fields and notes; NULL = dropped */
        /* Members that the body has twice (serve/duplicates.h), for field_validation; NULL = none */
        const struct strings *duplicates;
        /* What the author may not write for what is in it; before NULL: a new object. NULL = nothing. */
        int (*may_write)(void *ctx, const struct kind *kind, const char *namespace_,
                         const struct json *tree, const struct json *before,
                         struct refusal *refusal);
        void *may_write_ctx;
};

enum patch_type { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY };

enum propagation {
        PROPAGATION_DEFAULT,
        PROPAGATION_BACKGROUND,
        PROPAGATION_FOREGROUND,
        PROPAGATION_ORPHAN
};

struct delete_options {
        bool dry_run;
        int64_t grace_s; /* -1 = the object's own */
        enum propagation propagation;
        const char *uid;              /* preconditions; NULL = none */
        const char *resource_version; /* NULL = none */
};

/* What came of a write: the stored object, or of a dry run an object that is not stored.
 * One reference, for the caller to drop. */
struct written {
        struct record *record;
        bool created; /* apply and patch of what was not there */
        bool unchanged;
};

/*
 * tree is taken (freed) in all cases. namespace_ "" for what is not in one. 409 AlreadyExists, 422, 403
 * (the namespace is being terminated), 404 (no such namespace).
 */
int verb_create(struct sim *sim, const struct kind *kind, const char *namespace_, struct json *tree,
                const struct write_options *options, struct written *ret_written,
                struct refusal *refusal);
int verb_update(struct sim *sim, const struct kind *kind, const char *namespace_, const char *name,
                struct json *tree, const struct write_options *options, struct written *ret_written,
                struct refusal *refusal);
int verb_patch(struct sim *sim, const struct kind *kind, const char *namespace_, const char *name,
               enum patch_type type, const struct json *patch, const struct write_options *options,
               struct written *ret_written, struct refusal *refusal);
/* *ret_record: the last state, or the state that waits for its finalizers or its grace period; one
 * reference. *ret_gone says which. */
int verb_delete(struct sim *sim, const struct kind *kind, const char *namespace_, const char *name,
                const struct delete_options *options, struct record **ret_record, bool *ret_gone,
                struct refusal *refusal);
int verb_get(struct sim *sim, const struct kind *kind, const char *namespace_, const char *name,
             struct record **ret_record, struct refusal *refusal);
/* POST pods/NAME/eviction: PodDisruptionBudgets decide (429 with a cause DisruptionBudget). */
int verb_evict(struct sim *sim, const char *namespace_, const char *name,
               const struct delete_options *options, struct refusal *refusal);
/* The autoscaling/v1 Scale of an object that was written, a new tree. Updates and patches of
 * PART_SCALE take a Scale, and give the object. */
struct json *verb_scale_view(const struct kind *kind, const struct record *record);
/* The same of a stored one; 500 of a custom resource that does not say its replicas. */
int verb_scale_get(struct sim *sim, const struct kind *kind, const char *namespace_,
                   const char *name, struct json **ret_scale, struct refusal *refusal);
