#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_network_policy__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, "
                  "spec: {}}",
                  "{spec: {podSelector: {}, policyTypes: [Ingress]}}" },
                { "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, "
                  "spec: {egress: [{}], ingress: [{ports: [{port: 80}]}]}}",
                  "{spec: {podSelector: {}, policyTypes: [Ingress, Egress], egress: [{}], ingress: "
                  "[{ports: [{port: 80, protocol: TCP}]}]}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_network_policy__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, "
                  "spec: {policyTypes: [x]}}",
                  "spec.policyTypes[0]: Unsupported value: \"x\": supported values: \"Egress\", "
                  "\"Ingress\"\n" },
                { "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, "
                  "spec: {ingress: [{from: [{}, {ipBlock: {cidr: x}, podSelector: {}}], ports: "
                  "[{port: 0}, {port: 80, endPort: 5}]}]}}",
                  "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, "
                  "inclusive\nspec.ingress[0].ports[1].endPort: Invalid value: 80: must be greater "
                  "than or equal to `port`\nspec.ingress[0].from[0]: Required value: must specify "
                  "a peer\nspec.ingress[0].from[1].ipBlock.cidr: Invalid value: \"x\": must be a "
                  "valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)\nspec.ingress[0].from[1]: "
                  "Forbidden: may not specify both ipBlock and another peer\n" },
                { "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, "
                  "spec: {egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: "
                  "'fd00::/64'}}]}]}}",
                  "" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_network_policy__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}, spec: {podSelector: {matchLabels: "
                  "{a: b}}}}",
                  "[\"a\",\"a=b\",\"10s\"]" },
                { "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}, spec: {podSelector: {}}}",
                  "[\"a\",\"<none>\",\"10s\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_network_policy__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_network_policy__says_what_is_wrong),
                cmocka_unit_test(test_network_policy__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
