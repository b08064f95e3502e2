#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

#define SERVICE(spec) "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: " spec "}"

static struct json *without_address(struct json *service) {
        struct json *spec = json_get_mut(service, "spec");

        json_remove(spec, "clusterIP");
        json_remove(spec, "clusterIPs");
        return spec;
}

static void assert_spec(struct fixture *fixture, const char *yaml, const char *expected_yaml) {
        struct json *service JSON_CLEANUP = created(fixture, yaml);
        struct json *expected JSON_CLEANUP = tree_of(expected_yaml);

        assert_string_equal(errors_of(fixture, service, NULL, PART_OBJECT), "");
        if (!json_equal(without_address(service), expected))
                assert_string_equal(text_of_tree(fixture, json_get(service, "spec")),
                                    text_of_tree(fixture, expected));
        assert_string_equal(text_of_tree(fixture, json_get(service, "status")),
                            "{\"loadBalancer\":{}}");
}

static void test_service__comes_back_as_from_a_real_server(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        assert_spec(&fixture, SERVICE("{selector: {app: x}, ports: [{port: 80}]}"),
                    "{internalTrafficPolicy: Cluster, ipFamilies: [IPv4], ipFamilyPolicy: "
                    "SingleStack, ports: [{port: 80, protocol: TCP, targetPort: 80}], selector: "
                    "{app: x}, sessionAffinity: None, type: ClusterIP}");
        assert_spec(&fixture, SERVICE("{type: ExternalName, externalName: foo.example.com}"),
                    "{externalName: foo.example.com, sessionAffinity: None, type: ExternalName}");
        assert_spec(&fixture,
                    SERVICE("{clusterIP: None, selector: {app: x}, ports: [{port: 80, name: a, "
                            "targetPort: http}]}"),
                    "{internalTrafficPolicy: Cluster, ipFamilies: [IPv4], ipFamilyPolicy: "
                    "SingleStack, ports: [{name: a, port: 80, protocol: TCP, targetPort: http}], "
                    "selector: {app: x}, sessionAffinity: None, type: ClusterIP}");
        assert_spec(&fixture, SERVICE("{clusterIP: None}"),
                    "{internalTrafficPolicy: Cluster, ipFamilies: [IPv4, IPv6], ipFamilyPolicy: "
                    "RequireDualStack, sessionAffinity: None, type: ClusterIP}");
}

static void test_service__load_balancers_have_ports_of_nodes(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *service JSON_CLEANUP = NULL;
        const struct json *spec, *ports;

        (void)state;
        fixture_init(&fixture);
        service = created(&fixture, SERVICE("{type: LoadBalancer, sessionAffinity: ClientIP, "
                                            "externalTrafficPolicy: Local, ports: [{port: 80}]}"));
        spec = json_get(service, "spec");
        ports = json_get(spec, "ports");
        assert_in_range(json_int_at(json_at(ports, 0), "nodePort", 0), 30000, 32767);
        assert_in_range(json_int_at(spec, "healthCheckNodePort", 0), 30000, 32767);
        assert_true(json_is_true_at(spec, "allocateLoadBalancerNodePorts"));
        assert_int_equal(json_int_at(json_get(json_get(spec, "sessionAffinityConfig"), "clientIP"),
                                     "timeoutSeconds", 0),
                         10800);
        assert_string_equal(errors_of(&fixture, service, NULL, PART_OBJECT), "");
}

static void test_service__each_has_an_address_of_its_own(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *first JSON_CLEANUP = NULL, *second JSON_CLEANUP = NULL,
                           *other JSON_CLEANUP = NULL;
        const char *address;

        (void)state;
        fixture_init(&fixture);
        first = created(&fixture, SERVICE("{ports: [{port: 80}]}"));
        address = json_text_at(json_get(first, "spec"), "clusterIP");
        assert_memory_equal(address, "10.96.", 6);
        assert_string_equal(text_of_tree(&fixture, json_get(json_get(first, "spec"), "clusterIPs")),
                            arena_printf(&fixture.arena, "[\"%s\"]", address));

        second = created(&fixture, SERVICE("{ports: [{port: 80}]}"));
        assert_string_equal(json_text_at(json_get(second, "spec"), "clusterIP"), address);
        json_set_str(json_get_mut(second, "metadata"), "name", "b");
        storage_put(fixture.storage, kind_of(&fixture, second)->objects, second);
        other = created(&fixture, SERVICE("{ports: [{port: 80}]}"));
        assert_string_not_equal(json_text_at(json_get(other, "spec"), "clusterIP"), address);
        assert_string_equal(errors_of(&fixture, other, NULL, PART_OBJECT), "");
        assert_string_equal(
                errors_of(&fixture, first, NULL, PART_OBJECT),
                arena_printf(&fixture.arena,
                             "spec.clusterIPs: Invalid value: [\"%s\"]: failed to allocate IP %s: "
                             "provided IP is already allocated\n",
                             address, address));
}

static void test_service__an_update_keeps_what_it_was_given(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *before JSON_CLEANUP = NULL, *service JSON_CLEANUP = NULL,
                            *external JSON_CLEANUP = NULL, *moved JSON_CLEANUP = NULL;

        (void)state;
        fixture_init(&fixture);
        before = created(&fixture, SERVICE("{type: NodePort, ports: [{port: 80}]}"));
        service = tree_of(SERVICE("{type: NodePort, ports: [{port: 81}]}"));
        complete(&fixture, service, before, PART_OBJECT);
        assert_string_equal(json_text_at(json_get(service, "spec"), "clusterIP"),
                            json_text_at(json_get(before, "spec"), "clusterIP"));
        assert_int_equal(json_int_at(json_at(json_get(json_get(service, "spec"), "ports"), 0),
                                     "nodePort", 1),
                         json_int_at(json_at(json_get(json_get(before, "spec"), "ports"), 0),
                                     "nodePort", 2));
        assert_string_equal(errors_of(&fixture, service, before, PART_OBJECT), "");

        external = json_clone(before);
        json_set_str(json_get_mut(external, "spec"), "type", "ExternalName");
        json_set_str(json_get_mut(external, "spec"), "externalName", "a.b");
        complete(&fixture, external, before, PART_OBJECT);
        assert_string_equal(text_of_tree(&fixture, json_get(external, "spec")),
                            "{\"type\":\"ExternalName\",\"ports\":[{\"port\":80,\"protocol\":"
                            "\"TCP\",\"targetPort\":80}],\"sessionAffinity\":\"None\","
                            "\"externalName\":\"a.b\"}");
        assert_string_equal(errors_of(&fixture, external, before, PART_OBJECT), "");

        moved = json_clone(before);
        json_set_str(json_get_mut(moved, "spec"), "clusterIP", "10.96.0.9");
        complete(&fixture, moved, before, PART_OBJECT);
        assert_string_equal(errors_of(&fixture, moved, before, PART_OBJECT),
                            "spec.clusterIPs[0]: Invalid value: [\"10.96.0.9\"]: may not change "
                            "once set\n");
}

static void test_service__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{}", "spec.ports: Required value\n" },
                { "{type: ExternalName}", "spec.externalName: Required value\n" },
                { "{clusterIP: abc, ports: [{port: 80}]}",
                  "spec.clusterIPs[0]: Invalid value: \"abc\": must be a valid IP address, (e.g. "
                  "10.9.8.7 or 2001:db8::ffff)\n" },
                { "{clusterIP: 1.2.3.4, ports: [{port: 80}]}",
                  "spec.clusterIPs: Invalid value: [\"1.2.3.4\"]: failed to allocate IP 1.2.3.4: "
                  "the provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is "
                  "10.96.0.0/16\n" },
                { "{ports: [{port: 80}], ipFamilies: [IPv6]}",
                  "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster\n" },
                { "{externalTrafficPolicy: Local, ports: [{port: 80}]}",
                  "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for "
                  "externally-accessible services\n" },
                { "{ports: [{port: 0}, {port: 80, name: b}]}",
                  "spec.ports[0].name: Required value\n"
                  "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive\n"
                  "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, "
                  "inclusive\n" },
                { "{ports: [{port: 1, name: b, targetPort: A}, {port: 2, name: b}]}",
                  "spec.ports[0].targetPort: Invalid value: \"A\": must contain only "
                  "alpha-numeric characters (a-z, 0-9), and hyphens (-)\n"
                  "spec.ports[0].targetPort: Invalid value: \"A\": must contain at least one "
                  "letter (a-z)\n"
                  "spec.ports[1].name: Duplicate value: \"b\"\n" },
                { "{ports: [{port: 1, nodePort: 30001}]}",
                  "spec.ports[0].nodePort: Forbidden: may not be used when `type` is "
                  "'ClusterIP'\n" },
                { "{type: NodePort, ports: [{port: 1, nodePort: 5}]}",
                  "spec.ports[0].nodePort: Invalid value: 5: provided port is not in the valid "
                  "range. The range of valid ports is 30000-32767\n" },
                { "{type: Foo, ports: [{port: 1}]}",
                  "spec.type: Unsupported value: \"Foo\": supported values: \"ClusterIP\", "
                  "\"ExternalName\", \"LoadBalancer\", \"NodePort\"\n" },
                { "{ports: [{port: 1}], selector: {a: -b}}",
                  "spec.selector: Invalid value: \"-b\": a valid label must be an empty string or "
                  "consist of alphanumeric characters, '-', '_' or '.', and must start and end "
                  "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
                  "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture,
                                                  arena_printf(&fixture.arena, SERVICE("%s"),
                                                               cases[i][0])),
                                    cases[i][1]);
}

static void test_service__row(void **state) {
        static const char *const cases[][2] = {
                { "{type: ClusterIP, clusterIP: 10.96.0.1, ports: [{port: 443, protocol: TCP}]}}",
                  "[\"a\",\"ClusterIP\",\"10.96.0.1\",\"<none>\",\"443/TCP\",\"<unknown>\","
                  "\"<none>\"]" },
                { "{type: LoadBalancer, clusterIP: 10.96.0.2, externalIPs: [1.2.3.4], selector: "
                  "{b: c, a: d}, ports: [{port: 80, nodePort: 30001, protocol: TCP}, {port: 81, "
                  "protocol: UDP}]}, status: {loadBalancer: {ingress: [{ip: 5.6.7.8}]}}}",
                  "[\"a\",\"LoadBalancer\",\"10.96.0.2\",\"5.6.7.8,1.2.3.4\","
                  "\"80:30001/TCP,81/UDP\",\"<unknown>\",\"a=d,b=c\"]" },
                { "{type: LoadBalancer, clusterIP: 10.96.0.2}}",
                  "[\"a\",\"LoadBalancer\",\"10.96.0.2\",\"<pending>\",\"<none>\",\"<unknown>\","
                  "\"<none>\"]" },
                { "{type: ExternalName, externalName: b.c}}",
                  "[\"a\",\"ExternalName\",\"<none>\",\"b.c\",\"<none>\",\"<unknown>\","
                  "\"<none>\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(
                        cells_of(&fixture, arena_printf(&fixture.arena,
                                                        "{apiVersion: v1, kind: Service, metadata: "
                                                        "{name: a}, spec: %s",
                                                        cases[i][0])),
                        cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_service__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_service__load_balancers_have_ports_of_nodes),
                cmocka_unit_test(test_service__each_has_an_address_of_its_own),
                cmocka_unit_test(test_service__an_update_keeps_what_it_was_given),
                cmocka_unit_test(test_service__says_what_is_wrong),
                cmocka_unit_test(test_service__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
