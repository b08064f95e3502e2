#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_lease__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: a}, spec: "
                  "{holderIdentity: me}}",
                  "{spec: {holderIdentity: me}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_lease__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: a}, spec: "
                  "{leaseDurationSeconds: 0, leaseTransitions: -1}}",
                  "spec.leaseDurationSeconds: Invalid value: 0: must be greater than "
                  "0\nspec.leaseTransitions: Invalid value: -1: must be greater than or equal to "
                  "0\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_lease__cannot_be_decoded(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: a}, spec: "
                  "{renewTime: '2025-01-01T00:00:00Z'}}",
                  "parsing time \"2025-01-01T00:00:00Z\" as \"2006-01-02T15:04:05.000000Z07:00\": "
                  "cannot parse \"Z\" as \".000000\"" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(undecodable(&fixture, cases[i][0]), cases[i][1]);
}

static void test_lease__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}, spec: {holderIdentity: me}}",
                  "[\"a\",\"me\",\"10s\"]" },
                { "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, secrets: [{name: x}]}",
                  "[\"a\",1,\"10s\"]" },
                { "{apiVersion: v1, kind: Namespace, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, status: {phase: Active}}",
                  "[\"a\",\"Active\",\"10s\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lease__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_lease__says_what_is_wrong),
                cmocka_unit_test(test_lease__cannot_be_decoded),
                cmocka_unit_test(test_lease__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
