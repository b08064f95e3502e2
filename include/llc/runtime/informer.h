/*
 * Keeps the store of one resource in step with the API server: list, then watch, then list again
 * when the server says that the past is gone. The list is a stream of events that goes on as the
 * watch, where the server can do that (WatchList), or comes in pages. Explicit states, random as an
 * argument.
 *
 * Skipped is not deleted: an object that can't be read, or a list that is not complete, removes
 * nothing; so does a kind that went missing. A list replaces what the store has of the informer's
 * namespace at once, when its last page is there: first the missing are removed, then the new come.
 * An object that was deleted and created again unseen is a removal, then an addition.
 *
 * Callbacks may be NULL. They come from the loop, after the store has changed; they must not start
 * or free an informer.
 *
 * Source of the rules: client-go tools/cache Reflector (docs/client-go.md says what differs).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/kube/client.h"
#include "llc/kube/decoder.h"
#include "llc/runtime/object.h"
#include "llc/runtime/store.h"

enum informer_state {
        INFORMER_STOPPED,
        INFORMER_STREAMING, /* a list as a stream of events */
        INFORMER_LISTING,   /* a list in pages */
        INFORMER_WATCHING,
        INFORMER_WAITING, /* back-off before the next list or watch */
};

/*
 * What changed; old or new is NULL for an addition or a removal. Borrowed: old is out of the store
 * already and gone after the callback.
 */
struct informer_change {
        const struct object *old;
        const struct object *new;
        bool initial; /* from a list (also a later one), not from the watch */
};

struct informer_options {
        struct loop *loop;
        struct client *client;
        const struct resource *resource;
        const char *namespace_;     /* NULL = all */
        const char *label_selector; /* NULL = all objects */
        const char *field_selector; /* NULL = all objects */
        bool metadata_only;         /* PartialObjectMetadata instead of the objects */
        const struct projection *projection;
        object_decode_fn decode;
        struct store *store; /* borrowed; several informers may share one (one per namespace) */
        void (*on_change)(void *ctx, const struct informer_change *change);
        /*
         * A version of an object that can't be read: its last good copy stays, and is marked.
         * item->error says why, also when it was the decode that failed.
         */
        void (*on_unreadable)(void *ctx, const struct decoder_item *item);
        /*
         * Something worth a log line: a failed list, a broken watch. A missing kind is said once,
         * not at each try.
         */
        void (*on_error)(void *ctx, const struct err *err);
        /* has_synced became true; later also: the kind went missing or came back. */
        void (*on_synced)(void *ctx);
        void *ctx;
        uint64_t seed[2];
        /*
         * How often, ±20 %, the store is compared with names and versions as the server has them
         * now, beside the watch. When it is out of step, a list puts it right. 0 = never.
         */
        int64_t consistency_interval_ms;
        /*
         * This resource's lists can't be streamed: set by the informer that finds out, heeded by
         * all that share it. Borrowed; NULL = of this one alone.
         */
        bool *no_streaming;
};

/* Why a list had to be begun anew. */
enum informer_relist {
        INFORMER_RELIST_EXPIRED,     /* 410: what has happened since is not known any more */
        INFORMER_RELIST_NO_KIND,     /* the resource does not exist */
        INFORMER_RELIST_REFUSED,     /* 401, 403 */
        INFORMER_RELIST_INVALID,     /* one side did not understand the other */
        INFORMER_RELIST_UNAVAILABLE, /* no answer, or none of use; watches: time and again */
        INFORMER_RELIST_DRIFT,       /* the store was out of step although the watch was open */
        INFORMER_RELISTS,
};

struct informer_counters {
        uint64_t lists;   /* complete ones, however they came */
        uint64_t streams; /* lists that came as a stream of events */
        uint64_t watches; /* begun */
        uint64_t events;  /* without bookmarks */
        uint64_t bookmarks, unreadable;
        uint64_t relists[INFORMER_RELISTS];
        uint64_t rewatches_ended;   /* watches begun where one had ended as it should */
        uint64_t rewatches_failed;  /* … where one had failed */
        uint64_t consistency_lists; /* complete comparisons with the server */
        uint64_t drift;             /* objects that were found out of step in them */
        uint64_t errors;            /* as on_error */
};

struct informer;

/* Copies namespace_ and the selectors; the other pointers are borrowed. */
struct informer *informer_new(const struct informer_options *options);
void informer_free(struct informer *informer);
void informer_start(struct informer *informer);

/*
 * The first list is complete, or the server said that the kind does not exist: that is an answer
 * too, the cache is empty and informer_no_kind() tells why. Stays true.
 */
bool informer_has_synced(const struct informer *informer);
enum informer_state informer_state(const struct informer *informer);
/* STREAMING or LISTING. */
bool informer_is_listing(const struct informer *informer);
/* The newest resourceVersion seen, bookmarks included; NULL before the first list. */
const char *informer_resource_version(const struct informer *informer);
/*
 * The resource does not exist on the server (its CRD is missing); it is tried again at least every
 * 10 s. What was cached before stays.
 */
bool informer_no_kind(const struct informer *informer);
const struct informer_counters *informer_counters(const struct informer *informer);
/* "expired", "no_kind", …: for metrics. */
const char *informer_relist_name(enum informer_relist cause);
