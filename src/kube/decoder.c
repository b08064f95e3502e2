/*
 * Turns what the cutter finds into items: which event, readable or not, and why. What the bytes
 * mean is decided in cutter.c, what a stream of items means in the informer.
 */
#include "llc/kube/decoder.h"

#include <assert.h>
#include <stdlib.h>

#include "cutter.h"

const struct decoder_limits DECODER_LIMITS = {
        .item_bytes = 4u << 20,
        .kept_bytes = 1u << 20,
        .depth = 128,
        .nodes = 20000,
};

struct decoder {
        struct cutter cutter;
        decoder_item_fn on_item;
        void *ctx;
        size_t unended; /* bytes since an object ended */
};

struct decoder *decoder_new(const struct decoder_options *options) {
        struct decoder *d = calloc(1, sizeof(*d));

        assert(options->projection && options->on_item);
        cutter_init(&d->cutter, options->kind, options->projection,
                    options->limits ? options->limits : &DECODER_LIMITS);
        d->on_item = options->on_item;
        d->ctx = options->ctx;
        return d;
}

void decoder_free(struct decoder *d) {
        if (!d)
                return;
        cutter_deinit(&d->cutter);
        free(d);
}

static bool event_find(struct bytes type, enum decoder_event *ret_event) {
        static const char *const NAMES[] = {
                [DECODER_ADDED] = "ADDED",     [DECODER_MODIFIED] = "MODIFIED",
                [DECODER_DELETED] = "DELETED", [DECODER_BOOKMARK] = "BOOKMARK",
                [DECODER_ERROR] = "ERROR",
        };

        for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++) {
                if (bytes_is(type, NAMES[i])) {
                        *ret_event = (enum decoder_event)i;
                        return true;
                }
        }
        return false;
}

static struct bytes found(const struct decoder *d, enum place place) {
        return strbuf_bytes(&d->cutter.found[place]);
}

static void hand_out(struct decoder *d, struct decoder_item *item) {
        if (item->readable)
                item->json = strbuf_bytes(&d->cutter.out);
        item->name = found(d, PLACE_NAME);
        item->namespace_ = found(d, PLACE_NAMESPACE);
        item->uid = found(d, PLACE_UID);
        item->resource_version = found(d, PLACE_RESOURCE_VERSION);
        d->on_item(d->ctx, item);
}

static void on_list_item(struct decoder *d) {
        struct decoder_item item = {
                .event = DECODER_ADDED,
                .readable = !d->cutter.failed,
        };

        if (!item.readable)
                item.error = d->cutter.error;
        hand_out(d, &item);
}

/* Why the event that the cutter got through is still not to be used; 0 when it is. */
static int event_check(struct decoder *d, bool known, enum decoder_event event, struct err *err) {
        struct cutter *c = &d->cutter;

        if (!c->failed && !c->has_item)
                return err_set(err, ERR_PROTOCOL, "event without an object");
        if (!c->failed && !known)
                return err_set(err, ERR_PROTOCOL, "event of an unknown type");
        if (!c->failed && event == DECODER_ERROR && c->copying)
                cutter_recut_whole(c);
        if (!c->failed && (event == DECODER_ERROR) != c->whole)
                return err_set(err, ERR_PROTOCOL, "event of two types");
        if (c->failed) {
                *err = c->error;
                return -1;
        }
        return 0;
}

static void on_event(struct decoder *d) {
        struct decoder_item item = { .event = DECODER_MODIFIED };
        bool known = event_find(found(d, PLACE_TYPE), &item.event);

        item.readable = event_check(d, known, item.event, &item.error) == 0;
        item.initial_events_end = item.event == DECODER_BOOKMARK &&
                                  bytes_is(found(d, PLACE_INITIAL_EVENTS_END), "true");
        hand_out(d, &item);
}

/* Runs to the end of an object or of the bytes. The cap must not hang on the chunking: an object
 * that is beyond it is not handed out, even if it did end. */
static int decoder_advance(struct decoder *d, struct bytes *bytes, enum cutter_status *ret_status,
                           struct err *err) {
        size_t most = DECODER_PATIENCE * d->cutter.limits.item_bytes;
        size_t ahead = bytes->len;
        enum cutter_status status = CUTTER_MORE;

        if (d->unended <= most)
                status = cutter_run(&d->cutter, bytes);
        d->unended += ahead - bytes->len;
        if (d->unended > most)
                return err_set(err, ERR_TOO_LARGE, "%zu bytes without the end of an object", most);
        if (status != CUTTER_MORE)
                d->unended = 0;
        *ret_status = status;
        return 0;
}

int decoder_feed(struct decoder *d, struct bytes bytes, struct err *err) {
        bool watch = d->cutter.kind == DECODER_WATCH;
        enum cutter_status status;

        for (;;) {
                if (decoder_advance(d, &bytes, &status, err) < 0)
                        return -1;
                switch (status) {
                case CUTTER_MORE:
                        return 0;
                case CUTTER_ITEM:
                        if (!watch)
                                on_list_item(d);
                        break;
                case CUTTER_END:
                case CUTTER_LOST:
                        if (watch)
                                on_event(d);
                        break;
                case CUTTER_BROKEN:
                        *err = d->cutter.error;
                        return -1;
                }
        }
}

int decoder_finish(struct decoder *d, struct err *err) {
        const struct cutter *c = &d->cutter;

        switch (c->kind) {
        case DECODER_WATCH:
                if (c->state != STATE_TOP)
                        return err_set(err, ERR_PROTOCOL, "watch: ended within an event");
                return 0;
        case DECODER_LIST:
                if (c->state == STATE_BROKEN) {
                        *err = c->error;
                        return -1;
                }
                if (c->state != STATE_END)
                        return err_set(err, ERR_PROTOCOL, "list: ended before its end");
                if (!c->has_items)
                        return err_set(err, ERR_PROTOCOL, "list: has no items");
                return 0;
        }
        return err_set(err, ERR_PROTOCOL, "neither a list nor a watch");
}

struct bytes decoder_list_resource_version(const struct decoder *d) {
        return found(d, PLACE_LIST_RESOURCE_VERSION);
}

struct bytes decoder_list_continue(const struct decoder *d) {
        return found(d, PLACE_LIST_CONTINUE);
}
