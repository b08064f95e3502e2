/*
 * Names and versions alone, because whole objects cost the server more than twice the work: 5,000
 * Rollouts of 5 KB each take kube-apiserver 1.34 1.0 s of processor time, their metadata 0.4 s.
 * And nothing is repaired from it: a watch that lost one event may have lost others, so the
 * informer lists and watches anew, as after 410. That way is well trodden, and rarely needed.
 */
#include "consistency.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "jitter.h"
#include "llc/sys/loop.h"
#include "pager.h"

enum {
        SETTLE_MS = 2000,
        SPREAD_PERCENT = 40, /* of the interval, from 80 % on: ±20 % */
};

enum state {
        STATE_OFF,
        STATE_RESTING,
        STATE_LISTING,
        STATE_SETTLING,
};

/* What is known of one object during a check. */
struct finding {
        bool differs; /* from the list */
        bool moved;   /* the watch spoke of it */
        char key[];
};

struct consistency {
        struct consistency_options options;
        struct jitter jitter;
        struct loop_timer *timer; /* RESTING, SETTLING */
        enum state state;
        struct client_call *call; /* LISTING */
        struct decoder *decoder;  /* of call */
        struct pager pager;
        struct strbuf since; /* the informer's version when the check began */
        struct map findings; /* by key */
        uint32_t mark;       /* of the objects that the list has */
        bool blind;          /* it has an item of unknown name: what is missing can't be told */
};

static void consistency_forget(struct consistency *consistency) {
        size_t cursor = 0;
        const char *key;
        void *finding;

        while (map_next(&consistency->findings, &cursor, &key, &finding))
                free(finding);
        map_deinit(&consistency->findings);
        map_init(&consistency->findings, consistency->options.options->seed);
}

/* Ends a check that is under way, without a word. */
void consistency_cancel(struct consistency *consistency) {
        loop_timer_clear(consistency->timer);
        client_cancel(consistency->call);
        consistency->call = NULL;
        decoder_free(consistency->decoder);
        consistency->decoder = NULL;
        consistency_forget(consistency);
        consistency->state = STATE_OFF;
}

/* Until the next check, but not before so many milliseconds have passed. */
static void consistency_rest(struct consistency *consistency, int64_t at_least_ms) {
        int64_t interval_ms = consistency->options.options->consistency_interval_ms;
        int64_t spread_ms = interval_ms * SPREAD_PERCENT / 100;
        int64_t delay_ms = interval_ms - spread_ms / 2 +
                           (int64_t)jitter_below(&consistency->jitter, (uint64_t)spread_ms + 1);

        consistency_cancel(consistency);
        consistency->state = STATE_RESTING;
        loop_timer_set(consistency->timer, delay_ms < at_least_ms ? at_least_ms : delay_ms);
}

static void consistency_fail(struct consistency *consistency, const struct err *err) {
        struct err copy = *err; /* it may live in the call */

        consistency_rest(consistency, copy.retry_after_ms);
        consistency->options.on_error(consistency->options.ctx, &copy);
}

static struct finding *consistency_find(struct consistency *consistency, const char *key) {
        struct finding *finding = map_get(&consistency->findings, key);
        size_t size = strlen(key) + 1;

        if (finding)
                return finding;
        finding = calloc(1, sizeof(*finding) + size);
        memcpy(finding->key, key, size);
        map_put(&consistency->findings, finding->key, finding);
        return finding;
}

void consistency_event(struct consistency *consistency, const struct decoder_item *item) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(INTAKE_KEY_MAX);

        if (consistency->state != STATE_LISTING && consistency->state != STATE_SETTLING)
                return;
        if (intake_key(consistency->options.intake, item, &key))
                consistency_find(consistency, strbuf_str(&key))->moved = true;
}

static void consistency_on_item(void *ctx, const struct decoder_item *item) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(INTAKE_KEY_MAX);
        struct consistency *consistency = ctx;
        const struct intake *intake = consistency->options.intake;
        struct object *cached;

        if (!intake_key(intake, item, &key)) {
                consistency->blind = true;
                return;
        }
        cached = store_get_mut(consistency->options.options->store, strbuf_str(&key));
        if (cached)
                cached->mark = consistency->mark;
        if (!intake_knows(intake, strbuf_str(&key), item))
                consistency_find(consistency, strbuf_str(&key))->differs = true;
}

static int consistency_on_data(void *ctx, struct bytes bytes, struct err *err) {
        struct consistency *consistency = ctx;

        return decoder_feed(consistency->decoder, bytes, err);
}

static void consistency_on_end(void *ctx, const struct err *err);

static void consistency_list(struct consistency *consistency) {
        static const struct client_stream STREAM = { .on_data = consistency_on_data,
                                                     .on_end = consistency_on_end };
        /* The identity of an item is found lexically, nothing else is needed. */
        static const struct projection NAME = { .key = "name" };
        static const struct projection METADATA = { .key = "metadata",
                                                    .children = &NAME,
                                                    .n_children = 1 };
        static const struct projection IDENTITY = { .children = &METADATA, .n_children = 1 };
        const struct informer_options *of = consistency->options.options;
        const struct request_list_options options = {
                .resource = of->resource,
                .namespace_ = of->namespace_,
                .label_selector = of->label_selector,
                .field_selector = of->field_selector,
                .continue_ = pager_token(&consistency->pager),
                .limit = PAGER_LIMIT,
                .metadata_only = true,
        };
        const struct decoder_options decoder = {
                .kind = DECODER_LIST,
                .projection = &IDENTITY,
                .on_item = consistency_on_item,
                .ctx = consistency,
        };
        REQUEST_CLEANUP struct request request;

        request_list(&options, &request);
        decoder_free(consistency->decoder);
        consistency->decoder = decoder_new(&decoder);
        consistency->call = client_stream(of->client, &request, &STREAM, consistency);
}

static void consistency_begin(struct consistency *consistency) {
        consistency->state = STATE_LISTING;
        consistency->mark = intake_next_mark(consistency->options.intake);
        consistency->blind = false;
        strbuf_clear(&consistency->since);
        strbuf_append(&consistency->since,
                      bytes_of(informer_resource_version(consistency->options.informer)));
        pager_begin(&consistency->pager);
        consistency_list(consistency);
}

/* The list is whole: what it lacks differs too. */
static void consistency_find_missing(struct consistency *consistency) {
        const struct object *object;
        size_t cursor = 0;

        while (store_next(consistency->options.options->store, &cursor, &object))
                if (object->mark != consistency->mark &&
                    intake_is_ours(consistency->options.intake, object))
                        consistency_find(consistency, object->key)->differs = true;
}

static void consistency_on_end(void *ctx, const struct err *end) {
        struct consistency *consistency = ctx;
        struct err err;
        bool more;

        consistency->call = NULL;
        if (end) {
                consistency_fail(consistency, end);
                return;
        }
        if (pager_end_page(&consistency->pager, consistency->decoder, &more, &err) < 0) {
                consistency_fail(consistency, &err);
                return;
        }
        if (resource_version_compare(strbuf_bytes(&consistency->pager.version),
                                     strbuf_bytes(&consistency->since)) < 0) {
                err_set(&err, ERR_UNAVAILABLE, "the list is older than the watch");
                consistency_fail(consistency, &err);
                return;
        }
        if (more) {
                consistency_list(consistency);
                return;
        }
        if (!consistency->blind)
                consistency_find_missing(consistency);
        consistency->state = STATE_SETTLING;
        loop_timer_set(consistency->timer, SETTLE_MS);
}

static size_t consistency_n_differing(const struct consistency *consistency) {
        const char *key;
        size_t cursor = 0, n = 0;
        void *value;

        while (map_next(&consistency->findings, &cursor, &key, &value)) {
                const struct finding *finding = value;

                n += finding->differs && !finding->moved;
        }
        return n;
}

static void consistency_settle(struct consistency *consistency) {
        size_t n = consistency_n_differing(consistency);

        consistency->options.counters->consistency_lists++;
        consistency_rest(consistency, 0);
        if (n > 0)
                consistency->options.on_drift(consistency->options.ctx, n);
}

static void consistency_on_timer(void *ctx) {
        struct consistency *consistency = ctx;

        /* Without a watch nothing can be judged; it will be back, or a list will. */
        if (informer_state(consistency->options.informer) != INFORMER_WATCHING) {
                loop_timer_set(consistency->timer, SETTLE_MS);
                return;
        }
        switch (consistency->state) {
        case STATE_RESTING:
                consistency_begin(consistency);
                break;
        case STATE_SETTLING:
                consistency_settle(consistency);
                break;
        case STATE_OFF:
        case STATE_LISTING:
                assert(0 && "no timer is armed in this state");
        }
}

void consistency_start(struct consistency *consistency) {
        if (consistency->options.options->consistency_interval_ms > 0)
                consistency_rest(consistency, 0);
}

struct consistency *consistency_new(const struct consistency_options *options) {
        const uint64_t *seed = options->options->seed;
        struct consistency *consistency = calloc(1, sizeof(*consistency));

        consistency->options = *options;
        /* Not the delays of the informer. */
        consistency->jitter = (struct jitter){ .seed = { seed[1], seed[0] } };
        consistency->since = STRBUF_INIT(PAGER_VERSION_MAX);
        pager_init(&consistency->pager);
        map_init(&consistency->findings, seed);
        consistency->timer =
                loop_timer_new(options->options->loop, consistency_on_timer, consistency);
        return consistency;
}

void consistency_free(struct consistency *consistency) {
        consistency_cancel(consistency);
        loop_timer_free(consistency->timer);
        map_deinit(&consistency->findings);
        pager_deinit(&consistency->pager);
        strbuf_deinit(&consistency->since);
        free(consistency);
}
