#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_node__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: Node, metadata: {name: a}, spec: {}}",
                  "{spec: {taints: [{effect: NoSchedule, key: node.kubernetes.io/not-ready}]}, "
                  "status: {daemonEndpoints: {kubeletEndpoint: {Port: 0}}, nodeInfo: "
                  "{architecture: '', bootID: '', containerRuntimeVersion: '', kernelVersion: '', "
                  "kubeProxyVersion: '', kubeletVersion: '', machineID: '', operatingSystem: '', "
                  "osImage: '', systemUUID: ''}}}" },
                { "{apiVersion: v1, kind: Node, metadata: {name: a}, status: {capacity: {cpu: "
                  "'1000'}}}",
                  "{spec: {taints: [{effect: NoSchedule, key: node.kubernetes.io/not-ready}]}, "
                  "status: {capacity: {cpu: 1k}, daemonEndpoints: {kubeletEndpoint: {Port: 0}}, "
                  "nodeInfo: {architecture: '', bootID: '', containerRuntimeVersion: '', "
                  "kernelVersion: '', kubeProxyVersion: '', kubeletVersion: '', machineID: '', "
                  "operatingSystem: '', osImage: '', systemUUID: ''}}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_node__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: Node, metadata: {name: a}, spec: {taints: [{key: a, "
                  "effect: x}, {key: b, effect: NoSchedule}, {key: b, effect: NoSchedule}]}}",
                  "spec.taints[0].effect: Unsupported value: \"x\": supported values: "
                  "\"NoExecute\", \"NoSchedule\", \"PreferNoSchedule\"\nmetadata.taints[2]: "
                  "Duplicate value: {\"effect\":\"NoSchedule\",\"key\":\"b\"}: taints must be "
                  "unique by key and effect pair\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_node__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: Node, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z', labels: {node-role.kubernetes.io/worker: '', "
                  "node-role.kubernetes.io/edge: ''}}, spec: {unschedulable: true}, status: "
                  "{conditions: [{type: Ready, status: 'True'}], addresses: [{type: InternalIP, "
                  "address: 1.2.3.4}], nodeInfo: {kubeletVersion: v1, osImage: o}}}",
                  "[\"a\",\"Ready,SchedulingDisabled\",\"edge,worker\",\"10s\",\"v1\",\"1.2.3.4\","
                  "\"<none>\",\"o\",\"<unknown>\",\"<unknown>\"]" },
                { "{apiVersion: v1, kind: Node, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}}",
                  "[\"a\",\"Unknown\",\"<none>\",\"10s\",\"\",\"<none>\",\"<none>\",\"<unknown>\","
                  "\"<unknown>\",\"<unknown>\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_node__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_node__says_what_is_wrong),
                cmocka_unit_test(test_node__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
