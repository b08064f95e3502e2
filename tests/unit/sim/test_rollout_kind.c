#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_rollout_kind__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}, spec: "
                  "{replicas: 0, selector: {matchLabels: {app: x}}, strategy: {blueGreen: "
                  "{activeService: s}}, template: {metadata: {labels: {app: x}, name: dropped}, "
                  "spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}], env: "
                  "[], resources: {limits: {cpu: 1000m}}}], hostNetwork: false}}}}",
                  "{spec: {replicas: 0, selector: {matchLabels: {app: x}}, strategy: {blueGreen: "
                  "{activeService: s}}, template: {metadata: {labels: {app: x}}, spec: "
                  "{containers: [{name: c, image: nginx, ports: [{containerPort: 80, protocol: "
                  "TCP}], env: [], resources: {limits: {cpu: 1000m}}}], hostNetwork: false}}}}" },
                { "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}, spec: "
                  "{strategy: {canary: {steps: [{setWeight: 20}, {pause: {duration: 10}}, {pause: "
                  "{duration: 10s}}, {pause: {}}], trafficRouting: {anything: {goes: true}}}}}}",
                  "{spec: {strategy: {canary: {steps: [{setWeight: 20}, {pause: {duration: 10}}, "
                  "{pause: {duration: 10s}}, {pause: {}}], trafficRouting: {anything: {goes: "
                  "true}}}}}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_rollout_kind__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}, spec: "
                  "{strategy: {blueGreen: {}}}}",
                  "spec.strategy.blueGreen.activeService: Required value\n" },
                { "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}}",
                  "spec: Required value\n" },
                { "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}, spec: "
                  "{template: {spec: {}}}}",
                  "spec.template.spec.containers: Required value\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_rollout_kind__is_argos(void **state) {
        static const char *const columns[] = { "Name",       "Desired",   "Current",
                                               "Up-to-date", "Available", "Age" };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct kind *rollouts;

        (void)state;
        fixture_init(&fixture);
        rollouts = kinds_find(fixture.kinds, "argoproj.io", NULL, "rollouts");
        assert_non_null(rollouts);
        assert_false(rollouts->builtin);
        assert_string_equal(rollouts->short_names[0], "ro");
        assert_string_equal(rollouts->scale->replicas, ".spec.replicas");
        assert_string_equal(rollouts->scale->status_replicas, ".status.HPAReplicas");
        assert_string_equal(rollouts->scale->selector, ".status.selector");
        assert_int_equal(rollouts->n_columns, sizeof(columns) / sizeof(columns[0]));
        for (size_t i = 0; i < rollouts->n_columns; i++)
                assert_string_equal(rollouts->columns[i].name, columns[i]);
        assert_non_null(kinds_find(fixture.kinds, "argoproj.io", NULL, "analysisruns"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rollout_kind__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_rollout_kind__says_what_is_wrong),
                cmocka_unit_test(test_rollout_kind__is_argos),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
