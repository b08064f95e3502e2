#include <string.h>

#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

enum { TEXT_MAX = 64 * 1024 };

static void check_service(const struct json *service, const char *backend,
                          struct field_errors *errors) {
        const struct json *port = member_object(service, "port");
        const char *at = field_under(errors, backend, "service"),
                   *place = field_under(errors, at, "port");
        const char *name = json_text_at(service, "name"), *port_name = json_text_at(port, "name");
        bool has_number = json_int_at(port, "number", 0) != 0;

        if (*name)
                syntax_check(SYNTAX_DNS_1035, name, field_under(errors, at, "name"), errors);
        else if (json_has(service, "name"))
                error_required(errors, field_under(errors, at, "name"), "");
        if (*port_name && has_number)
                error_invalid(errors, backend, "", "cannot set both port name & port number");
        else if (*port_name)
                syntax_check(SYNTAX_PORT_NAME, port_name, field_under(errors, place, "name"),
                             errors);
        else if (has_number)
                check_port(port, "number", place, errors);
        else
                error_required(errors, backend, "port name or number is required");
}

static void check_backend(const struct json *backend, const char *at, struct field_errors *errors) {
        const struct json *service = member_object(backend, "service");
        const struct json *resource = member_object(backend, "resource");

        if (service && resource)
                error_invalid(errors, at, "", "cannot set both resource and service backends");
        else if (service)
                check_service(service, at, errors);
        else if (!resource)
                error_invalid(errors, at, "", "resource or service backend is required");
}

/* Parts that mean another path than they say. */
static void check_parts(const char *path, const char *at, struct field_errors *errors) {
        static const char *const inside[] = { "//", "/./", "/../", "%2f", "%2F" };
        static const char *const last[] = { "/..", "/." };
        size_t length = strlen(path);

        for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
                if (strstr(path, inside[i]))
                        error_invalid(errors, at, path,
                                      arena_printf(errors->arena, "must not contain '%s'",
                                                   inside[i]));
        for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
                if (length >= strlen(last[i]) &&
                    strcmp(path + length - strlen(last[i]), last[i]) == 0)
                        error_invalid(errors, at, path,
                                      arena_printf(errors->arena, "cannot end with '%s'", last[i]));
}

static void check_path(const struct json *path, const char *at, struct field_errors *errors) {
        const char *text = json_text_at(path, "path"), *type = json_text_at(path, "pathType"),
                   *place = field_under(errors, at, "path");
        bool is_any = strcmp(type, "ImplementationSpecific") == 0;

        if (!json_has(path, "pathType"))
                error_required(errors, field_under(errors, at, "pathType"),
                               "pathType must be specified");
        else if (text[0] != '/' && (*text || !is_any))
                error_invalid(errors, place, text, "must be an absolute path");
        else if (!is_any)
                check_parts(text, place, errors);
        if (json_has(path, "backend"))
                check_backend(json_get(path, "backend"), field_under(errors, at, "backend"),
                              errors);
}

static void check_rule(const struct json *rule, const char *at, struct field_errors *errors) {
        const char *host = json_text_at(rule, "host");
        const struct json *http = member_object(rule, "http"), *paths = member_array(http, "paths");

        if (*host && strncmp(host, "*.", 2) != 0)
                syntax_check(SYNTAX_DNS_SUBDOMAIN, host, field_under(errors, at, "host"), errors);
        at = field_under(errors, at, "http");
        if (json_has(http, "paths") && json_length(paths) == 0)
                error_required(errors, field_under(errors, at, "paths"), "");
        for (size_t i = 0; i < json_length(paths); i++)
                check_path(json_at(paths, i), field_item(errors, at, "paths", i), errors);
}

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        const struct json *spec = json_get(object, "spec");
        const struct json *rules = member_array(spec, "rules"),
                          *otherwise = member_object(spec, "defaultBackend");

        (void)kind;
        (void)before;
        if (part == PART_STATUS)
                return;
        if (json_length(rules) == 0 && !otherwise)
                field_error_add(errors, FIELD_ERROR_INVALID, "spec", NULL, "null: %s",
                                "either `defaultBackend` or `rules` must be specified");
        if (otherwise)
                check_backend(otherwise, "spec.defaultBackend", errors);
        for (size_t i = 0; i < json_length(rules); i++)
                check_rule(json_at(rules, i), field_item(errors, "spec", "rules", i), errors);
}

/* As kubectl shows them: three hosts at the most, or a star for all. */
static void cells_hosts(const struct json *rules, struct json *cells) {
        enum { SHOWN_MAX = 3 };
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);
        size_t n = 0;

        for (size_t i = 0; i < json_length(rules); i++) {
                const char *host = json_text_at(json_at(rules, i), "host");

                if (*host && n++ < SHOWN_MAX)
                        strbuf_printf(&text, "%s%s", n > 1 ? "," : "", host);
        }
        if (n > SHOWN_MAX)
                strbuf_printf(&text, " + %zu more...", n - SHOWN_MAX);
        cells_text_or(cells, strbuf_str(&text), "*");
}

static void cells_addresses(const struct json *object, struct json *cells) {
        const struct json *points =
                member_array(json_get(json_get(object, "status"), "loadBalancer"), "ingress");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        for (size_t i = 0; i < json_length(points); i++) {
                const char *ip = json_text_at(json_at(points, i), "ip");

                strbuf_printf(&text, "%s%s", i > 0 ? "," : "",
                              *ip ? ip : json_text_at(json_at(points, i), "hostname"));
        }
        cells_text(cells, strbuf_str(&text));
}

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        const struct json *spec = json_get(object, "spec");

        (void)kind;
        cells_name(object, cells);
        cells_text_or(cells, json_text_at(spec, "ingressClassName"), "<none>");
        cells_hosts(member_array(spec, "rules"), cells);
        cells_addresses(object, cells);
        cells_text(cells, json_length(member_array(spec, "tls")) > 0 ? "80, 443" : "80");
        cells_age(object, now_ms, cells);
}

const struct kind_hooks INGRESS_HOOKS = { .validate = validate, .cells = cells };
