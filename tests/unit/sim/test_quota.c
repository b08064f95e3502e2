#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_quota__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: ResourceQuota, metadata: {name: a}, spec: {hard: "
                  "{configmaps: 100, cpu: 1000m}}}",
                  "{spec: {hard: {configmaps: '100', cpu: '1'}}, status: {}}" },
                { "{apiVersion: v1, kind: LimitRange, metadata: {name: a}, spec: {limits: [{type: "
                  "Container, max: {cpu: 100}}]}}",
                  "{spec: {limits: [{type: Container, max: {cpu: '100'}, default: {cpu: '100'}, "
                  "defaultRequest: {cpu: '100'}}]}}" },
                { "{apiVersion: v1, kind: LimitRange, metadata: {name: a}, spec: {}}",
                  "{spec: {limits: null}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_quota__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: ResourceQuota, metadata: {name: a}, spec: {hard: {foo: "
                  "1, pods: -1, count/x.y: 1.5}}}",
                  "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource type or "
                  "fully qualified\nspec.hard[foo]: Invalid value: \"foo\": must be a standard "
                  "resource for quota\nspec.hard[pods]: Invalid value: \"-1\": must be greater "
                  "than or equal to 0\nspec.hard[count/x.y]: Invalid value: \"1500m\": must be an "
                  "integer\n" },
                { "{apiVersion: v1, kind: LimitRange, metadata: {name: a}, spec: {limits: [{type: "
                  "Container, max: {cpu: 1}, min: {cpu: 2}}, {type: Pod, default: {cpu: 1}}]}}",
                  "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max "
                  "value 1\nspec.limits[1].default: Forbidden: may not be specified when `type` is "
                  "'Pod'\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_quota__cannot_be_decoded(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: ResourceQuota, metadata: {name: a}, spec: {hard: {cpu: "
                  "x}}}",
                  "quantities must match the regular expression "
                  "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(undecodable(&fixture, cases[i][0]), cases[i][1]);
}

static void test_quota__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: ResourceQuota, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, status: {hard: {pods: '5', configmaps: '100', "
                  "limits.cpu: '1'}, used: {configmaps: '2'}}}",
                  "[\"a\",\"configmaps: 2/100, pods: 0/5\",\"limits.cpu: 0/1\",\"10s\"]" },
                { "{apiVersion: v1, kind: LimitRange, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}}",
                  "[\"a\",\"1970-01-01T00:16:30Z\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_quota__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_quota__says_what_is_wrong),
                cmocka_unit_test(test_quota__cannot_be_decoded),
                cmocka_unit_test(test_quota__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
