#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_budget__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
                  "{}}",
                  "{spec: {}, status: {currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: "
                  "0, expectedPods: 0}}" },
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
                  "{minAvailable: 0, selector: {}}}",
                  "{spec: {minAvailable: 0, selector: {}}, status: {currentHealthy: 0, "
                  "desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_budget__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
                  "{minAvailable: 1, maxUnavailable: 1}}",
                  "spec: Invalid value: {\"maxUnavailable\":1,\"minAvailable\":1}: minAvailable "
                  "and maxUnavailable cannot be both set\n" },
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
                  "{minAvailable: -1}}",
                  "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0\n" },
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
                  "{minAvailable: 110%}}",
                  "spec.minAvailable: Invalid value: \"110%\": must not be greater than 100%\n" },
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
                  "{maxUnavailable: x}}",
                  "spec.maxUnavailable: Invalid value: \"x\": a valid percent string must be a "
                  "numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
                  "validation is '[0-9]+%')\n" },
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
                  "{unhealthyPodEvictionPolicy: x}}",
                  "spec.unhealthyPodEvictionPolicy: Unsupported value: \"x\": supported values: "
                  "\"AlwaysAllow\", \"IfHealthyBudget\"\n" },
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: "
                  "{selector: {matchLabels: {/a: b}}}}",
                  "spec.selector.matchLabels: Invalid value: \"/a\": prefix part must be "
                  "non-empty\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_budget__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}, spec: {minAvailable: 1}, status: "
                  "{disruptionsAllowed: 2}}",
                  "[\"a\",\"1\",\"N/A\",2,\"10s\"]" },
                { "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}, spec: {maxUnavailable: 25%}}",
                  "[\"a\",\"N/A\",\"25%\",0,\"10s\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_budget__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_budget__says_what_is_wrong),
                cmocka_unit_test(test_budget__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
