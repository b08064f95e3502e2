/*
 * Keeps the store of one resource in step with the API server: list, then watch, then list again
 * when the server says that the past is gone. Explicit states, random and time as arguments.
 * Source of the rules: client-go tools/cache Reflector (see CONTRIBUTING.md for what differs).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/kube/client.h"
#include "llc/kube/decoder.h"
#include "llc/runtime/store.h"

enum informer_state {
        INFORMER_STOPPED,
        INFORMER_LISTING,
        INFORMER_WATCHING,
        INFORMER_WAITING, /* back-off before the next list or watch */
};

/* What changed; old or new is NULL for an addition or a removal. Borrowed. */
struct informer_change {
        const struct object *old;
        const struct object *new;
        bool initial; /* from a list, not from the watch */
};

struct informer_options {
        struct loop *loop;
        struct client *client;
        const struct resource *resource;
        const char *namespace_;     /* NULL = all */
        const char *label_selector; /* NULL = all objects */
        const struct projection *projection;
        /*
         * Decodes one projected object into the arena: *ret_meta and *ret_value live there.
         * json is freed afterwards.
         */
        int (*decode)(const struct json *json, struct arena *arena, const struct meta **ret_meta,
                      const void **ret_value, struct err *err);
        struct store *store; /* borrowed; several informers may share one (one per namespace) */
        void (*on_change)(void *ctx, const struct informer_change *change);
        /* A version of an object that can't be read: its last good copy stays. */
        void (*on_unreadable)(void *ctx, const struct decoder_item *item);
        /* Something worth a log line: a failed list, a broken watch. */
        void (*on_error)(void *ctx, const struct err *err);
        void *ctx;
        uint64_t seed[2];
};

struct informer_counters {
        uint64_t lists, watches, events, bookmarks, unreadable, relists_gone, errors;
};

struct informer;

struct informer *informer_new(const struct informer_options *options);
void informer_free(struct informer *informer);
void informer_start(struct informer *informer);

/* The first list is complete. Stays true. */
bool informer_has_synced(const struct informer *informer);
enum informer_state informer_state(const struct informer *informer);
/* The newest resourceVersion seen, bookmarks included; NULL before the first list. */
const char *informer_resource_version(const struct informer *informer);
/* The resource does not exist on the server (its CRD is missing); it is tried again and again. */
bool informer_no_kind(const struct informer *informer);
const struct informer_counters *informer_counters(const struct informer *informer);
