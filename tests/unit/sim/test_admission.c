#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_admission__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, "
                  "metadata: {name: a}, spec: {matchConstraints: {resourceRules: [{apiGroups: "
                  "[''], apiVersions: [v1], operations: [CREATE], resources: [secrets]}]}, "
                  "validations: [{expression: 'true'}]}}",
                  "{spec: {failurePolicy: Fail, matchConstraints: {matchPolicy: Equivalent, "
                  "namespaceSelector: {}, objectSelector: {}, resourceRules: [{apiGroups: [''], "
                  "apiVersions: [v1], operations: [CREATE], resources: [secrets], scope: '*'}]}, "
                  "validations: [{expression: 'true'}]}, status: {}}" },
                { "{apiVersion: admissionregistration.k8s.io/v1, kind: "
                  "ValidatingAdmissionPolicyBinding, metadata: {name: a}, spec: {policyName: vap, "
                  "validationActions: [Deny], matchResources: {}}}",
                  "{spec: {matchResources: {matchPolicy: Equivalent, namespaceSelector: {}, "
                  "objectSelector: {}}, policyName: vap, validationActions: [Deny]}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_admission__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, "
                  "metadata: {name: a}, spec: {}}",
                  "spec.matchConstraints: Required value\nspec.validations: Required value: "
                  "validations or auditAnnotations must contain at least one "
                  "item\nspec.auditAnnotations: Required value: validations or auditAnnotations "
                  "must contain at least one item\n" },
                { "{apiVersion: admissionregistration.k8s.io/v1, kind: "
                  "ValidatingAdmissionPolicyBinding, metadata: {name: a}, spec: {}}",
                  "spec.policyName: Required value\nspec.validationActions: Required value\n" },
                { "{apiVersion: admissionregistration.k8s.io/v1, kind: "
                  "ValidatingAdmissionPolicyBinding, metadata: {name: a}, spec: {policyName: v, "
                  "validationActions: [Deny, Deny, Warn], paramRef: {}}}",
                  "spec.paramRef: Required value: one of name or selector must be "
                  "specified\nspec.paramRef.parameterNotFoundAction: Required "
                  "value\nspec.validationActions[1]: Duplicate value: "
                  "\"Deny\"\nspec.validationActions: Invalid value: [\"Deny\",\"Deny\",\"Warn\"]: "
                  "must not contain both Deny and Warn (repeating the same validation failure "
                  "information in the API response and headers serves no purpose)\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_admission__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, "
                  "metadata: {name: a, creationTimestamp: '1970-01-01T00:16:30Z'}, spec: "
                  "{validations: [{}], paramKind: {apiVersion: v1, kind: ConfigMap}}}",
                  "[\"a\",1,\"v1/ConfigMap\",\"10s\"]" },
                { "{apiVersion: admissionregistration.k8s.io/v1, kind: "
                  "ValidatingAdmissionPolicyBinding, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, spec: {policyName: p, paramRef: {name: x}}}",
                  "[\"a\",\"p\",\"*/x\",\"10s\"]" },
                { "{apiVersion: admissionregistration.k8s.io/v1, kind: "
                  "ValidatingAdmissionPolicyBinding, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, spec: {policyName: p}}",
                  "[\"a\",\"p\",\"<unset>\",\"10s\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_admission__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_admission__says_what_is_wrong),
                cmocka_unit_test(test_admission__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
