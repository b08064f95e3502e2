/*
 * What create, update and patch share once they have a decoded tree: the server's own metadata,
 * defaults, the kind's hooks, checks, generation, and the commit. Private to sim/verbs.
 */
#pragma once

#include <stdbool.h>

#include "patch/ownership.h"
#include "verbs/verbs.h"

/* One write, as asked for. */
struct write {
        struct sim *sim;
        const struct kind *kind;
        const struct kind
                *shown; /* asked for, where that is another form of kind; otherwise NULL */
        const char *namespace_, *name; /* name NULL: the object says it, or its generateName */
        const struct write_options *options;
        enum {
                WRITE_BODY,  /* a whole object: what cannot be decoded is 400 */
                WRITE_PATCH, /* 422, under the field "patch" */
                WRITE_APPLY  /* the same, and managedFields are made already */
        } source;
        const struct json *strategic; /* a strategic patch, which a 422 quotes; otherwise NULL */
        struct refusal *refusal;
};

/* A new object. tree was decoded; it stays the caller's. */
int commit_new(const struct write *write, struct json *tree, struct written *ret_written);
/* The same over the state before, which record holds. */
int commit_over(const struct write *write, struct record *record, const struct json *before,
                struct json *tree, struct written *ret_written);

/*
 * The same write in the kind that the objects are stored as, the tree converted; and what came of it
 * as the kind asked for shows it. Nothing happens to a kind without stored_as.
 */
struct write commit_stored(const struct write *write, struct json *tree);
void commit_show(const struct kind *kind, struct written *written);

/*
 * Takes an object out of the store, and a definition's kind with it. last as in storage_remove.
 * The last state, one reference.
 */
struct record *commit_removal(struct sim *sim, const struct kind *kind, struct record *record,
                              struct json *last);

/* 404 without the namespace, 403 when it is being terminated. name: what a 403 speaks of. */
int commit_check_namespace(struct sim *sim, const struct kind *kind, const char *namespace_,
                           const char *name, struct refusal *refusal);

/* Where etcd would have it ("/registry/pods/default/a"): texts of preconditions name it. */
const char *commit_storage_key(const struct kind *kind, const char *namespace_, const char *name,
                               struct arena *arena);

/* Who writes what, for patch/ownership.h. */
struct ownership_of commit_ownership(const struct write *write);

/* A kind by its group and plural: what the verbs themselves must know of. */
bool commit_is(const struct kind *kind, const char *group, const char *plural);
