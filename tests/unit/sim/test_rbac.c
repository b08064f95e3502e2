#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_rbac__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: 'a:b'}, "
                  "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}",
                  "{rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}" },
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "
                  "a}, aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}}",
                  "{rules: null, aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: "
                  "b}}]}}" },
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: "
                  "a}, roleRef: {kind: Role, name: r}, subjects: [{kind: User, name: u}, {kind: "
                  "ServiceAccount, name: d, namespace: default}]}",
                  "{roleRef: {kind: Role, name: r, apiGroup: rbac.authorization.k8s.io}, subjects: "
                  "[{kind: User, name: u, apiGroup: rbac.authorization.k8s.io}, {kind: "
                  "ServiceAccount, name: d, namespace: default}]}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_rbac__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: 'a:b'}, "
                  "rules: [{verbs: []}, {verbs: [get], nonResourceURLs: [/x]}]}",
                  "rules[0].verbs: Required value: verbs must contain at least one "
                  "value\nrules[0].apiGroups: Required value: resource rules must supply at least "
                  "one api group\nrules[0].resources: Required value: resource rules must supply "
                  "at least one resource\nrules[1].nonResourceURLs: Invalid value: [\"/x\"]: "
                  "namespaced rules cannot apply to non-resource URLs\n" },
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "
                  "a}, rules: [{verbs: [get], nonResourceURLs: [/x], resources: [a]}]}",
                  "rules[0].nonResourceURLs: Invalid value: [\"/x\"]: rules cannot apply to both "
                  "regular resources and non-resource URLs\n" },
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: "
                  "a}, roleRef: {}}",
                  "roleRef.kind: Unsupported value: \"\": supported values: \"Role\", "
                  "\"ClusterRole\"\nroleRef.name: Required value\n" },
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: "
                  "a}, roleRef: {apiGroup: x, kind: Role, name: r}, subjects: [{kind: "
                  "ServiceAccount, name: A}, {kind: Foo, name: x}, {kind: Group, apiGroup: x, "
                  "name: g}]}",
                  "roleRef.apiGroup: Unsupported value: \"x\": supported values: "
                  "\"rbac.authorization.k8s.io\"\nsubjects[0].name: Invalid value: \"A\": a "
                  "lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
                  "characters, '-' or '.', and must start and end with an alphanumeric character "
                  "(e.g. 'example.com', regex used for validation is "
                  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\nsubjects[1]"
                  ".kind: Unsupported value: \"Foo\": supported values: \"ServiceAccount\", "
                  "\"User\", \"Group\"\nsubjects[2].apiGroup: Unsupported value: \"x\": supported "
                  "values: \"rbac.authorization.k8s.io\"\n" },
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a/b}}",
                  "metadata.name: Invalid value: \"a/b\": may not contain '/'\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_rbac__what_may_not_change(void **state) {
        static const char *const cases[][3] = {
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: "
                  "a}, roleRef: {kind: Role, name: r}}",
                  "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: "
                  "a}, roleRef: {kind: Role, name: z}}",
                  "roleRef: Invalid value: "
                  "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Role\",\"name\":\"z\"}: "
                  "cannot change roleRef\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_update(&fixture, cases[i][0], cases[i][1],
                                                     PART_OBJECT),
                                    cases[i][2]);
}

static void test_rbac__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}}",
                  "[\"a\",\"1970-01-01T00:16:30Z\"]" },
                { "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: "
                  "{name: a, creationTimestamp: '1970-01-01T00:16:30Z'}, roleRef: {kind: "
                  "ClusterRole, name: r}, subjects: [{kind: User, name: u}, {kind: User, name: v}, "
                  "{kind: ServiceAccount, namespace: d, name: s}]}",
                  "[\"a\",\"ClusterRole/r\",\"10s\",\"u, v\",\"\",\"d/s\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rbac__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_rbac__says_what_is_wrong),
                cmocka_unit_test(test_rbac__what_may_not_change),
                cmocka_unit_test(test_rbac__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
