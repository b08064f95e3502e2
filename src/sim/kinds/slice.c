#include <arpa/inet.h>
#include <string.h>

#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

enum { SHOWN = 3, TEXT_MAX = 4096, ENDPOINTS_MAX = 1000, PORTS_MAX = 20000 };

static void check_address(const char *type, const char *text, const char *field,
                          struct field_errors *errors) {
        struct in_addr address;

        if (strcmp(type, "FQDN") == 0) {
                syntax_check(SYNTAX_DNS_SUBDOMAIN, text, field, errors);
                return;
        }
        syntax_check(SYNTAX_IP, text, field, errors);
        if (inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127)
                error_invalid(errors, field, text,
                              "may not be in the loopback range (127.0.0.0/8, ::1/128)");
}

static void check_endpoints(const struct json *slice, struct field_errors *errors) {
        const struct json *endpoints = member_array(slice, "endpoints");
        const char *type = json_text_at(slice, "addressType");

        for (size_t i = 0; i < json_length(endpoints); i++) {
                const struct json *addresses = member_array(json_at(endpoints, i), "addresses");
                const char *at = field_item(errors, "", "endpoints", i);

                if (addresses && json_length(addresses) == 0)
                        error_required(errors, field_under(errors, at, "addresses"),
                                       "must contain at least 1 address");
                for (size_t k = 0; k < json_length(addresses); k++)
                        if (json_kind(json_at(addresses, k)) == JSON_STRING)
                                check_address(type, json_as_string(json_at(addresses, k)).ptr,
                                              field_item(errors, at, "addresses", k), errors);
        }
}

static void check_ports(const struct json *ports, struct field_errors *errors) {
        for (size_t i = 0; i < json_length(ports); i++) {
                const struct json *port = json_at(ports, i);
                const char *at = field_item(errors, "", "ports", i);
                const char *name = json_text_at(port, "name");

                if (*name)
                        syntax_check(SYNTAX_DNS_LABEL, name, field_under(errors, at, "name"),
                                     errors);
                for (size_t k = 0; k < i; k++)
                        if (strcmp(json_text_at(json_at(ports, k), "name"), name) == 0) {
                                field_error_add(errors, FIELD_ERROR_DUPLICATE,
                                                field_under(errors, at, "name"),
                                                json_get(port, "name"), "%s", "");
                                break;
                        }
                check_port(port, "port", at, errors);
        }
}

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        size_t endpoints = json_length(member_array(object, "endpoints"));
        size_t ports = json_length(member_array(object, "ports"));

        (void)kind;
        (void)part;
        if (ports > PORTS_MAX)
                field_error_add(errors, FIELD_ERROR_TOO_MANY, "ports", NULL,
                                "%zu: must have at most %d items", ports, PORTS_MAX);
        check_ports(member_array(object, "ports"), errors);
        if (endpoints > ENDPOINTS_MAX)
                field_error_add(errors, FIELD_ERROR_TOO_MANY, "endpoints", NULL,
                                "%zu: must have at most %d items", endpoints, ENDPOINTS_MAX);
        else
                check_endpoints(object, errors);
        if (before)
                check_immutable(object, before, "addressType", "", errors);
}

/* The first three, and how many more there are. */
struct summary {
        struct strbuf text;
        size_t n;
};

static void sum(struct summary *summary, const char *text) {
        if (summary->n++ < SHOWN)
                strbuf_printf(&summary->text, "%s%s", summary->n > 1 ? "," : "", text);
}

static void cell_summary(struct summary *summary, struct json *cells) {
        if (summary->n > SHOWN)
                strbuf_printf(&summary->text, " + %zu more...", summary->n - SHOWN);
        cells_text_or(cells, strbuf_str(&summary->text), "<unset>");
        strbuf_deinit(&summary->text);
}

static void cell_ports(const struct json *ports, struct json *cells) {
        struct summary summary = { .text = STRBUF_INIT(TEXT_MAX) };

        for (size_t i = 0; i < json_length(ports); i++) {
                const struct json *port = member_of_kind(json_at(ports, i), "port", JSON_INT);
                const struct json *name = member_of_kind(json_at(ports, i), "name", JSON_STRING);
                struct strbuf number STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

                if (port)
                        strbuf_printf(&number, "%lld", (long long)json_as_int(port));
                else
                        strbuf_puts(&number, name ? json_as_string(name).ptr : "*");
                sum(&summary, strbuf_str(&number));
        }
        cell_summary(&summary, cells);
}

static void cell_endpoints(const struct json *endpoints, struct json *cells) {
        struct summary summary = { .text = STRBUF_INIT(TEXT_MAX) };

        for (size_t i = 0; i < json_length(endpoints); i++) {
                const struct json *addresses = member_array(json_at(endpoints, i), "addresses");

                for (size_t k = 0; k < json_length(addresses); k++)
                        sum(&summary, json_kind(json_at(addresses, k)) == JSON_STRING
                                              ? json_as_string(json_at(addresses, k)).ptr
                                              : "");
        }
        cell_summary(&summary, cells);
}

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        (void)kind;
        cells_name(object, cells);
        cells_text(cells, json_text_at(object, "addressType"));
        cell_ports(member_array(object, "ports"), cells);
        cell_endpoints(member_array(object, "endpoints"), cells);
        cells_age(object, now_ms, cells);
}

const struct kind_hooks ENDPOINT_SLICE_HOOKS = { .validate = validate, .cells = cells };
