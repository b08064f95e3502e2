/*
 * A watch that has taken all follows the store by its revision; a change that is not in its scope
 * costs it two comparisons, one that is costs nothing but the call of watch_on_ready's until it is
 * taken. Texts are sent as the store holds them: however many watches there are, an object is
 * written as JSON once. (Tables are made for each.)
 */
#include "serve/watch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "serve/cut.h"
#include "serve/filter.h"
#include "verbs/agenda.h"

enum {
        BOOKMARK_MS = 60 * 1000,
        BOOKMARK_BEFORE_END_MS = 2000,
        TIMEOUT_LEAST_S = 1800,
        TIMEOUT_MAX_S = 10 * 365 * 24 * 3600,
        LINE_MAX_BYTES = 64 << 20,
};

struct watch {
        struct arena arena; /* the filter's texts */
        struct sim *sim;
        const struct kind *kind;
        struct filter filter;
        struct watch_options options;
        const struct collection *definitions; /* its kind may go with one of them */

        struct record **initial; /* what there was; those from next on are still to be sent */
        size_t n_initial, cap_initial, next;
        int64_t initial_revision; /* of the bookmark after them */
        int64_t revision;         /* all events up to it are sent, or of no concern */
        bool pending;             /* there may be events after it */
        bool bookmark_due, timed_out, columns_sent, ended;

        int64_t end_ms;
        struct agenda_item *bookmark, *timeout;
        void (*ready)(void *ctx);
        void *ready_ctx;
};

static void notify(struct watch *watch) {
        if (watch->ready)
                watch->ready(watch->ready_ctx);
}

static void on_change(void *ctx, const struct change *change) {
        struct watch *watch = ctx;
        bool concerns = change->collection == watch->kind->objects &&
                        filter_covers(&watch->filter, change->record);

        if (change->revision <= watch->revision)
                return;
        if (concerns) {
                watch->pending = true;
                notify(watch);
        } else if (!watch->pending) {
                watch->revision = change->revision;
        }
        if (change->collection == watch->definitions && change->type == CHANGE_DELETED)
                notify(watch);
}

static void set_bookmark(struct watch *watch) {
        int64_t left = watch->end_ms - agenda_now_ms(watch->sim->agenda) - BOOKMARK_BEFORE_END_MS;

        if (watch->options.bookmarks && left > 0)
                agenda_set(watch->bookmark, left < BOOKMARK_MS ? left : BOOKMARK_MS);
}

static void on_bookmark(void *ctx) {
        struct watch *watch = ctx;

        watch->bookmark_due = true;
        set_bookmark(watch);
        notify(watch);
}

static void on_timeout(void *ctx) {
        struct watch *watch = ctx;

        watch->timed_out = true;
        notify(watch);
}

static bool remember(void *ctx, struct record *record) {
        struct watch *watch = ctx;

        if (!filter_matches(&watch->filter, record))
                return true;
        if (watch->n_initial == watch->cap_initial) {
                watch->cap_initial = watch->cap_initial ? watch->cap_initial * 2 : 16;
                watch->initial =
                        realloc(watch->initial, watch->cap_initial * sizeof(struct record *));
                if (!watch->initial)
                        abort();
        }
        watch->initial[watch->n_initial++] = record_ref(record);
        return true;
}

static void begin(struct watch *watch) {
        struct sim *sim = watch->sim;
        int64_t now = storage_revision(sim->storage), timeout_s = watch->options.timeout_s;

        watch->revision = watch->options.revision;
        watch->pending = watch->revision < now;
        if (watch->options.initial) {
                collection_walk(watch->kind->objects, watch->filter.namespace_, "", "", remember,
                                watch);
                watch->initial_revision = now;
                watch->revision = now;
                watch->pending = false;
        }
        if (timeout_s <= 0) {
                unsigned random;

                agenda_random(sim->agenda, &random, sizeof random);
                timeout_s = TIMEOUT_LEAST_S + random % TIMEOUT_LEAST_S;
        } else if (timeout_s > TIMEOUT_MAX_S) {
                timeout_s = TIMEOUT_MAX_S;
        }
        watch->end_ms = agenda_now_ms(sim->agenda) + timeout_s * 1000;
        watch->timeout = agenda_item_new(sim->agenda, on_timeout, watch);
        agenda_set(watch->timeout, timeout_s * 1000);
        watch->bookmark = agenda_item_new(sim->agenda, on_bookmark, watch);
        set_bookmark(watch);
        storage_listen(sim->storage, (struct listener){ .fn = on_change, .ctx = watch });
}

int watch_new(struct sim *sim, const struct kind *kind, const struct target *target,
              const struct watch_options *options, struct watch **ret_watch,
              struct refusal *refusal) {
        struct watch *watch = calloc(1, sizeof *watch);

        if (!watch)
                abort();
        if (filter_parse(kind, target, &watch->arena, &watch->filter, refusal) < 0) {
                arena_deinit(&watch->arena);
                free(watch);
                return -1;
        }
        watch->sim = sim;
        watch->kind = kind;
        watch->options = *options;
        watch->definitions =
                kinds_find(sim->kinds, "apiextensions.k8s.io", "v1", "customresourcedefinitions")
                        ->objects;
        begin(watch);
        *ret_watch = watch;
        return 0;
}

void watch_free(struct watch *watch) {
        if (!watch)
                return;
        storage_unlisten(watch->sim->storage, (struct listener){ .fn = on_change, .ctx = watch });
        agenda_item_free(watch->bookmark);
        agenda_item_free(watch->timeout);
        for (size_t i = watch->next; i < watch->n_initial; i++)
                record_unref(watch->initial[i]);
        free(watch->initial);
        arena_deinit(&watch->arena);
        free(watch);
}

void watch_on_ready(struct watch *watch, void (*fn)(void *ctx), void *ctx) {
        watch->ready = fn;
        watch->ready_ctx = ctx;
}

static void write_table(struct watch *watch, struct bytes object, struct strbuf *out) {
        table_head(object, out);
        strbuf_puts(out, ",\"columnDefinitions\":");
        if (watch->columns_sent)
                strbuf_puts(out, "null");
        else
                table_columns(watch->kind, out);
        watch->columns_sent = true;
        strbuf_puts(out, ",\"rows\":[");
        table_row(watch->kind, object, watch->options.include, agenda_now_ms(watch->sim->agenda),
                  out);
        strbuf_puts(out, "]}");
}

static void write_event(struct watch *watch, const char *type, struct bytes object,
                        struct strbuf *out) {
        strbuf_puts(out, "{\"type\":\"");
        strbuf_puts(out, type);
        strbuf_puts(out, "\",\"object\":");
        switch (watch->options.form) {
        case FORM_TABLE:
                write_table(watch, object, out);
                break;
        case FORM_METADATA:
        case FORM_METADATA_LIST:
                cut_metadata(object, out);
                break;
        case FORM_OBJECT:
        case FORM_DISCOVERY:
                strbuf_append(out, object);
                break;
        }
        strbuf_puts(out, "}\n");
}

static void write_record(struct watch *watch, const char *type, struct record *record,
                         struct strbuf *out) {
        struct record *shown = kind_shown(watch->kind, record);

        write_event(watch, type, record_text(shown), out);
        record_unref(shown);
}

static void write_bookmark(struct watch *watch, int64_t revision, bool initial_end,
                           struct strbuf *out) {
        struct strbuf object STRBUF_CLEANUP = STRBUF_INIT(LINE_MAX_BYTES);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        strbuf_printf(&object,
                      "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":"
                      "\"%" PRId64 "\"%s}}",
                      watch->kind->name, kind_api_version(watch->kind, &arena), revision,
                      initial_end ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}"
                                  : "");
        write_event(watch, "BOOKMARK", strbuf_bytes(&object), out);
}

/* What left the selection is DELETED: as it was, at the revision at which it left. */
static void write_left(struct watch *watch, const struct change *change, struct strbuf *out) {
        struct strbuf object STRBUF_CLEANUP = STRBUF_INIT(LINE_MAX_BYTES);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct record *shown = kind_shown(watch->kind, change->before);

        cut_versioned(record_text(shown), arena_printf(&arena, "%" PRId64, change->revision),
                      &object);
        write_event(watch, "DELETED", strbuf_bytes(&object), out);
        record_unref(shown);
}

struct taking {
        struct watch *watch;
        struct strbuf *out;
        size_t end; /* length of out at which it is enough */
        bool full;
};

static bool take_change(void *ctx, const struct change *change) {
        struct taking *taking = ctx;
        struct watch *watch = taking->watch;
        bool was, is;

        if (taking->out->len >= taking->end) {
                taking->full = true;
                return false;
        }
        watch->revision = change->revision;
        if (!filter_covers(&watch->filter, change->record))
                return true;
        was = change->before && filter_matches(&watch->filter, change->before);
        is = change->type != CHANGE_DELETED && filter_matches(&watch->filter, change->record);
        if (is)
                write_record(watch, was ? "MODIFIED" : "ADDED", change->record, taking->out);
        else if (was && change->type == CHANGE_DELETED)
                write_record(watch, "DELETED", change->record, taking->out);
        else if (was)
                write_left(watch, change, taking->out);
        return true;
}

/* The stream's own refusal: an event, since the status line is sent already. */
static void write_expired(const char *message, struct strbuf *out) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        struct json *status JSON_CLEANUP = NULL;

        refuse(&refusal, 410, "Expired", "%s", message);
        status = refusal_status(&refusal);
        strbuf_puts(out, "{\"type\":\"ERROR\",\"object\":");
        json_write(status, out);
        strbuf_puts(out, "}\n");
        refusal_deinit(&refusal);
}

/* Sends what happened; false when there is more than fits, or it is lost. */
static bool take_changes(struct watch *watch, size_t end, struct strbuf *out) {
        struct taking taking = { .watch = watch, .out = out, .end = end };
        int64_t now = storage_revision(watch->sim->storage);
        struct err err;

        if (!watch->pending)
                return true;
        if (collection_replay(watch->kind->objects, watch->revision, take_change, &taking, &err) <
            0) {
                write_expired(err.msg, out);
                watch->ended = true;
                return false;
        }
        if (taking.full)
                return false;
        watch->pending = false;
        if (watch->revision < now)
                watch->revision = now;
        return true;
}

static bool take_initial(struct watch *watch, size_t end, struct strbuf *out) {
        for (; watch->next < watch->n_initial; watch->next++) {
                if (out->len >= end)
                        return false;
                write_record(watch, "ADDED", watch->initial[watch->next], out);
                record_unref(watch->initial[watch->next]);
        }
        if (watch->options.initial_end) {
                write_bookmark(watch, watch->initial_revision, true, out);
                watch->options.initial_end = false;
        }
        return true;
}

/* Its definition is gone, or another kind has come in its place. */
static bool is_retired(const struct watch *watch) {
        const struct kind *kind = watch->kind;

        return kinds_find(watch->sim->kinds, kind->group, kind->version, kind->plural) != kind;
}

enum watch_state watch_take(struct watch *watch, size_t max_bytes, struct strbuf *out) {
        size_t end = out->len + max_bytes;

        if (watch->ended)
                return WATCH_ENDED;
        if (take_initial(watch, end, out) && take_changes(watch, end, out)) {
                if (watch->bookmark_due)
                        write_bookmark(watch, watch->revision, false, out);
                watch->bookmark_due = false;
                watch->ended = is_retired(watch);
        }
        if (watch->timed_out)
                watch->ended = true;
        return watch->ended ? WATCH_ENDED : WATCH_OPEN;
}
