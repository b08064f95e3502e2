/*
 * The order of the checks is the real server's, and shows in its answers: who asks (401), whether
 * they may (403), whether there is such a thing (404), whether it has the method (405), and only
 * then what else is wrong with the request.
 */
#include "serve/serve.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "serve/about.h"
#include "serve/audit.h"
#include "serve/exchange.h"
#include "serve/list.h"
#include "serve/objects.h"
#include "serve/reviews.h"
#include "serve/utf8.h"
#include "serve/watch.h"
#include "verbs/agenda.h"

enum {
        HTTP_BAD_REQUEST = 400,
        HTTP_UNAUTHORIZED = 401,
        HTTP_FORBIDDEN = 403,
        BODY_MAX = 1 << 30,
        UID_SIZE = 37,
};

static int authenticate(struct exchange *exchange) {
        struct access *access = exchange->server->access;

        exchange->user = ACCESS_ADMIN;
        if (access && !access_authenticate(access, exchange->request->authorization,
                                           exchange->arena, &exchange->user))
                return refuse(&exchange->refusal, HTTP_UNAUTHORIZED, "Unauthorized",
                              "Unauthorized");
        if (exchange->request->impersonate)
                return refuse_out_of_scope(&exchange->refusal, "llc-sim has no impersonation");
        return 0;
}

static const char *lower(const char *text, struct arena *arena) {
        char *copy = arena_strdup(arena, text);

        for (char *c = copy; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        return copy;
}

static int forbid_path(struct exchange *exchange, const struct attempt *attempt,
                       const char *because) {
        refuse(&exchange->refusal, HTTP_FORBIDDEN, "Forbidden",
               "forbidden: User \"%s\" cannot %s path \"%s\"%s", exchange->user.name, attempt->verb,
               attempt->path, because);
        exchange->refusal.has_details = true;
        return -1;
}

static int forbid(struct exchange *exchange, const struct attempt *attempt, const char *reason) {
        struct arena *arena = exchange->arena;
        const char *because = reason[0] ? arena_printf(arena, ": %s", reason) : "";
        const char *scope = "at the cluster scope";

        if (attempt->path[0])
                return forbid_path(exchange, attempt, because);
        if (attempt->namespace_[0])
                scope = arena_printf(arena, "in the namespace \"%s\"", attempt->namespace_);
        refuse(&exchange->refusal, HTTP_FORBIDDEN, "Forbidden",
               "%s%s%s%s is forbidden: User \"%s\" cannot %s resource \"%s%s%s\" in API group "
               "\"%s\" %s%s",
               attempt->resource, attempt->group[0] ? "." : "", attempt->group,
               attempt->name[0] ? arena_printf(arena, " \"%s\"", attempt->name) : "",
               exchange->user.name, attempt->verb, attempt->resource,
               attempt->subresource[0] ? "/" : "", attempt->subresource, attempt->group, scope,
               because);
        exchange->refusal.name = attempt->name;
        exchange->refusal.group = attempt->group;
        exchange->refusal.kind = attempt->resource;
        return -1;
}

static int authorize(struct exchange *exchange) {
        const struct target *target = &exchange->target;
        struct attempt attempt = {
                .verb = target->is_resource ? asked_name(target->asked)
                                            : lower(exchange->request->method, exchange->arena),
                .group = target->group,
                .resource = target->resource,
                .subresource = target->subresource,
                .namespace_ = target->namespace_,
                .name = target->name,
                .path = target->is_resource ? "" : target->path,
        };
        const char *reason;

        if (access_allows(exchange->server->access, &exchange->user, &attempt, exchange->arena,
                          &reason))
                return 0;
        return forbid(exchange, &attempt, reason);
}

static bool is_core(const struct kind *kind, const char *plural) {
        return kind->group[0] == '\0' && strcmp(kind->plural, plural) == 0;
}

/* What the real server has and this one leaves out. */
static int refuse_left_out(struct exchange *exchange) {
        static const char *const names[][2] = {
                { "nodes", "proxy" }, { "pods", "attach" }, { "pods", "ephemeralcontainers" },
                { "pods", "exec" },   { "pods", "log" },    { "pods", "portforward" },
                { "pods", "proxy" },  { "pods", "resize" }, { "services", "proxy" },
        };
        const char *subresource = exchange->target.subresource;

        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                if (is_core(exchange->kind, names[i][0]) && strcmp(subresource, names[i][1]) == 0)
                        return refuse_out_of_scope(&exchange->refusal, "llc-sim has no %s/%s",
                                                   names[i][0], names[i][1]);
        }
        if (!exchange->kind->builtin)
                return refuse_not_found(&exchange->refusal, exchange->kind, exchange->target.name);
        return exchange_no_resource(exchange);
}

static int find_subresource(struct exchange *exchange, enum subresource *ret_subresource) {
        static const struct {
                const char *plural, *name;
                enum subresource subresource;
        } core[] = {
                { "namespaces", "finalize", SUBRESOURCE_FINALIZE },
                { "pods", "binding", SUBRESOURCE_BINDING },
                { "pods", "eviction", SUBRESOURCE_EVICTION },
                { "serviceaccounts", "token", SUBRESOURCE_TOKEN },
        };
        const struct kind *kind = exchange->kind;
        const char *name = exchange->target.subresource;
        enum subresource found = SUBRESOURCE_NONE;

        if (strcmp(name, "status") == 0 && kind->has_status)
                found = SUBRESOURCE_STATUS;
        else if (strcmp(name, "scale") == 0 && kind->scale)
                found = SUBRESOURCE_SCALE;
        for (size_t i = 0; i < sizeof core / sizeof core[0]; i++) {
                if (is_core(kind, core[i].plural) && strcmp(name, core[i].name) == 0)
                        found = core[i].subresource;
        }
        if (name[0] != '\0' &&
            (found == SUBRESOURCE_NONE || exchange->target.is_below || exchange->target.is_watch))
                return refuse_left_out(exchange);
        *ret_subresource = found;
        return 0;
}

/* Does the path name one object? A list's name is only one that its selector wants. */
static bool names_one(const struct target *target) {
        bool many = target->asked == ASKED_LIST || target->asked == ASKED_DELETE_COLLECTION ||
                    (target->asked == ASKED_WATCH && !target->is_watch);

        return !many && target->name[0] != '\0';
}

/* Is the path one that the kind may have, within a namespace or not? */
static bool fits_scope(const struct exchange *exchange) {
        const struct target *target = &exchange->target;
        bool reads_many = target->asked == ASKED_LIST || target->asked == ASKED_WATCH;

        if (is_core(exchange->kind, "namespaces"))
                return target->namespace_[0] == '\0' ||
                       strcmp(target->namespace_, target->name) == 0;
        if (!exchange->kind->namespaced)
                return target->namespace_[0] == '\0';
        if (target->namespace_[0] != '\0')
                return true;
        return !names_one(target) && (reads_many || exchange->kind->builtin);
}

/* Is it a view of the object, with the methods of one? */
static bool is_view(enum subresource subresource) {
        return subresource == SUBRESOURCE_NONE || subresource == SUBRESOURCE_STATUS ||
               subresource == SUBRESOURCE_SCALE;
}

static int dispatch_part(struct exchange *exchange, enum subresource subresource) {
        switch (exchange->target.asked) {
        case ASKED_GET:
                if (is_view(subresource))
                        return objects_get(exchange, subresource);
                break;
        case ASKED_UPDATE:
                if (is_view(subresource) || subresource == SUBRESOURCE_FINALIZE)
                        return objects_update(exchange, subresource);
                break;
        case ASKED_PATCH:
                if (is_view(subresource))
                        return objects_patch(exchange, subresource);
                break;
        case ASKED_CREATE:
                if (subresource == SUBRESOURCE_EVICTION)
                        return objects_evict(exchange);
                if (subresource == SUBRESOURCE_BINDING)
                        return objects_bind(exchange);
                if (subresource == SUBRESOURCE_TOKEN)
                        return reviews_issue_token(exchange);
                break;
        case ASKED_DELETE:
                if (subresource == SUBRESOURCE_NONE)
                        return objects_delete(exchange);
                break;
        case ASKED_NOTHING:
        case ASKED_LIST:
        case ASKED_WATCH:
        case ASKED_DELETE_COLLECTION:
                break;
        }
        return exchange_no_method(exchange);
}

static int dispatch(struct exchange *exchange, enum subresource subresource) {
        const struct target *target = &exchange->target;
        const struct kind *kind = exchange->kind;
        bool whole = kind->namespaced == (target->namespace_[0] != '\0'); /* what may be written */

        switch (target->asked) {
        case ASKED_LIST:
                return list_serve(exchange);
        case ASKED_WATCH:
                return objects_watch(exchange);
        case ASKED_DELETE_COLLECTION:
                if (whole && !is_core(kind, "namespaces"))
                        return objects_delete_collection(exchange);
                return exchange_no_method(exchange);
        case ASKED_CREATE:
                if (target->name[0] == '\0' && whole)
                        return objects_create(exchange);
                break;
        case ASKED_UPDATE:
        case ASKED_PATCH:
                if (target->name[0] == '\0' && !kind->builtin)
                        return refuse_bad_request(&exchange->refusal, "name must be provided");
                break;
        case ASKED_NOTHING:
        case ASKED_GET:
        case ASKED_DELETE:
                break;
        }
        if (target->name[0] == '\0')
                return exchange_no_method(exchange);
        return dispatch_part(exchange, subresource);
}

/* Groups of the server's own answer 404 as a Status, those of custom resources as text. */
static int refuse_unknown(struct exchange *exchange) {
        const struct kinds *kinds = exchange->sim->kinds;
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next(kinds, &cursor, &kind)) {
                if (kind->builtin && strcmp(kind->group, exchange->target.group) == 0)
                        return exchange_no_resource(exchange);
        }
        if (reviews_know_group(exchange->target.group))
                return exchange_no_resource(exchange);
        return exchange_no_path(exchange);
}

static int serve_resource(struct exchange *exchange) {
        const struct target *target = &exchange->target;
        enum subresource subresource = SUBRESOURCE_NONE;

        if (reviews_know(target))
                return reviews_serve(exchange);
        exchange->kind =
                kinds_find(exchange->sim->kinds, target->group, target->version, target->resource);
        if (!exchange->kind || !fits_scope(exchange))
                return refuse_unknown(exchange);
        if (find_subresource(exchange, &subresource) < 0)
                return -1;
        if (strcmp(exchange->request->method, "HEAD") == 0)
                return exchange_no_method(exchange); /* though rights call it get */
        return dispatch(exchange, subresource);
}

static int serve_exchange(struct exchange *exchange) {
        const struct http_request *request = exchange->request;
        struct err err;

        if (target_parse(request->method, request->target, exchange->arena, &exchange->target,
                         &err) < 0)
                return exchange_text(exchange, HTTP_BAD_REQUEST, err.msg);
        if (authenticate(exchange) < 0 || authorize(exchange) < 0)
                return -1;
        return exchange->target.is_resource ? serve_resource(exchange) : about_serve(exchange);
}

/* A warning's text in quotes (RFC 7234, 5.5), without what a header cannot hold. */
static const char *warning_value(const char *text, struct arena *arena) {
        struct strbuf value STRBUF_CLEANUP = STRBUF_INIT(8192);

        strbuf_puts(&value, "299 - \"");
        for (; *text; text++) {
                if (*text == '"' || *text == '\\')
                        strbuf_append_char(&value, '\\');
                if ((unsigned char)*text >= ' ' && *text != 0x7F)
                        strbuf_append_char(&value, *text);
        }
        strbuf_append_char(&value, '"');
        return arena_strdup(arena, strbuf_str(&value));
}

static void answer_refusal(struct exchange *exchange) {
        const struct accept accept = { .form = FORM_OBJECT };
        struct json *status JSON_CLEANUP = refusal_status(&exchange->refusal);

        strbuf_clear(&exchange->response->body);
        if (exchange->refusal.retry_after_s > 0)
                exchange_header(exchange, "Retry-After",
                                arena_printf(exchange->arena, "%d",
                                             exchange->refusal.retry_after_s));
        exchange_json(exchange, exchange->refusal.code, status, &accept);
}

/* Before the answer is on its way, so that whoever has it finds it in the log. */
static void audit(const struct exchange *exchange, int64_t received_ms) {
        struct strbuf line STRBUF_CLEANUP = STRBUF_INIT(BODY_MAX);

        if (!exchange->server->audit)
                return;
        audit_write(exchange, received_ms, &line);
        exchange->server->audit(exchange->server->audit_ctx, strbuf_bytes(&line));
}

void serve(struct server *server, const struct http_request *request,
           struct http_response *response) {
        struct exchange exchange = {
                .server = server,
                .sim = server->sim,
                .request = request,
                .response = response,
                .arena = response->arena,
                .warnings = { .arena = response->arena },
                .refusal = { .arena = response->arena },
        };
        int64_t received_ms = agenda_now_ms(server->sim->agenda);
        char *uid = arena_alloc(response->arena, UID_SIZE);

        response->body = STRBUF_INIT(BODY_MAX);
        agenda_uid(server->sim->agenda, uid);
        exchange_header(&exchange, "Audit-Id", uid);
        exchange_header(&exchange, "Cache-Control", "no-cache, private");
        if (serve_exchange(&exchange) < 0)
                answer_refusal(&exchange);
        for (size_t i = 0; i < exchange.warnings.n; i++)
                exchange_header(&exchange, "Warning",
                                warning_value(exchange.warnings.items[i], response->arena));
        audit(&exchange, received_ms);
        refusal_deinit(&exchange.refusal);
}

void http_response_deinit(struct http_response *response) {
        strbuf_deinit(&response->body);
        watch_free(response->watch);
        response->watch = NULL;
}
