#include "serve/about.h"

#include <inttypes.h>
#include <string.h>

#include "kinds/discovery.h"
#include "llc/base/map.h"
#include "serve/reviews.h"

enum { HTTP_OK = 200, HTTP_NOT_MODIFIED = 304, HTTP_NOT_FOUND = 404 };

/* Is the path prefix itself (a slash may follow), or below it? *ret_rest: what follows the slash. */
static bool under(const char *path, const char *prefix, const char **ret_rest) {
        size_t n = strlen(prefix);

        if (strncmp(path, prefix, n) != 0 || (path[n] != '\0' && path[n] != '/'))
                return false;
        *ret_rest = path[n] == '/' ? path + n + 1 : path + n;
        return true;
}

/* There is one check, and it is that there is an answer. */
static int serve_health(struct exchange *exchange, const char *name, const char *check) {
        if (strcmp(check, "ping") == 0)
                return exchange_text(exchange, HTTP_OK, "ok");
        if (check[0] != '\0')
                return exchange_no_path(exchange);
        if (!target_has(&exchange->target, "verbose"))
                return exchange_text(exchange, HTTP_OK, "ok");
        return exchange_text(exchange, HTTP_OK,
                             arena_printf(exchange->arena, "[+]ping ok\n%s check passed\n", name));
}

/*
 * Answers with a tree that changes only with the kinds: a client that has it already is told so.
 * Clients keep what they got beyond a restart of the server, so the tag is of what was said, and no
 * count. The tree is taken.
 */
static int answer(struct exchange *exchange, struct json *tree, bool aggregated) {
        static const uint64_t seed[2] = { 0, 0 };
        struct json *owned JSON_CLEANUP = tree;
        struct http_response *response = exchange->response;
        const struct accept accept = { .form = FORM_OBJECT };
        const char *known = exchange->request->if_none_match, *tag;

        exchange_json(exchange, HTTP_OK, owned, &accept);
        tag = arena_printf(exchange->arena, "\"%016" PRIX64 "%s\"",
                           siphash13(strbuf_str(&response->body), response->body.len, seed),
                           aggregated ? "A" : "");
        exchange_header(exchange, "ETag", tag);
        exchange_header(exchange, "Vary", "Accept");
        if (known && strstr(known, tag)) {
                strbuf_clear(&response->body);
                response->content_type = NULL;
                response->status = HTTP_NOT_MODIFIED;
        } else if (aggregated)
                response->content_type =
                        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        return 0;
}

static int serve_root(struct exchange *exchange, bool core) {
        const struct kinds *kinds = exchange->sim->kinds;
        struct accept accept;

        if (accept_parse(exchange->request->accept, ACCEPT_DISCOVERY, &accept, &exchange->refusal) <
            0)
                return -1;
        if (accept.form == FORM_DISCOVERY)
                return answer(exchange, discovery_aggregated(kinds, core), true);
        return answer(exchange, core ? discovery_versions() : discovery_groups(kinds), false);
}

/* Is it a group of the server's own? For those, and no others, 404 is a Status. */
static bool is_builtin(const struct kinds *kinds, const char *group) {
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next(kinds, &cursor, &kind)) {
                if (kind->builtin && strcmp(kind->group, group) == 0)
                        return true;
        }
        return reviews_know_group(group);
}

/* /api/VERSION, /apis/GROUP, /apis/GROUP/VERSION */
static int serve_group(struct exchange *exchange) {
        const struct target *target = &exchange->target;
        const struct kinds *kinds = exchange->sim->kinds;
        struct json *tree;
        const char *rest;

        if (target->version[0] == '\0' && under(target->path, "/apis", &rest)) {
                size_t n = strcspn(rest, "/");

                if (rest[n] != '\0' && rest[n + 1] != '\0')
                        return exchange_no_path(exchange);
                tree = discovery_group(kinds,
                                       arena_copy(exchange->arena, (struct bytes){ rest, n }));
                return tree ? answer(exchange, tree, false) : exchange_no_path(exchange);
        }
        tree = discovery_resources(kinds, target->group, target->version);
        if (tree)
                return answer(exchange, tree, false);
        if (is_builtin(kinds, target->group))
                return exchange_no_resource(exchange);
        return exchange_no_path(exchange);
}

static int serve_openapi(struct exchange *exchange, const char *path) {
        const struct kinds *kinds = exchange->sim->kinds;
        struct target target;
        struct json *tree;
        struct err err;

        if (path[0] == '\0')
                return answer(exchange, openapi_index(kinds), false);
        if (target_parse("GET", path - 1, exchange->arena, &target, &err) < 0 || target.is_resource)
                return exchange_no_path(exchange);
        tree = target.version[0] ? openapi_document(kinds, target.group, target.version) : NULL;
        if (tree)
                return answer(exchange, tree, false);
        exchange->response->status = HTTP_NOT_FOUND; /* with no body, as the real one */
        return 0;
}

/*
 * Version 2 is asked for of kinds that version 3 does not tell of: this one tells of none at all,
 * and kubectl goes on to say that there is no such kind.
 */
static int serve_openapi2(struct exchange *exchange) {
        static const char PROTOBUF[] = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
        const char *accepted = exchange->request->accept;
        const struct accept accept = { .form = FORM_OBJECT };
        struct json *tree JSON_CLEANUP = json_new_object(), *info;

        if (accepted && strstr(accepted, PROTOBUF)) {
                exchange_text(exchange, HTTP_OK, "\n\0032.0"); /* field 1, three bytes */
                exchange->response->content_type = PROTOBUF;
                return 0;
        }
        json_set_str(tree, "swagger", "2.0");
        info = json_object_at(tree, "info");
        json_set_str(info, "title", "llc-sim describes its kinds at /openapi/v3");
        json_set_str(info, "version", "v2");
        json_set(tree, "paths", json_new_object());
        json_set(tree, "definitions", json_new_object());
        return exchange_json(exchange, HTTP_OK, tree, &accept);
}

static void add_path(struct json *paths, const char *path) {
        for (size_t i = 0; i < json_length(paths); i++) {
                if (bytes_is(json_as_string(json_at(paths, i)), path))
                        return;
        }
        json_append(paths, json_new_string(bytes_of(path)));
}

/* GET /: where there is something to be found. */
static int serve_index(struct exchange *exchange) {
        static const char *const own[] = { "/api",    "/apis",       "/healthz", "/livez",
                                           "/readyz", "/openapi/v3", "/version" };
        const struct accept accept = { .form = FORM_OBJECT };
        struct json *tree JSON_CLEANUP = json_new_object(), *paths = json_new_array();
        const struct kind *kind;
        size_t cursor = 0;

        json_set(tree, "paths", paths);
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
                add_path(paths, own[i]);
        while (kinds_next(exchange->sim->kinds, &cursor, &kind))
                add_path(paths, arena_printf(exchange->arena, "%s%s/%s",
                                             kind->group[0] ? "/apis/" : "/api", kind->group,
                                             kind->version));
        return exchange_json(exchange, HTTP_OK, tree, &accept);
}

static int serve_read(struct exchange *exchange, const char *path) {
        const struct accept accept = { .form = FORM_OBJECT };
        const char *rest;

        if (strcmp(path, "/") == 0)
                return serve_index(exchange);
        if (under(path, "/version", &rest) && rest[0] == '\0') {
                struct json *version JSON_CLEANUP = discovery_version();

                return exchange_json(exchange, HTTP_OK, version, &accept);
        }
        if (under(path, "/openapi/v2", &rest) && rest[0] == '\0')
                return serve_openapi2(exchange);
        if (under(path, "/openapi/v3", &rest))
                return serve_openapi(exchange, rest);
        if (under(path, "/api", &rest))
                return rest[0] ? serve_group(exchange) : serve_root(exchange, true);
        if (under(path, "/apis", &rest))
                return rest[0] ? serve_group(exchange) : serve_root(exchange, false);
        return exchange_no_path(exchange);
}

int about_serve(struct exchange *exchange) {
        static const char *const health[] = { "healthz", "livez", "readyz" };
        const char *path = exchange->target.path, *rest;

        for (size_t i = 0; i < sizeof health / sizeof health[0]; i++) {
                if (path[0] == '/' && under(path + 1, health[i], &rest))
                        return serve_health(exchange, health[i], rest);
        }
        if (under(path, "/metrics", &rest) || under(path, "/logs", &rest) ||
            under(path, "/debug", &rest))
                return refuse_out_of_scope(&exchange->refusal, "llc-sim has no %s", path);
        if (exchange->target.asked == ASKED_GET)
                return serve_read(exchange, path);
        if (under(path, "/api", &rest) || under(path, "/apis", &rest) ||
            under(path, "/version", &rest))
                return exchange_no_method(exchange);
        return exchange_no_path(exchange);
}
