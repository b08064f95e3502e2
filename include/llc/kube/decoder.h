/*
 * Decodes a list body or a watch stream into items, without I/O: bytes in, callbacks out.
 *
 * The cutter inside works on the bytes as they come, in any chunking: it projects each object
 * (only what the projection names is kept, the rest is skipped lexically and costs no memory) and
 * hands it out whole. An object that breaks a cap or its own syntax is handed out as unreadable,
 * with the identity that could still be found: one bad object never stops the rest. What is kept
 * is well-formed and compact; the contents of strings are for json_parse to check.
 *
 * A watch survives all that ends: a line whose brackets do not match is one unreadable item, and so
 * is a line that was cut off. A list does not survive brackets that do not match, and one without
 * items is an error, as it would look as if everything had been deleted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/projection.h"

enum decoder_kind {
        DECODER_LIST,  /* {"kind":"PodList","metadata":{…},"items":[…]}, members in any order */
        DECODER_WATCH, /* {"type":"ADDED","object":{…}}, one after the other */
};

enum decoder_event {
        DECODER_ADDED, /* also each item of a list */
        DECODER_MODIFIED,
        DECODER_DELETED,
        DECODER_BOOKMARK,
        DECODER_ERROR, /* item.json is a Status, kept whole (within the caps) */
};

struct decoder_limits {
        size_t item_bytes; /* of one object on the wire; 4 MiB */
        size_t kept_bytes; /* of one object after projection; 1 MiB */
        size_t depth;      /* inside kept parts; 128 */
        size_t nodes;      /* inside kept parts; 20,000 */
};

extern const struct decoder_limits DECODER_LIMITS;

/* A stream is given up when so many times item_bytes come without the end of an object. */
enum { DECODER_PATIENCE = 16 };

struct decoder_item {
        enum decoder_event event; /* DECODER_MODIFIED when the type of a bad event is unknown */
        bool readable;
        struct bytes json; /* the projected object; empty when not readable */
        struct err error;  /* why it is not readable */
        /* Found lexically, also in most unreadable items; empty when not found. Any bytes. */
        struct bytes name, namespace_, uid, resource_version;
        bool initial_events_end; /* a BOOKMARK with k8s.io/initial-events-end: "true" */
};

/* All of item is borrowed until the callback returns. */
typedef void (*decoder_item_fn)(void *ctx, const struct decoder_item *item);

struct decoder;

struct decoder_options {
        enum decoder_kind kind;
        const struct projection *projection; /* of one object; must outlive the decoder */
        const struct decoder_limits *limits; /* NULL = DECODER_LIMITS */
        decoder_item_fn on_item;
        void *ctx;
};

struct decoder *decoder_new(const struct decoder_options *options);
void decoder_free(struct decoder *decoder);

/*
 * Takes the next bytes. -1 when the stream itself is broken (it is not JSON, or not of the
 * promised shape; ERR_TOO_LARGE: an object does not end): the stream must be given up, items
 * handed out before are good.
 */
int decoder_feed(struct decoder *decoder, struct bytes bytes, struct err *err);

/*
 * The stream has ended. -1 with ERR_PROTOCOL when it ended inside an item or inside the list. A
 * half watch line was never handed out, so watching goes on from the last resourceVersion.
 */
int decoder_finish(struct decoder *decoder, struct err *err);

/* Lists, after decoder_finish: borrowed; empty when the server sent none. */
struct bytes decoder_list_resource_version(const struct decoder *decoder);
struct bytes decoder_list_continue(const struct decoder *decoder);
