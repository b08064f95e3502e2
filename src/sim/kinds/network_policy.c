#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/selector_check.h"
#include "kinds/syntax.h"

enum { TEXT_MAX = 64, BITS4 = 32, BITS6 = 128 };

/* Ingress always, egress when there are rules for it. */
static void prepare(const struct kind *kind, struct json *object, const struct json *before,
                    enum part part, int64_t now_ms) {
        struct json *spec = member_object_mut(object, "spec"), *types;

        (void)kind;
        (void)before;
        (void)part;
        (void)now_ms;
        if (!spec || json_get(spec, "policyTypes"))
                return;
        types = json_new_array();
        json_append(types, json_new_string(bytes_of("Ingress")));
        if (json_length(member_array(spec, "egress")) > 0)
                json_append(types, json_new_string(bytes_of("Egress")));
        json_set(spec, "policyTypes", types);
}

static bool is_range(const char *text) {
        const char *slash = strchr(text, '/');
        char address[TEXT_MAX], *end;
        struct in6_addr parsed;
        long bits;

        if (!slash || slash == text || (size_t)(slash - text) >= sizeof(address) || !slash[1])
                return false;
        memcpy(address, text, (size_t)(slash - text));
        address[slash - text] = '\0';
        bits = strtol(slash + 1, &end, 10);
        if (*end || bits < 0)
                return false;
        return (inet_pton(AF_INET, address, &parsed) == 1 && bits <= BITS4) ||
               (inet_pton(AF_INET6, address, &parsed) == 1 && bits <= BITS6);
}

static void check_ports_of(const struct json *rule, const char *at, struct field_errors *errors) {
        const struct json *ports = member_array(rule, "ports");

        for (size_t i = 0; i < json_length(ports); i++) {
                const struct json *port = json_at(ports, i);
                const char *place = field_item(errors, at, "ports", i);

                check_port(port, "port", place, errors);
                if (member_of_kind(port, "port", JSON_STRING))
                        syntax_check(SYNTAX_PORT_NAME, json_text_at(port, "port"),
                                     field_under(errors, place, "port"), errors);
                if (json_get(port, "endPort") &&
                    json_int_at(port, "endPort", 0) < json_int_at(port, "port", 0))
                        field_error_add(errors, FIELD_ERROR_INVALID,
                                        field_under(errors, place, "endPort"),
                                        json_get(port, "port"), "%s",
                                        "must be greater than or equal to `port`");
        }
}

static void check_peer(const struct json *peer, const char *at, struct field_errors *errors) {
        const struct json *block = member_object(peer, "ipBlock");
        const struct json *pods = member_object(peer, "podSelector");
        const struct json *namespaces = member_object(peer, "namespaceSelector");

        if (pods)
                selector_check(pods, field_under(errors, at, "podSelector"), errors);
        if (namespaces)
                selector_check(namespaces, field_under(errors, at, "namespaceSelector"), errors);
        if (block && !is_range(json_text_at(block, "cidr")))
                error_invalid(errors, field_under(errors, at, "ipBlock.cidr"),
                              json_text_at(block, "cidr"),
                              "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        if (!block && !pods && !namespaces)
                error_required(errors, at, "must specify a peer");
        else if (block && (pods || namespaces))
                error_forbidden(errors, at, "may not specify both ipBlock and another peer");
}

static void check_rules(const struct json *spec, const char *key, const char *peers_key,
                        struct field_errors *errors) {
        const struct json *rules = member_array(spec, key);

        for (size_t i = 0; i < json_length(rules); i++) {
                const struct json *peers = member_array(json_at(rules, i), peers_key);
                const char *at = field_item(errors, "spec", key, i);

                check_ports_of(json_at(rules, i), at, errors);
                for (size_t k = 0; k < json_length(peers); k++)
                        check_peer(json_at(peers, k), field_item(errors, at, peers_key, k), errors);
        }
}

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        const struct json *spec = json_get(object, "spec");

        (void)kind;
        (void)before;
        (void)part;
        selector_check(json_get(spec, "podSelector"), "spec.podSelector", errors);
        check_rules(spec, "ingress", "from", errors);
        check_rules(spec, "egress", "to", errors);
}

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        (void)kind;
        cells_name(object, cells);
        cells_selector(json_get(json_get(object, "spec"), "podSelector"), cells);
        cells_age(object, now_ms, cells);
}

const struct kind_hooks NETWORK_POLICY_HOOKS = { .prepare = prepare,
                                                 .validate = validate,
                                                 .cells = cells };
