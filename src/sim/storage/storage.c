/*
 * A collection is a sorted array of records: what a list walks is what it must walk, a new object
 * costs a move of pointers (some microseconds with 100,000 objects), a replaced one nothing.
 *
 * An older revision is not stored but found: the states before the changes since then are laid over
 * the array.
 */
#include "storage/storage.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "storage/history.h"

enum { FIRST_REVISION = 1, MIN_PLACES = 16 };

const struct storage_limits STORAGE_LIMITS_DEFAULT = {
        .history_changes = 20000,
        .history_bytes = (size_t)128 << 20,
};

struct collection {
        struct storage *storage;
        struct collection *next;
        void *owner;
        struct record **records;
        size_t n, cap;
};

struct storage {
        int64_t revision;
        struct history history;
        struct collection *collections; /* retired ones too: history and watches point to them */
        struct listener *listeners;
        size_t n_listeners, cap_listeners;
        bool telling; /* listeners are being told: removed ones leave a gap */
};

struct key {
        const char *namespace_, *name;
};

struct storage *storage_new(const struct storage_limits *limits) {
        struct storage *storage = calloc(1, sizeof(*storage));

        if (!storage)
                abort();
        storage->revision = FIRST_REVISION;
        history_init(&storage->history, limits);
        return storage;
}

static void collection_clear(struct collection *collection) {
        for (size_t i = 0; i < collection->n; i++)
                record_unref(collection->records[i]);
        free(collection->records);
        collection->records = NULL;
        collection->n = collection->cap = 0;
}

void storage_free(struct storage *storage) {
        if (!storage)
                return;
        history_deinit(&storage->history);
        while (storage->collections) {
                struct collection *collection = storage->collections;

                storage->collections = collection->next;
                collection_clear(collection);
                free(collection);
        }
        free(storage->listeners);
        free(storage);
}

int64_t storage_revision(const struct storage *storage) {
        return storage->revision;
}

int64_t storage_compacted(const struct storage *storage) {
        return storage->history.compacted;
}

void storage_compact(struct storage *storage, int64_t revision) {
        history_compact(&storage->history,
                        revision < storage->revision ? revision : storage->revision);
}

void storage_listen(struct storage *storage, struct listener listener) {
        if (storage->n_listeners == storage->cap_listeners) {
                size_t cap = storage->cap_listeners ? storage->cap_listeners * 2 : MIN_PLACES;
                struct listener *listeners = realloc(storage->listeners, cap * sizeof(*listeners));

                if (!listeners)
                        abort();
                storage->listeners = listeners;
                storage->cap_listeners = cap;
        }
        storage->listeners[storage->n_listeners++] = listener;
}

static void listeners_close_gaps(struct storage *storage) {
        size_t kept = 0;

        for (size_t i = 0; i < storage->n_listeners; i++)
                if (storage->listeners[i].fn)
                        storage->listeners[kept++] = storage->listeners[i];
        storage->n_listeners = kept;
}

void storage_unlisten(struct storage *storage, struct listener listener) {
        for (size_t i = 0; i < storage->n_listeners; i++)
                if (storage->listeners[i].fn == listener.fn &&
                    storage->listeners[i].ctx == listener.ctx)
                        storage->listeners[i].fn = NULL;
        if (!storage->telling)
                listeners_close_gaps(storage);
}

static void storage_tell(struct storage *storage, const struct change *change) {
        size_t n = storage->n_listeners; /* who comes meanwhile has seen the new state */

        storage->telling = true;
        for (size_t i = 0; i < n; i++) {
                struct listener listener = storage->listeners[i];

                if (listener.fn)
                        listener.fn(listener.ctx, change);
        }
        storage->telling = false;
        listeners_close_gaps(storage);
}

struct collection *collection_new(struct storage *storage, void *owner) {
        struct collection *collection = calloc(1, sizeof(*collection));

        if (!collection)
                abort();
        *collection = (struct collection){
                .storage = storage,
                .next = storage->collections,
                .owner = owner,
        };
        storage->collections = collection;
        return collection;
}

void *collection_owner(const struct collection *collection) {
        return collection->owner;
}

size_t collection_count(const struct collection *collection) {
        return collection->n;
}

static struct key key_of(const struct record *record) {
        return (struct key){ record->namespace_, record->name };
}

static int key_compare(struct key a, struct key b) {
        int order = strcmp(a.namespace_, b.namespace_);

        return order != 0 ? order : strcmp(a.name, b.name);
}

/* The first place whose key is not before this one; *ret_found: it is this one. */
static size_t collection_find(const struct collection *collection, struct key key,
                              bool *ret_found) {
        size_t low = 0, high = collection->n;

        *ret_found = false;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = key_compare(key_of(collection->records[middle]), key);

                if (order == 0) {
                        *ret_found = true;
                        return middle;
                }
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

struct record *collection_get(const struct collection *collection, const char *namespace_,
                              const char *name) {
        bool found;
        size_t i = collection_find(collection, (struct key){ namespace_, name }, &found);

        return found ? collection->records[i] : NULL;
}

static void collection_insert(struct collection *collection, size_t i, struct record *record) {
        if (collection->n == collection->cap) {
                size_t cap = collection->cap ? collection->cap + collection->cap / 2 : MIN_PLACES;
                struct record **records =
                        realloc(collection->records, cap * sizeof(struct record *));

                if (!records)
                        abort();
                collection->records = records;
                collection->cap = cap;
        }
        memmove(&collection->records[i + 1], &collection->records[i],
                (collection->n - i) * sizeof(struct record *));
        collection->records[i] = record;
        collection->n++;
}

static void storage_commit(struct storage *storage, const struct change *change) {
        const struct change *kept = history_push(&storage->history, change);

        storage->revision = change->revision;
        storage_tell(storage, kept);
}

struct record *storage_put(struct storage *storage, struct collection *collection,
                           struct json *tree) {
        struct record *record = record_new(tree, storage->revision + 1), *before;
        struct change change = {
                .type = CHANGE_ADDED,
                .revision = record->revision,
                .collection = collection,
                .record = record,
        };
        bool found;
        size_t i = collection_find(collection, key_of(record), &found);

        assert(!storage->telling);
        if (!found) {
                collection_insert(collection, i, record);
                storage_commit(storage, &change);
                return record;
        }
        before = collection->records[i];
        collection->records[i] = record;
        change.type = CHANGE_MODIFIED;
        change.before = before;
        storage_commit(storage, &change);
        record_unref(before);
        return record;
}

/* The last state; the history, which always keeps the newest change, holds it. */
static struct record *storage_remove_at(struct storage *storage, struct collection *collection,
                                        size_t i, struct json *last) {
        struct record *before = collection->records[i];
        struct record *record = record_new(last, storage->revision + 1);

        assert(!storage->telling);
        assert(key_compare(key_of(before), key_of(record)) == 0);
        memmove(&collection->records[i], &collection->records[i + 1],
                (collection->n - i - 1) * sizeof(struct record *));
        collection->n--;
        storage_commit(storage, &(struct change){
                                        .type = CHANGE_DELETED,
                                        .revision = record->revision,
                                        .collection = collection,
                                        .record = record,
                                        .before = before,
                                });
        record_unref(before);
        record_unref(record);
        return record;
}

struct record *storage_remove(struct storage *storage, struct collection *collection,
                              const char *namespace_, const char *name, struct json *last) {
        struct record *record;
        bool found;
        size_t i = collection_find(collection, (struct key){ namespace_, name }, &found);
        struct json *tree;

        assert(found);
        tree = last ? last : record_tree(collection->records[i]);
        record = storage_remove_at(storage, collection, i, tree);
        if (!last)
                json_free(tree);
        return record;
}

void collection_retire(struct storage *storage, struct collection *collection) {
        while (collection->n > 0) {
                struct record *record = collection->records[collection->n - 1];
                JSON_CLEANUP struct json *last = record_tree(record);

                storage_remove_at(storage, collection, collection->n - 1, last);
        }
        collection_clear(collection);
}

/* A walk begins behind this key: behind after, and not before the namespace. */
static struct key walk_start(const char *namespace_, const char *after_namespace,
                             const char *after_name) {
        struct key after = { after_namespace, after_name };
        struct key start = { namespace_, "" };

        return key_compare(after, start) > 0 ? after : start;
}

static size_t collection_after(const struct collection *collection, struct key key) {
        bool found;
        size_t i = collection_find(collection, key, &found);

        return found ? i + 1 : i;
}

static bool in_namespace(const struct record *record, const char *namespace_) {
        return namespace_[0] == '\0' || strcmp(record->namespace_, namespace_) == 0;
}

void collection_walk(const struct collection *collection, const char *namespace_,
                     const char *after_namespace, const char *after_name,
                     bool (*fn)(void *ctx, struct record *record), void *ctx) {
        struct key start = walk_start(namespace_, after_namespace, after_name);

        for (size_t i = collection_after(collection, start); i < collection->n; i++)
                if (!in_namespace(collection->records[i], namespace_) ||
                    !fn(ctx, collection->records[i]))
                        return;
}

static int change_compare(const void *a, const void *b) {
        const struct change *const *x = a, *const *y = b;
        int order = key_compare(key_of((*x)->record), key_of((*y)->record));

        return order != 0 ? order
                          : ((*x)->revision > (*y)->revision) - ((*x)->revision < (*y)->revision);
}

/*
 * The first change since the revision of each key that the walk would meet, in the order of keys:
 * its "before" is what was there. Freed by the caller.
 */
static const struct change **changes_since(const struct collection *collection, int64_t revision,
                                           const char *namespace_, struct key start,
                                           size_t *ret_n) {
        const struct storage *storage = collection->storage;
        const struct change **changes =
                calloc((size_t)(storage->revision - revision) + 1, sizeof(const struct change *));
        size_t n = 0, kept = 0;

        if (!changes)
                abort();
        for (int64_t r = revision + 1; r <= storage->revision; r++) {
                const struct change *change = history_at(&storage->history, r);

                if (change->collection == collection && in_namespace(change->record, namespace_) &&
                    key_compare(key_of(change->record), start) > 0)
                        changes[n++] = change;
        }
        qsort(changes, n, sizeof(const struct change *), change_compare);
        for (size_t i = 0; i < n; i++)
                if (kept == 0 ||
                    key_compare(key_of(changes[kept - 1]->record), key_of(changes[i]->record)) != 0)
                        changes[kept++] = changes[i];
        *ret_n = kept;
        return changes;
}

int collection_walk_at(const struct collection *collection, int64_t revision,
                       const char *namespace_, const char *after_namespace, const char *after_name,
                       bool (*fn)(void *ctx, struct record *record), void *ctx, struct err *err) {
        const struct storage *storage = collection->storage;
        struct key start = walk_start(namespace_, after_namespace, after_name);
        size_t i = collection_after(collection, start), c = 0, n_changes;
        const struct change **changes;
        bool more = true;

        if (revision > storage->revision)
                return err_set(err, ERR_INVALID,
                               "Too large resource version: %" PRId64 ", current: %" PRId64,
                               revision, storage->revision);
        if (revision < storage->history.compacted)
                return err_set(err, ERR_GONE,
                               "The resourceVersion for the provided list is too old.");
        changes = changes_since(collection, revision, namespace_, start, &n_changes);
        while (more) {
                struct record *now = i < collection->n ? collection->records[i] : NULL;
                const struct change *change = c < n_changes ? changes[c] : NULL;
                int order;

                if (now && !in_namespace(now, namespace_))
                        now = NULL;
                if (!now && !change)
                        break;
                order = !now ? 1 : !change ? -1 : key_compare(key_of(now), key_of(change->record));
                if (order <= 0)
                        i++;
                if (order >= 0) {
                        now = change->before;
                        c++;
                }
                if (now)
                        more = fn(ctx, now);
        }
        free(changes);
        return 0;
}

int collection_replay(const struct collection *collection, int64_t after_revision,
                      bool (*fn)(void *ctx, const struct change *change), void *ctx,
                      struct err *err) {
        const struct storage *storage = collection->storage;

        if (after_revision < storage->history.compacted)
                return err_set(err, ERR_GONE, "too old resource version: %" PRId64 " (%" PRId64 ")",
                               after_revision, storage->history.compacted);
        for (int64_t r = after_revision + 1; r <= storage->revision; r++) {
                const struct change *change = history_at(&storage->history, r);

                if (change->collection == collection && !fn(ctx, change))
                        break;
        }
        return 0;
}
