#include "kinds/service_checks.h"

#include <string.h>

#include "kinds/address.h"
#include "kinds/field_checks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

static const char *type_of(const struct json *spec) {
        return json_text_at(spec, "type");
}

static void check_target(const struct json *port, const char *at, struct field_errors *errors) {
        const char *field = field_under(errors, at, "targetPort");

        check_port(port, "targetPort", at, errors);
        if (member_of_kind(port, "targetPort", JSON_STRING))
                syntax_check(SYNTAX_PORT_NAME, json_text_at(port, "targetPort"), field, errors);
}

static bool same_port(const struct json *a, const struct json *b) {
        return json_int_at(a, "port", 0) == json_int_at(b, "port", 0) &&
               strcmp(json_text_at(a, "protocol"), json_text_at(b, "protocol")) == 0;
}

static void check_twice(const struct json *ports, size_t index, const char *at,
                        struct field_errors *errors) {
        const struct json *port = json_at(ports, index);

        for (size_t i = 0; i < index; i++)
                if (*json_text_at(port, "name") && strcmp(json_text_at(json_at(ports, i), "name"),
                                                          json_text_at(port, "name")) == 0) {
                        field_error_add(errors, FIELD_ERROR_DUPLICATE,
                                        field_under(errors, at, "name"), json_get(port, "name"),
                                        "%s", "");
                        break;
                }
        for (size_t i = 0; i < index; i++)
                if (same_port(json_at(ports, i), port)) {
                        struct json *key JSON_CLEANUP = json_new_object();

                        json_set_str(key, "Name", "");
                        json_set_str(key, "Protocol", json_text_at(port, "protocol"));
                        json_set(key, "AppProtocol", NULL);
                        json_set_int(key, "Port", json_int_at(port, "port", 0));
                        json_set_int(key, "TargetPort", 0);
                        json_set_int(key, "NodePort", 0);
                        field_error_add(errors, FIELD_ERROR_DUPLICATE, at, key, "%s", "");
                        break;
                }
}

static void check_ports(const struct json *spec, struct field_errors *errors) {
        const struct json *ports = member_array(spec, "ports");
        bool headless = strcmp(json_text_at(spec, "clusterIP"), "None") == 0;
        bool external = strcmp(type_of(spec), "ExternalName") == 0;
        size_t n = json_length(ports);

        if (n == 0 && !headless && !external)
                error_required(errors, "spec.ports", "");
        for (size_t i = 0; i < n; i++) {
                const struct json *port = json_at(ports, i);
                const char *at = field_item(errors, "spec", "ports", i);
                const char *name = json_text_at(port, "name");

                if (*name)
                        syntax_check(SYNTAX_DNS_LABEL, name, field_under(errors, at, "name"),
                                     errors);
                else if (n > 1)
                        error_required(errors, field_under(errors, at, "name"), "");
                check_port(port, "port", at, errors);
                check_target(port, at, errors);
                if (json_int_at(port, "nodePort", 0) != 0 &&
                    (strcmp(type_of(spec), "ClusterIP") == 0 || external))
                        error_forbidden(errors, field_under(errors, at, "nodePort"),
                                        arena_printf(errors->arena,
                                                     "may not be used when `type` is '%s'",
                                                     type_of(spec)));
                check_twice(ports, i, at, errors);
        }
}

static void check_node_ports(const struct json *spec, struct field_errors *errors) {
        const struct json *ports = member_array(spec, "ports");

        for (size_t i = 0; i < json_length(ports); i++) {
                int64_t port = json_int_at(json_at(ports, i), "nodePort", 0);

                if (port != 0 && (port < NODE_PORT_FIRST || port > NODE_PORT_LAST))
                        field_error_add(errors, FIELD_ERROR_INVALID,
                                        field_under(errors, field_item(errors, "spec", "ports", i),
                                                    "nodePort"),
                                        json_get(json_at(ports, i), "nodePort"),
                                        "provided port is not in the valid range. The range of "
                                        "valid ports is %d-%d",
                                        NODE_PORT_FIRST, NODE_PORT_LAST);
        }
}

static void check_families(const struct json *spec, struct field_errors *errors) {
        const struct json *families = member_array(spec, "ipFamilies");
        bool headless = strcmp(json_text_at(spec, "clusterIP"), "None") == 0;

        for (size_t i = 0; i < json_length(families); i++) {
                const char *family = json_kind(json_at(families, i)) == JSON_STRING
                                             ? json_as_string(json_at(families, i)).ptr
                                             : "";
                const char *at = field_item(errors, "spec", "ipFamilies", i);

                if (strcmp(family, "IPv4") != 0 && strcmp(family, "IPv6") != 0)
                        field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, at, json_at(families, i),
                                        "%s", "supported values: \"IPv4\", \"IPv6\"");
                else if (strcmp(family, "IPv6") == 0 && !headless)
                        error_invalid(errors, at, family, "not configured on this cluster");
        }
        if (strcmp(json_text_at(spec, "ipFamilyPolicy"), "RequireDualStack") == 0 && !headless)
                error_invalid(errors, "spec.ipFamilyPolicy", "RequireDualStack",
                              "this cluster is not configured for dual-stack services");
}

static void check_address(const struct kind *kind, const struct json *service,
                          const struct json *spec, struct field_errors *errors) {
        const char *address = json_text_at(spec, "clusterIP");
        const struct json *list = json_get(spec, "clusterIPs");

        if (strcmp(address, "None") == 0) {
                if (strcmp(type_of(spec), "LoadBalancer") == 0 ||
                    strcmp(type_of(spec), "NodePort") == 0)
                        error_invalid(errors, "spec.clusterIPs[0]", address,
                                      arena_printf(errors->arena,
                                                   "may not be set to 'None' for %s services",
                                                   type_of(spec)));
                return;
        }
        if (!syntax_holds(SYNTAX_IP, address))
                syntax_check(SYNTAX_IP, address, "spec.clusterIPs[0]", errors);
        else if (!address_in_range(address))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.clusterIPs", list,
                                "failed to allocate IP %s: the provided IP (%s) is not in the "
                                "valid range. The range of valid IPs is 10.96.0.0/16",
                                address, address);
        else if (address_taken(kind, service, address))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.clusterIPs", list,
                                "failed to allocate IP %s: provided IP is already allocated",
                                address);
}

static void check_external_name(const struct json *spec, struct field_errors *errors) {
        const char *name = json_text_at(spec, "externalName");

        if (json_get(spec, "clusterIPs"))
                error_forbidden(errors, "spec.clusterIPs",
                                "may not be set for ExternalName services");
        if (!*name)
                error_required(errors, "spec.externalName", "");
        else
                syntax_check(SYNTAX_DNS_SUBDOMAIN, name, "spec.externalName", errors);
}

static void check_policies(const struct json *spec, struct field_errors *errors) {
        const char *policy = json_text_at(spec, "externalTrafficPolicy");

        if (!*policy)
                return;
        if (!service_is_reached_from_outside(spec))
                error_invalid(errors, "spec.externalTrafficPolicy", policy,
                              "may only be set for externally-accessible services");
        else if (strcmp(policy, "Cluster") != 0 && strcmp(policy, "Local") != 0)
                field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, "spec.externalTrafficPolicy",
                                json_get(spec, "externalTrafficPolicy"), "%s",
                                "supported values: \"Cluster\", \"Local\"");
}

static bool has_address(const struct json *spec) {
        return spec && strcmp(type_of(spec), "ExternalName") != 0;
}

void service_validate(const struct kind *kind, const struct json *service,
                      const struct json *before, enum part part, struct field_errors *errors) {
        const struct json *spec = json_get(service, "spec"), *old = json_get(before, "spec");

        size_t n = errors->n;

        if (part == PART_STATUS)
                return;
        check_families(spec, errors); /* before anything else, as they decide on the addresses */
        if (errors->n > n)
                return;
        check_ports(spec, errors);
        check_labels(member_object(spec, "selector"), "spec.selector", errors);
        check_policies(spec, errors);
        if (!has_address(spec))
                check_external_name(spec, errors);
        else if (has_address(old) &&
                 !json_equal(json_get(spec, "clusterIPs"), json_get(old, "clusterIPs")))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.clusterIPs[0]",
                                json_get(spec, "clusterIPs"), "%s", "may not change once set");
        else if (!has_address(old))
                check_address(kind, service, spec, errors);
        check_node_ports(spec, errors);
}
