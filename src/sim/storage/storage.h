/*
 * All objects, one revision counter, and what happened lately.
 *
 * As in etcd behind an API server: each committed write takes the next revision, which is the
 * object's resourceVersion; a collection is ordered by namespace, then name; what happened is kept
 * up to a bound, and a question about an older revision is answered "compacted". Nothing is
 * checked here: what may be written is decided by sim/verbs.
 *
 * Listeners are told after each commit, in the order in which they came; they must not write from
 * within the call (an actor puts its work on the agenda), but may come and go.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/err.h"
#include "llc/base/json.h"
#include "storage/record.h"

struct collection; /* the objects of one resource */
struct storage;

enum change_type { CHANGE_ADDED, CHANGE_MODIFIED, CHANGE_DELETED };

struct change {
        enum change_type type;
        int64_t revision;
        struct collection *collection;
        struct record *record; /* DELETED: its last state, with the deletion's resourceVersion */
        struct record *before; /* NULL when ADDED */
};

struct listener {
        void (*fn)(void *ctx, const struct change *change);
        void *ctx;
};

struct storage_limits {
        size_t history_changes; /* most changes kept */
        size_t history_bytes;   /* most bytes of text that only the history holds */
};

/* 20,000 changes, 128 MiB. */
extern const struct storage_limits STORAGE_LIMITS_DEFAULT;

struct storage *storage_new(const struct storage_limits *limits);
void storage_free(struct storage *storage);

/* The revision of the last commit; starts at 1. */
int64_t storage_revision(const struct storage *storage);
/* Events up to this revision are gone: a watch from before it, or a list at it, is answered 410. */
int64_t storage_compacted(const struct storage *storage);
/* Forgets all events up to and with the revision (at most the newest). */
void storage_compact(struct storage *storage, int64_t revision);

/* Listeners and their ctx must outlive the store or be removed. */
void storage_listen(struct storage *storage, struct listener listener);
void storage_unlisten(struct storage *storage, struct listener listener);

/* owner is handed back by collection_owner (a struct kind). Lives as long as the store. */
struct collection *collection_new(struct storage *storage, void *owner);
/*
 * Removes all objects, as deletions (its CRD goes). Empty, the collection stays as long as the store:
 * changes and watches point to it.
 */
void collection_retire(struct storage *storage, struct collection *collection);
void *collection_owner(const struct collection *collection);
size_t collection_count(const struct collection *collection);

/* Borrowed until the next commit; NULL = there is none. namespace_ "" = not in one. */
struct record *collection_get(const struct collection *collection, const char *namespace_,
                              const char *name);

/*
 * Commits. The tree stays the caller's; its metadata.resourceVersion is set. The object returned is
 * borrowed until the next commit. put makes or replaces; remove commits the tree's state as the
 * last one (NULL: the stored state), which it returns.
 */
struct record *storage_put(struct storage *storage, struct collection *collection,
                           struct json *tree);
struct record *storage_remove(struct storage *storage, struct collection *collection,
                              const char *namespace_, const char *name, struct json *last);

/*
 * Walks a collection as it is now, in order, from the first key after (after_namespace,
 * after_name) (both "" = from the start); namespace_ "" = all. fn returns false to stop.
 */
void collection_walk(const struct collection *collection, const char *namespace_,
                     const char *after_namespace, const char *after_name,
                     bool (*fn)(void *ctx, struct record *record), void *ctx);

/*
 * The same, as it was at a revision that is not compacted (a continued list): ERR_GONE otherwise,
 * ERR_INVALID for one that is yet to come.
 */
int collection_walk_at(const struct collection *collection, int64_t revision,
                       const char *namespace_, const char *after_namespace, const char *after_name,
                       bool (*fn)(void *ctx, struct record *record), void *ctx, struct err *err);

/*
 * Walks the events of a collection after a revision, oldest first; fn returns false to stop.
 * ERR_GONE when some of them may be compacted. A revision yet to come has no events.
 */
int collection_replay(const struct collection *collection, int64_t after_revision,
                      bool (*fn)(void *ctx, const struct change *change), void *ctx,
                      struct err *err);
