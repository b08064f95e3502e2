/*
 * The states of an informer and its one call at a time. What items do to the store is intake.c's,
 * whether that is still what the server has is consistency.c's question, beside the watch.
 *
 *   STOPPED → STREAMING ──────────→ WATCHING ⟲ the server's timeouts
 *                ↓ when it can't         ↑
 *             LISTING ⟲ pages ──────────┘
 *
 * From each of the three to WAITING, and back; from WATCHING to STREAMING when the past is gone.
 */
#include "llc/runtime/informer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "backoff.h"
#include "consistency.h"
#include "intake.h"
#include "llc/kube/apierror.h"
#include "llc/sys/clock.h"
#include "llc/sys/loop.h"
#include "pager.h"
#include "relist.h"
#include "streaming.h"
#include "watch_time.h"

enum {
        SHORT_WATCH_MS = 1000,
        GONE_AGAIN_MS = 10 * 1000, /* 410 this soon after a list: relisting at once would spin */
        MAX_WATCH_FAILURES = 5,    /* in a row, then a list must tell the truth */
};

enum step {
        STEP_LIST, /* from its beginning */
        STEP_PAGE, /* the next one of a list in pages */
        STEP_WATCH,
};

struct informer {
        struct informer_options options;
        char *namespace_, *label_selector, *field_selector; /* owned, of options */
        struct informer_counters counters;
        struct intake intake;
        struct consistency *consistency;
        struct streaming streaming;
        struct watch_time watch_time;
        struct backoff backoff;
        struct jitter jitter;

        enum informer_state state;
        enum step next; /* after WAITING */
        struct client_call *call;
        struct decoder *decoder;   /* of call */
        struct loop_timer *timer;  /* WAITING: back-off; STREAMING, WATCHING: silence */
        struct err *broken, error; /* broken = &error: the stream said so itself */
        bool busy;                 /* in a callback of ours: asserts that none re-enters */

        struct strbuf version; /* newest seen */
        struct pager pager;    /* of the list under way */
        bool full_list;        /* in one page: tokens expire faster than we read */
        bool has_synced, no_kind;
        int64_t listed_ms;       /* end of the last complete list */
        bool progressed;         /* the watch moved version */
        unsigned watch_failures; /* in a row, answered and without progress */
};

static void informer_run(struct informer *informer, enum step step);

/* Ends what is under way without calling back. */
static void informer_hang_up(struct informer *informer) {
        loop_timer_clear(informer->timer);
        client_cancel(informer->call);
        informer->call = NULL;
        decoder_free(informer->decoder);
        informer->decoder = NULL;
        informer->broken = NULL;
}

static void informer_report(struct informer *informer, const char *what, const struct err *err) {
        struct err wrapped = *err;

        informer->counters.errors++;
        err_wrap(&wrapped, "%s %s", what, informer->options.resource->plural);
        if (informer->options.on_error)
                informer->options.on_error(informer->options.ctx, &wrapped);
}

/* Backs off before step. */
static void informer_wait(struct informer *informer, enum step step, const struct err *err) {
        const struct backoff_failure failure = {
                .has_worked = informer->state == INFORMER_WATCHING && informer->progressed,
                .unreachable = err->code == ERR_UNREACHABLE,
                .no_kind = informer->no_kind,
                .retry_after_ms = err->retry_after_ms,
        };
        int64_t delay_ms =
                backoff_next(&informer->backoff, &informer->jitter, &failure, clock_monotonic_ms());

        informer_hang_up(informer);
        informer->state = INFORMER_WAITING;
        informer->next = step;
        loop_timer_set(informer->timer, delay_ms);
}

static void informer_set_version(struct informer *informer, struct bytes version) {
        if (version.len == 0 || version.len > PAGER_VERSION_MAX ||
            bytes_equal(version, strbuf_bytes(&informer->version)))
                return;
        strbuf_clear(&informer->version);
        strbuf_append(&informer->version, version);
        informer->progressed = true;
        informer->watch_failures = 0;
}

/* STREAMING, WATCHING: how long what is open may be silent from now on. */
static void informer_arm(struct informer *informer) {
        int64_t now_ms = clock_monotonic_ms();

        loop_timer_set(informer->timer,
                       informer->state == INFORMER_STREAMING
                               ? streaming_patience_ms(&informer->streaming, now_ms)
                               : watch_time_left_ms(&informer->watch_time, now_ms));
}

/*
 * Returns -1 when the watch can't go on. An API server tells everything once and in order; what
 * comes again must neither bring back what is gone nor make the cache look older than it is.
 */
static int informer_watch_item(struct informer *informer, const struct decoder_item *item,
                               struct err *err) {
        bool is_old =
                resource_version_is_older(item->resource_version, strbuf_bytes(&informer->version));

        switch (item->event) {
        case DECODER_ADDED:
        case DECODER_MODIFIED:
        case DECODER_DELETED:
                consistency_event(informer->consistency, item);
                if (intake_event(&informer->intake, item, is_old, err) < 0)
                        return -1;
                break;
        case DECODER_BOOKMARK:
                informer->counters.bookmarks++;
                watch_time_bookmark(&informer->watch_time);
                break;
        case DECODER_ERROR:
                return apierror_decode(&(struct apierror_input){ .http_status = 200,
                                                                 .body = item->json },
                                       err);
        }
        if (!is_old)
                informer_set_version(informer, item->resource_version);
        return 0;
}

static void informer_listed(struct informer *informer, struct bytes version);

/* The same of a list that comes as a stream; after its end the stream is the watch. */
static int informer_stream_item(struct informer *informer, const struct decoder_item *item,
                                struct err *err) {
        switch (item->event) {
        case DECODER_ADDED:
        case DECODER_MODIFIED:
        case DECODER_DELETED:
                return intake_list_event(&informer->intake, item, err);
        case DECODER_BOOKMARK:
                if (!item->initial_events_end || item->resource_version.len == 0) {
                        streaming_give_up(&informer->streaming);
                        return err_set(err, ERR_PROTOCOL, "the server does not tell its end");
                }
                informer->counters.bookmarks++;
                informer->counters.streams++;
                informer->state = INFORMER_WATCHING;
                watch_time_bookmark(&informer->watch_time);
                streaming_succeeded(&informer->streaming);
                informer_listed(informer, item->resource_version);
                return 0;
        case DECODER_ERROR:
                break;
        }
        return apierror_decode(&(struct apierror_input){ .http_status = 200, .body = item->json },
                               err);
}

static int informer_item(struct informer *informer, const struct decoder_item *item,
                         struct err *err) {
        switch (informer->state) {
        case INFORMER_STREAMING:
                return informer_stream_item(informer, item, err);
        case INFORMER_LISTING:
                intake_list_item(&informer->intake, item);
                return 0;
        case INFORMER_WATCHING:
                return informer_watch_item(informer, item, err);
        case INFORMER_STOPPED:
        case INFORMER_WAITING:
                break;
        }
        assert(0 && "an item without a call");
        return 0;
}

static void informer_on_item(void *ctx, const struct decoder_item *item) {
        struct informer *informer = ctx;

        if (!informer->broken && informer_item(informer, item, &informer->error) < 0)
                informer->broken = &informer->error;
}

static int informer_on_data(void *ctx, struct bytes bytes, struct err *err) {
        struct informer *informer = ctx;
        int64_t now_ms = clock_monotonic_ms();
        int result;

        informer->busy = true;
        result = decoder_feed(informer->decoder, bytes, err);
        informer->busy = false;
        if (informer->broken) {
                *err = *informer->broken;
                return -1;
        }
        streaming_heard(&informer->streaming, now_ms);
        watch_time_heard(&informer->watch_time, now_ms);
        if (informer->state != INFORMER_LISTING)
                informer_arm(informer);
        return result;
}

/* Says what is known now: the first answer, and each time the kind goes missing or comes. */
static void informer_know(struct informer *informer, bool no_kind) {
        bool news = !informer->has_synced || informer->no_kind != no_kind;

        informer->has_synced = true;
        informer->no_kind = no_kind;
        if (news && informer->options.on_synced)
                informer->options.on_synced(informer->options.ctx);
}

/* The store is what the server has, as of version. */
static void informer_listed(struct informer *informer, struct bytes version) {
        intake_list_end(&informer->intake);
        informer_set_version(informer, version);
        informer->counters.lists++;
        informer->watch_failures = 0;
        informer->listed_ms = clock_monotonic_ms();
        informer_know(informer, false);
        consistency_start(informer->consistency);
}

/* A list failed, however it was asked for. */
static void informer_try_again(struct informer *informer, const struct err *err) {
        bool no_kind = err->code == ERR_NO_KIND;

        informer->counters.relists[relist_of(err->code)]++;
        if (!no_kind || !informer->no_kind)
                informer_report(informer, "list", err);
        if (no_kind)
                informer_know(informer, true);
        informer_wait(informer, STEP_LIST, err);
}

static void informer_list_failed(struct informer *informer, const struct err *err) {
        bool paging = pager_token(&informer->pager);

        if (err->code == ERR_GONE && paging && !informer->full_list) {
                informer->counters.relists[INFORMER_RELIST_EXPIRED]++;
                informer->full_list = true;
                informer_run(informer, STEP_LIST);
                return;
        }
        informer->full_list = false;
        streaming_listed(&informer->streaming, false);
        informer_try_again(informer, err);
}

/* That a server can't stream is no failure of the list. */
static void informer_stream_failed(struct informer *informer, const struct err *err) {
        bool given_up = !streaming_is_wanted(&informer->streaming);

        if (!given_up)
                streaming_failed(&informer->streaming, err->code);
        if (given_up)
                informer_report(informer, "stream", err);
        if (given_up || err->code == ERR_INVALID)
                informer_run(informer, STEP_LIST);
        else
                informer_try_again(informer, err);
}

static void informer_stream_ended(struct informer *informer, const struct err *end) {
        struct err err;

        if (!end)
                err_set(&err, ERR_UNAVAILABLE, "ended before all objects were there");
        informer_stream_failed(informer, end ? end : &err);
}

static void informer_list_ended(struct informer *informer, const struct err *end) {
        struct err err;
        bool more;

        if (end) {
                informer_list_failed(informer, end);
                return;
        }
        if (pager_end_page(&informer->pager, informer->decoder, &more, &err) < 0) {
                informer_list_failed(informer, &err);
                return;
        }
        if (more) {
                informer_run(informer, STEP_PAGE);
                return;
        }
        informer->full_list = false;
        streaming_listed(&informer->streaming, true);
        informer_listed(informer, strbuf_bytes(&informer->pager.version));
        informer_run(informer, STEP_WATCH);
}

static void informer_watch_failed(struct informer *informer, const struct err *err) {
        bool retry = err->code == ERR_UNAVAILABLE || err->code == ERR_THROTTLED ||
                     err->code == ERR_PROTOCOL;

        informer_report(informer, "watch", err);
        /* Versions may have gone back under us (a restored etcd): retrying has an end. */
        if (err->code == ERR_UNREACHABLE ||
            (retry && informer->watch_failures++ < MAX_WATCH_FAILURES)) {
                informer->counters.rewatches_failed++;
                informer_wait(informer, STEP_WATCH, err);
                return;
        }
        informer->counters.relists[relist_of(err->code)]++;
        if (err->code == ERR_GONE && clock_monotonic_ms() - informer->listed_ms >= GONE_AGAIN_MS)
                informer_run(informer, STEP_LIST);
        else
                informer_wait(informer, STEP_LIST, err);
}

static void informer_watch_ended(struct informer *informer, const struct err *end) {
        int64_t lived_ms = clock_monotonic_ms() - informer->watch_time.began_ms;
        struct err err;

        if (end) {
                informer_watch_failed(informer, end);
        } else if (decoder_finish(informer->decoder, &err) < 0) {
                informer_watch_failed(informer, &err);
        } else if (!informer->progressed && lived_ms < SHORT_WATCH_MS) {
                err_set(&err, ERR_UNAVAILABLE, "ended after %lld ms without an event",
                        (long long)lived_ms);
                informer_watch_failed(informer, &err);
        } else {
                informer->counters.rewatches_ended++;
                informer_run(informer, STEP_WATCH);
        }
}

static void informer_on_end(void *ctx, const struct err *err) {
        struct informer *informer = ctx;
        struct err copy;

        if (err)
                copy = *err; /* it may live in the call, or in us */
        informer->call = NULL;
        informer->busy = true;
        switch (informer->state) {
        case INFORMER_STREAMING:
                informer_stream_ended(informer, err ? &copy : NULL);
                break;
        case INFORMER_LISTING:
                informer_list_ended(informer, err ? &copy : NULL);
                break;
        case INFORMER_WATCHING:
                informer_watch_ended(informer, err ? &copy : NULL);
                break;
        case INFORMER_STOPPED:
        case INFORMER_WAITING:
                assert(0 && "a call that was not under way has ended");
        }
        informer->busy = false;
}

static void informer_on_timer(void *ctx) {
        struct informer *informer = ctx;
        struct err err;

        informer->busy = true;
        switch (informer->state) {
        case INFORMER_WAITING:
                informer_run(informer, informer->next);
                break;
        case INFORMER_STREAMING:
                streaming_give_up(&informer->streaming);
                err_set(&err, ERR_TIMEOUT, "no end of the objects in time");
                informer_stream_failed(informer, &err);
                break;
        case INFORMER_WATCHING:
                watch_time_reason(&informer->watch_time, clock_monotonic_ms(), &err);
                informer_watch_failed(informer, &err);
                break;
        case INFORMER_STOPPED:
        case INFORMER_LISTING:
                assert(0 && "no timer is armed in this state");
        }
        informer->busy = false;
}

/* Starts a call; takes request. */
static void informer_call(struct informer *informer, enum decoder_kind kind,
                          struct request *request) {
        static const struct client_stream STREAM = { .on_data = informer_on_data,
                                                     .on_end = informer_on_end };
        const struct decoder_options options = {
                .kind = kind,
                .projection = informer->options.projection,
                .on_item = informer_on_item,
                .ctx = informer,
        };

        informer->decoder = decoder_new(&options);
        informer->call = client_stream(informer->options.client, request, &STREAM, informer);
        request_deinit(request);
}

static void informer_list(struct informer *informer) {
        const struct request_list_options options = {
                .resource = informer->options.resource,
                .namespace_ = informer->options.namespace_,
                .label_selector = informer->options.label_selector,
                .field_selector = informer->options.field_selector,
                .metadata_only = informer->options.metadata_only,
                .continue_ = pager_token(&informer->pager),
                .limit = informer->full_list ? 0 : PAGER_LIMIT,
        };
        struct request request;

        informer->state = INFORMER_LISTING;
        request_list(&options, &request);
        informer_call(informer, DECODER_LIST, &request);
}

/* Opens a watch; version NULL = the objects there are come first. */
static void informer_open(struct informer *informer, const char *version) {
        int64_t now_ms = clock_monotonic_ms();
        unsigned seconds = watch_time_begin(&informer->watch_time, &informer->jitter, now_ms);
        const struct request_watch_options options = {
                .resource = informer->options.resource,
                .namespace_ = informer->options.namespace_,
                .label_selector = informer->options.label_selector,
                .field_selector = informer->options.field_selector,
                .metadata_only = informer->options.metadata_only,
                .resource_version = version,
                .initial_events = !version,
                .timeout_seconds = seconds,
        };
        struct request request;

        informer->counters.watches++;
        informer->progressed = false;
        streaming_begin(&informer->streaming, now_ms);
        request_watch(&options, &request);
        informer_call(informer, DECODER_WATCH, &request);
        informer_arm(informer);
}

static void informer_list_from_beginning(struct informer *informer) {
        consistency_cancel(informer->consistency);
        intake_list_begin(&informer->intake);
        if (!streaming_is_wanted(&informer->streaming)) {
                pager_begin(&informer->pager);
                informer_list(informer);
                return;
        }
        informer->state = INFORMER_STREAMING;
        informer_open(informer, NULL);
}

static void informer_run(struct informer *informer, enum step step) {
        informer_hang_up(informer);
        switch (step) {
        case STEP_LIST:
                informer_list_from_beginning(informer);
                break;
        case STEP_PAGE:
                informer_list(informer);
                break;
        case STEP_WATCH:
                informer->state = INFORMER_WATCHING;
                informer_open(informer, strbuf_str(&informer->version));
                break;
        }
}

static void informer_on_drift(void *ctx, size_t n_objects) {
        struct informer *informer = ctx;
        struct err err;

        err_set(&err, ERR_PROTOCOL, "objects out of step with the server: %zu, listing anew",
                n_objects);
        informer_report(informer, "watch", &err);
        informer->counters.drift += n_objects;
        informer->counters.relists[INFORMER_RELIST_DRIFT]++;
        informer_run(informer, STEP_LIST);
}

static void informer_on_check_failed(void *ctx, const struct err *err) {
        informer_report(ctx, "compare", err);
}

struct informer *informer_new(const struct informer_options *options) {
        struct informer *informer = calloc(1, sizeof(*informer));

        assert(options->loop && options->client && options->resource && options->decode &&
               options->store);
        informer->options = *options;
        if (options->namespace_)
                informer->namespace_ = strdup(options->namespace_);
        if (options->label_selector)
                informer->label_selector = strdup(options->label_selector);
        if (options->field_selector)
                informer->field_selector = strdup(options->field_selector);
        informer->options.namespace_ = informer->namespace_;
        informer->options.label_selector = informer->label_selector;
        informer->options.field_selector = informer->field_selector;
        streaming_init(&informer->streaming, options->no_streaming);
        intake_init(&informer->intake, &informer->options, &informer->counters);
        informer->jitter = (struct jitter){ .seed = { options->seed[0], options->seed[1] } };
        informer->version = STRBUF_INIT(PAGER_VERSION_MAX);
        pager_init(&informer->pager);
        informer->timer = loop_timer_new(options->loop, informer_on_timer, informer);
        informer->consistency = consistency_new(&(struct consistency_options){
                .informer = informer,
                .options = &informer->options,
                .intake = &informer->intake,
                .counters = &informer->counters,
                .on_drift = informer_on_drift,
                .on_error = informer_on_check_failed,
                .ctx = informer,
        });
        return informer;
}

void informer_free(struct informer *informer) {
        if (!informer)
                return;
        assert(!informer->busy);
        informer_hang_up(informer);
        consistency_free(informer->consistency);
        loop_timer_free(informer->timer);
        intake_deinit(&informer->intake);
        strbuf_deinit(&informer->version);
        pager_deinit(&informer->pager);
        free(informer->namespace_);
        free(informer->label_selector);
        free(informer->field_selector);
        free(informer);
}

void informer_start(struct informer *informer) {
        assert(informer->state == INFORMER_STOPPED);
        informer_run(informer, STEP_LIST);
}

bool informer_has_synced(const struct informer *informer) {
        return informer->has_synced;
}

enum informer_state informer_state(const struct informer *informer) {
        return informer->state;
}

bool informer_is_listing(const struct informer *informer) {
        return informer->state == INFORMER_STREAMING || informer->state == INFORMER_LISTING;
}

const char *informer_resource_version(const struct informer *informer) {
        return informer->version.len > 0 ? strbuf_str(&informer->version) : NULL;
}

bool informer_no_kind(const struct informer *informer) {
        return informer->no_kind;
}

const struct informer_counters *informer_counters(const struct informer *informer) {
        return &informer->counters;
}
