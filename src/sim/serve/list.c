/*
 * The objects of a page are gathered first, as pointers: what a list says of itself (continue,
 * remainingItemCount) comes before its items. Their texts go into the body as they are.
 */
#include "serve/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "serve/continue.h"
#include "serve/cut.h"
#include "serve/filter.h"
#include "serve/options.h"
#include "serve/table.h"
#include "verbs/agenda.h"

enum { HTTP_OK = 200, HTTP_NOT_ACCEPTABLE = 406, HTTP_GONE = 410 };

static const char EXPIRED[] = "The resourceVersion for the provided list is too old.";
static const char EXPIRED_CONTINUE[] =
        "The provided continue parameter is too old to display a consistent list result. You can "
        "start a new list without the continue parameter, or use the continue token in this "
        "response to retrieve the remainder of the results. Continuing with the provided token "
        "results in an inconsistent list - objects that were created, modified, or deleted between "
        "the time the first chunk was returned and now may show up in the list.";

struct page {
        const struct filter *filter;
        struct record **records; /* borrowed until the next commit */
        size_t n, cap, limit;    /* limit 0 = none */
        size_t left;             /* objects after the page */
        int64_t revision;
};

static bool gather(void *ctx, struct record *record) {
        struct page *page = ctx;

        if (page->limit > 0 && page->n == page->limit) {
                /* With selectors, what remains is not counted: one look ahead is enough. */
                page->left += !page->filter->selects || filter_matches(page->filter, record);
                return page->left == 0 || !page->filter->selects;
        }
        if (!filter_matches(page->filter, record))
                return true;
        if (page->n == page->cap) {
                page->cap = page->cap ? page->cap * 2 : 64;
                page->records = realloc(page->records, page->cap * sizeof(struct record *));
                if (!page->records)
                        abort();
        }
        page->records[page->n++] = record;
        return true;
}

static int refuse_expired(struct exchange *exchange, const struct continuation *from) {
        struct continuation anew;

        if (!from)
                return refuse(&exchange->refusal, HTTP_GONE, "Expired", "%s", EXPIRED);
        anew = *from;
        anew.revision = -1;
        refuse(&exchange->refusal, HTTP_GONE, "Expired", "%s", EXPIRED_CONTINUE);
        exchange->refusal.continue_ = continue_encode(&anew, exchange->arena);
        return -1;
}

/* The revision that is listed: page->revision; from: where the page before ended, or NULL. */
static int walk(struct exchange *exchange, struct page *page, const struct continuation *from) {
        const struct collection *objects = exchange->kind->objects;
        const char *namespace_ = page->filter->namespace_;
        const char *after_name = from ? from->name : "";
        const char *after_namespace = !from                 ? ""
                                      : from->namespace_[0] ? from->namespace_
                                                            : namespace_;
        struct err err = { 0 };

        if (page->revision == storage_revision(exchange->sim->storage)) {
                collection_walk(objects, namespace_, after_namespace, after_name, gather, page);
                return 0;
        }
        if (collection_walk_at(objects, page->revision, namespace_, after_namespace, after_name,
                               gather, page, &err) == 0)
                return 0;
        if (err.code == ERR_GONE)
                return refuse_expired(exchange, from);
        return options_check_revision(exchange, page->revision);
}

/* Which revision, and after which object? */
static int start(struct exchange *exchange, const struct list_options *options, struct page *page,
                 struct continuation *from) {
        int64_t now = storage_revision(exchange->sim->storage);
        bool key_has_namespace = exchange->kind->namespaced && !page->filter->namespace_[0];
        struct err err;

        page->limit = options->limit > 0 ? (size_t)options->limit : 0;
        page->revision = now;
        if (options->continue_[0]) {
                if (options->revision > 0)
                        return refuse_bad_request(&exchange->refusal,
                                                  "specifying resource version is not allowed when "
                                                  "using continue");
                if (continue_decode(options->continue_, key_has_namespace, exchange->arena, from,
                                    &err) < 0)
                        return refuse_bad_request(&exchange->refusal, "invalid continue token: %s",
                                                  err.msg);
                if (from->revision > 0)
                        page->revision = from->revision;
        } else if (options->match == MATCH_EXACT ||
                   (options->match == MATCH_UNSET && options->revision > 0 && page->limit > 0)) {
                page->revision = options->revision;
        }
        /* As the watch cache, which answers version 0 whole. */
        if (options->has_revision && options->revision == 0)
                page->limit = 0;
        return options_check_revision(exchange, options->revision);
}

/* The members of a list's metadata; own: of the kind's own list. */
static void write_metadata(struct exchange *exchange, const struct page *page, bool own,
                           struct strbuf *out) {
        bool more = page->left > 0;
        const char *token = "";

        if (more) {
                const struct record *last = page->records[page->n - 1];

                token = continue_encode(
                        &(struct continuation){
                                .revision = page->revision,
                                .namespace_ = page->filter->namespace_[0] ? "" : last->namespace_,
                                .name = last->name,
                        },
                        exchange->arena);
        }
        strbuf_printf(out, "\"resourceVersion\":\"%" PRId64 "\"", page->revision);
        if (more || (own && !exchange->kind->builtin)) /* which says it in any case */
                strbuf_printf(out, ",\"continue\":\"%s\"", token);
        if (more && !page->filter->selects)
                strbuf_printf(out, ",\"remainingItemCount\":%zu", page->left);
}

static void write_item(struct exchange *exchange, struct record *record, enum form form,
                       enum table_include include, struct strbuf *out) {
        struct record *shown = kind_shown(exchange->kind, record);

        switch (form) {
        case FORM_TABLE:
                table_row(exchange->kind, record_text(shown), include,
                          agenda_now_ms(exchange->sim->agenda), out);
                break;
        case FORM_METADATA:
        case FORM_METADATA_LIST:
                cut_metadata(record_text(shown), out);
                break;
        case FORM_OBJECT:
        case FORM_DISCOVERY:
                if (exchange->kind->builtin)
                        cut_untyped(record_text(shown), out);
                else
                        strbuf_append(out, record_text(shown));
                break;
        }
        record_unref(shown);
}

static void write_head(struct exchange *exchange, const struct page *page, enum form form,
                       struct strbuf *out) {
        const struct kind *kind = exchange->kind;
        bool own = form == FORM_OBJECT || form == FORM_DISCOVERY;

        strbuf_printf(out, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{",
                      own                  ? kind->list_name
                      : form == FORM_TABLE ? "Table"
                                           : "PartialObjectMetadataList",
                      own ? kind_api_version(kind, exchange->arena) : "meta.k8s.io/v1");
        write_metadata(exchange, page, own, out);
        strbuf_puts(out, "},");
        if (form == FORM_TABLE) {
                strbuf_puts(out, "\"columnDefinitions\":");
                table_columns(kind, out);
                strbuf_puts(out, ",\"rows\":[");
        } else {
                strbuf_puts(out, "\"items\":[");
        }
}

static int answer(struct exchange *exchange, const struct page *page, const struct accept *accept,
                  enum table_include include) {
        struct strbuf yaml STRBUF_CLEANUP = STRBUF_INIT(exchange->response->body.max);
        struct strbuf *out = accept->yaml ? &yaml : &exchange->response->body;

        write_head(exchange, page, accept->form, out);
        for (size_t i = 0; i < page->n; i++) {
                if (i > 0)
                        strbuf_append_char(out, ',');
                write_item(exchange, page->records[i], accept->form, include, out);
        }
        strbuf_puts(out, "]}");
        if (accept->yaml)
                return exchange_raw(exchange, HTTP_OK, strbuf_bytes(out), accept);
        exchange->response->status = HTTP_OK;
        exchange->response->content_type = "application/json";
        return 0;
}

/* Which form? Of a table also, what its rows carry. */
static int parse_form(struct exchange *exchange, struct accept *accept,
                      enum table_include *include) {
        const struct kind *kind = exchange->kind;

        *include = INCLUDE_METADATA;
        if (accept_parse(exchange->request->accept, ACCEPT_MANY, accept, &exchange->refusal) < 0)
                return -1;
        if (accept->form == FORM_METADATA)
                return refuse(&exchange->refusal, HTTP_NOT_ACCEPTABLE, "NotAcceptable",
                              "you requested PartialObjectMetadata, but the requested object is a "
                              "list (%s)",
                              table_go_type(kind, kind->list_name, exchange->arena));
        if (accept->form == FORM_TABLE)
                return table_include(&exchange->target, include, &exchange->refusal);
        return 0;
}

int list_serve(struct exchange *exchange) {
        struct continuation from = { 0 };
        enum table_include include;
        struct list_options options;
        struct filter filter;
        struct accept accept;
        struct page page = { .filter = &filter };
        int r;

        if (parse_form(exchange, &accept, &include) < 0 ||
            options_list(exchange, false, &options) < 0 ||
            filter_parse(exchange->kind, &exchange->target, exchange->arena, &filter,
                         &exchange->refusal) < 0 ||
            start(exchange, &options, &page, &from) < 0)
                return -1;
        r = walk(exchange, &page, from.name ? &from : NULL);
        if (r == 0)
                r = answer(exchange, &page, &accept, include);
        free(page.records);
        return r;
}

static int delete_all(struct exchange *exchange, const struct page *page,
                      const struct delete_options *options) {
        for (size_t i = 0; i < page->n; i++) {
                const struct record *record = page->records[i];
                struct record *last;
                bool gone;

                if (verb_delete(exchange->sim, exchange->kind, record->namespace_, record->name,
                                options, &last, &gone, &exchange->refusal) == 0)
                        record_unref(last);
                else if (exchange->refusal.code != 404)
                        return -1; /* but 404: an earlier deletion took it along */
        }
        return 0;
}

int list_delete(struct exchange *exchange, const struct delete_options *options) {
        enum table_include include;
        struct list_options list;
        struct filter filter;
        struct accept accept;
        struct page page = { .filter = &filter };
        int r;

        if (parse_form(exchange, &accept, &include) < 0 ||
            options_list(exchange, false, &list) < 0 ||
            filter_parse(exchange->kind, &exchange->target, exchange->arena, &filter,
                         &exchange->refusal) < 0)
                return -1;
        page.revision = storage_revision(exchange->sim->storage);
        if (walk(exchange, &page, NULL) < 0)
                return -1;
        for (size_t i = 0; i < page.n; i++)
                record_ref(page.records[i]);
        r = delete_all(exchange, &page, options);
        if (r == 0)
                r = answer(exchange, &page, &accept, include);
        for (size_t i = 0; i < page.n; i++)
                record_unref(page.records[i]);
        free(page.records);
        return r;
}
