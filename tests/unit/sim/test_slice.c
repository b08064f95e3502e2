#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_slice__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, "
                  "addressType: IPv4, endpoints: [{addresses: [10.1.2.3]}], ports: [{port: 80}]}",
                  "{addressType: IPv4, endpoints: [{addresses: [10.1.2.3], conditions: {}}], "
                  "ports: [{name: '', port: 80, protocol: TCP}]}" },
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, "
                  "addressType: IPv4, endpoints: [], ports: []}",
                  "{addressType: IPv4, endpoints: null, ports: null}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_slice__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, "
                  "endpoints: []}",
                  "addressType: Required value\n" },
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, "
                  "addressType: Foo}",
                  "addressType: Unsupported value: \"Foo\": supported values: \"FQDN\", \"IPv4\", "
                  "\"IPv6\"\n" },
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, "
                  "addressType: IPv4, endpoints: [{addresses: [1.2.3]}, {addresses: [127.0.0.1]}, "
                  "{addresses: []}]}",
                  "endpoints[0].addresses[0]: Invalid value: \"1.2.3\": must be a valid IP "
                  "address, (e.g. 10.9.8.7 or 2001:db8::ffff)\nendpoints[1].addresses[0]: Invalid "
                  "value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, "
                  "::1/128)\nendpoints[2].addresses: Required value: must contain at least 1 "
                  "address\n" },
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, "
                  "addressType: IPv4, ports: [{name: a, protocol: X}, {name: a}]}",
                  "ports[0].protocol: Unsupported value: \"X\": supported values: \"SCTP\", "
                  "\"TCP\", \"UDP\"\nports[1].name: Duplicate value: \"a\"\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_slice__what_may_not_change(void **state) {
        static const char *const cases[][3] = {
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, "
                  "addressType: IPv4}",
                  "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, "
                  "addressType: IPv6}",
                  "addressType: Invalid value: \"IPv6\": field is immutable\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_update(&fixture, cases[i][0], cases[i][1],
                                                     PART_OBJECT),
                                    cases[i][2]);
}

static void test_slice__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}, addressType: IPv4, ports: [{port: "
                  "9}, {name: x}], endpoints: [{addresses: [a, b]}, {addresses: [c, d, e]}]}",
                  "[\"a\",\"IPv4\",\"9,x\",\"a,b,c + 2 more...\",\"10s\"]" },
                { "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}, addressType: IPv4}",
                  "[\"a\",\"IPv4\",\"<unset>\",\"<unset>\",\"10s\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_slice__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_slice__says_what_is_wrong),
                cmocka_unit_test(test_slice__what_may_not_change),
                cmocka_unit_test(test_slice__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
