/*
 * Services: what they are given (addresses, node ports), and what goes with a change of type.
 */
#include <string.h>

#include "kinds/address.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/service_cells.h"
#include "kinds/service_checks.h"

enum { AFFINITY_SECONDS = 10800 };

static bool is_type(const struct json *spec, const char *type) {
        return strcmp(json_text_at(spec, "type"), type) == 0;
}

static bool has_node_ports(const struct json *spec) {
        const struct json *allocate = json_get(spec, "allocateLoadBalancerNodePorts");

        if (is_type(spec, "NodePort"))
                return true;
        return is_type(spec, "LoadBalancer") &&
               (json_kind(allocate) != JSON_BOOL || json_as_bool(allocate));
}

static bool has_address(const struct json *spec) {
        return !is_type(spec, "ExternalName");
}

static bool has_health_port(const struct json *spec) {
        return is_type(spec, "LoadBalancer") &&
               strcmp(json_text_at(spec, "externalTrafficPolicy"), "Local") == 0;
}

bool service_is_reached_from_outside(const struct json *spec) {
        return is_type(spec, "LoadBalancer") || is_type(spec, "NodePort") ||
               (is_type(spec, "ClusterIP") && json_length(member_array(spec, "externalIPs")) > 0);
}

static void default_affinity(struct json *spec) {
        struct json *client;

        if (strcmp(json_text_at(spec, "sessionAffinity"), "ClientIP") != 0) {
                json_remove(spec, "sessionAffinityConfig");
                return;
        }
        client = member_object_made(member_object_made(spec, "sessionAffinityConfig"), "clientIP");
        if (client && !json_get(client, "timeoutSeconds"))
                json_set_int(client, "timeoutSeconds", AFFINITY_SECONDS);
}

static void default_ports(struct json *spec) {
        struct json *ports = member_array_mut(spec, "ports");

        for (size_t i = 0; i < json_length(ports); i++) {
                struct json *port = json_at_mut(ports, i);
                const struct json *target = json_get(port, "targetPort");
                bool none = !target ||
                            (json_kind(target) == JSON_INT && json_as_int(target) == 0) ||
                            (json_kind(target) == JSON_STRING && json_as_string(target).len == 0);

                if (none && json_get(port, "port"))
                        json_set(port, "targetPort", json_clone(json_get(port, "port")));
        }
}

static void default_policies(struct json *spec) {
        default_affinity(spec);
        default_ports(spec);
        if (service_is_reached_from_outside(spec))
                member_default(spec, "externalTrafficPolicy", "Cluster");
        if (has_address(spec))
                member_default(spec, "internalTrafficPolicy", "Cluster");
        if (is_type(spec, "LoadBalancer") && !json_get(spec, "allocateLoadBalancerNodePorts"))
                json_set_bool(spec, "allocateLoadBalancerNodePorts", true);
}

static void take(struct json *spec, const struct json *old, const char *key) {
        if (!json_get(spec, key) && json_get(old, key))
                json_set(spec, key, json_clone(json_get(old, key)));
}

/* A port is known by its name, whatever else of it changed. */
static void take_node_ports(struct json *spec, const struct json *old) {
        struct json *ports = member_array_mut(spec, "ports");
        const struct json *had = member_array(old, "ports");

        for (size_t i = 0; i < json_length(ports); i++)
                for (size_t k = 0; k < json_length(had); k++)
                        if (strcmp(json_text_at(json_at(ports, i), "name"),
                                   json_text_at(json_at(had, k), "name")) == 0)
                                take(json_at_mut(ports, i), json_at(had, k), "nodePort");
}

/* What a client left out of an update is as it was. */
static void keep_given(struct json *spec, const struct json *old) {
        if (has_address(spec) && has_address(old)) {
                take(spec, old, "clusterIP");
                take(spec, old, "clusterIPs");
                take(spec, old, "ipFamilies");
                take(spec, old, "ipFamilyPolicy");
        }
        if (has_node_ports(spec) && has_node_ports(old))
                take_node_ports(spec, old);
        if (has_health_port(spec) && has_health_port(old))
                take(spec, old, "healthCheckNodePort");
}

static void drop_same(struct json *spec, const struct json *old, const char *key) {
        if (json_equal(json_get(spec, key), json_get(old, key)))
                json_remove(spec, key);
}

static bool same_node_ports(const struct json *spec, const struct json *old) {
        const struct json *ports = member_array(spec, "ports"), *had = member_array(old, "ports");

        for (size_t i = 0; i < json_length(ports); i++) {
                int64_t port = json_int_at(json_at(ports, i), "nodePort", 0);
                bool known = port == 0;

                for (size_t k = 0; k < json_length(had) && !known; k++)
                        known = json_int_at(json_at(had, k), "nodePort", 0) == port;
                if (!known)
                        return false;
        }
        return true;
}

/* What another type has no use for goes, unless it was changed as well: then it is an error. */
static void drop_of_type(struct json *spec, const struct json *old) {
        if (has_address(old) && !has_address(spec)) {
                drop_same(spec, old, "clusterIP");
                drop_same(spec, old, "clusterIPs");
                drop_same(spec, old, "ipFamilies");
                drop_same(spec, old, "ipFamilyPolicy");
                drop_same(spec, old, "internalTrafficPolicy");
        }
        if (has_node_ports(old) && !has_node_ports(spec) && same_node_ports(spec, old))
                for (size_t i = 0; i < json_length(member_array(spec, "ports")); i++)
                        json_remove(json_at_mut(json_get_mut(spec, "ports"), i), "nodePort");
        if (has_health_port(old) && !has_health_port(spec))
                drop_same(spec, old, "healthCheckNodePort");
        if (is_type(old, "LoadBalancer") && !is_type(spec, "LoadBalancer")) {
                drop_same(spec, old, "allocateLoadBalancerNodePorts");
                drop_same(spec, old, "loadBalancerClass");
        }
        if (service_is_reached_from_outside(old) && !service_is_reached_from_outside(spec))
                drop_same(spec, old, "externalTrafficPolicy");
}

static void set_texts(struct json *spec, const char *key, const char *one, const char *two) {
        struct json *list = json_new_array();

        json_append(list, json_new_string(bytes_of(one)));
        if (two)
                json_append(list, json_new_string(bytes_of(two)));
        json_set(spec, key, list);
}

/* The address and the list of addresses say the same; the one that was changed counts. */
static void give_address(const struct kind *kind, struct json *service, struct json *spec,
                         const struct json *old) {
        const struct json *list = member_array(spec, "clusterIPs");
        char address[ADDRESS_SIZE];

        if (!*json_text_at(spec, "clusterIP")) {
                if (json_length(list) > 0 && json_kind(json_at(list, 0)) == JSON_STRING)
                        json_set(spec, "clusterIP", json_clone(json_at(list, 0)));
                else
                        json_set_str(spec, "clusterIP", address_allocate(kind, service, address));
        }
        if (json_length(list) == 0 ||
            (old && !json_equal(json_get(spec, "clusterIP"), json_get(old, "clusterIP")) &&
             json_equal(list, json_get(old, "clusterIPs"))))
                set_texts(spec, "clusterIPs", json_text_at(spec, "clusterIP"), NULL);
}

/* Without a selector and an address nobody knows what it stands for, so it may be both families. */
static void give_families(struct json *spec) {
        bool both = strcmp(json_text_at(spec, "clusterIP"), "None") == 0 &&
                    json_length(member_object(spec, "selector")) == 0;

        if (!json_get(spec, "ipFamilyPolicy"))
                json_set_str(spec, "ipFamilyPolicy", both ? "RequireDualStack" : "SingleStack");
        both = strcmp(json_text_at(spec, "ipFamilyPolicy"), "RequireDualStack") == 0 &&
               strcmp(json_text_at(spec, "clusterIP"), "None") == 0;
        if (!json_get(spec, "ipFamilies"))
                set_texts(spec, "ipFamilies", "IPv4", both ? "IPv6" : NULL);
}

static void give_node_ports(const struct kind *kind, const struct json *service,
                            struct json *spec) {
        struct json *ports = member_array_mut(spec, "ports");

        for (size_t i = 0; i < json_length(ports); i++)
                if (json_kind(json_at(ports, i)) == JSON_OBJECT &&
                    json_int_at(json_at(ports, i), "nodePort", 0) == 0)
                        json_set_int(json_at_mut(ports, i), "nodePort",
                                     address_node_port(kind, service, i));
        if (has_health_port(spec) && !json_get(spec, "healthCheckNodePort"))
                json_set_int(spec, "healthCheckNodePort",
                             address_node_port(kind, service, json_length(ports)));
}

static void prepare(const struct kind *kind, struct json *object, const struct json *before,
                    enum part part, int64_t now_ms) {
        struct json *spec = member_object_mut(object, "spec");
        const struct json *old = json_get(before, "spec");

        (void)now_ms;
        if (!spec || part == PART_STATUS)
                return;
        default_policies(spec);
        if (old) {
                keep_given(spec, old);
                drop_of_type(spec, old);
        }
        if (has_address(spec)) {
                give_address(kind, object, spec, old);
                give_families(spec);
        }
        if (has_node_ports(spec))
                give_node_ports(kind, object, spec);
        if (!is_type(spec, "LoadBalancer"))
                json_set(member_object_made(object, "status"), "loadBalancer", json_new_object());
}

const struct kind_hooks SERVICE_HOOKS = { .prepare = prepare,
                                          .validate = service_validate,
                                          .cells = service_cells };
