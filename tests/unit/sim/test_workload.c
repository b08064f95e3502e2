#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

#define DEPLOYMENT(spec)                                                                           \
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: " spec "}"
#define REPLICA_SET(spec)                                                                          \
        "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: a}, spec: " spec "}"
#define NO_MATCH(labels)                                                                           \
        "spec.template.metadata.labels: Invalid value: " labels ": `selector` does not match "     \
        "template `labels`\n"
#define LABELLED                                                                                   \
        "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: "           \
        "{containers: [{name: c, image: nginx}]}}"
#define TEMPLATE                                                                                   \
        "template: {metadata: {labels: {a: b}}, spec: {containers: [{image: nginx, "               \
        "imagePullPolicy: Always, name: c, resources: {}, terminationMessagePath: "                \
        "/dev/termination-log, terminationMessagePolicy: File}], dnsPolicy: ClusterFirst, "        \
        "restartPolicy: Always, schedulerName: default-scheduler, securityContext: {}, "           \
        "terminationGracePeriodSeconds: 30}}"

static void assert_spec(struct fixture *fixture, const char *yaml, const char *expected_yaml) {
        struct json *object JSON_CLEANUP = created(fixture, yaml);
        struct json *expected JSON_CLEANUP = tree_of(expected_yaml);

        assert_string_equal(errors_of(fixture, object, NULL, PART_OBJECT), "");
        if (!json_equal(json_get(object, "spec"), expected))
                assert_string_equal(text_of_tree(fixture, json_get(object, "spec")),
                                    text_of_tree(fixture, expected));
}

static void test_workload__comes_back_as_from_a_real_server(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *set JSON_CLEANUP = NULL;

        (void)state;
        fixture_init(&fixture);
        assert_spec(&fixture, DEPLOYMENT("{" LABELLED "}"),
                    "{progressDeadlineSeconds: 600, replicas: 1, revisionHistoryLimit: 10, "
                    "selector: {matchLabels: {a: b}}, strategy: {rollingUpdate: {maxSurge: 25%, "
                    "maxUnavailable: 25%}, type: RollingUpdate}, " TEMPLATE "}");
        assert_spec(&fixture, DEPLOYMENT("{replicas: 0, strategy: {type: Recreate}, " LABELLED "}"),
                    "{progressDeadlineSeconds: 600, replicas: 0, revisionHistoryLimit: 10, "
                    "selector: {matchLabels: {a: b}}, strategy: {type: Recreate}, " TEMPLATE "}");
        assert_spec(&fixture, REPLICA_SET("{" LABELLED "}"),
                    "{replicas: 1, selector: {matchLabels: {a: b}}, " TEMPLATE "}");
        set = created(&fixture, REPLICA_SET("{" LABELLED "}"));
        assert_string_equal(text_of_tree(&fixture, json_get(set, "status")), "{\"replicas\":0}");
}

static void test_workload__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { REPLICA_SET("{}"), "spec.template.spec.containers: Required "
                                     "value\nspec.selector: Required value\n" NO_MATCH("null") },
                { REPLICA_SET("{replicas: -1, minReadySeconds: -1, selector: {matchLabels: {a: "
                              "b}}, template: {metadata: {labels: {a: c}}, spec: {restartPolicy: "
                              "Never, containers: [{name: c}]}}}"),
                  "spec.replicas: Invalid value: -1: must be greater than or equal to 0\n"
                  "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to "
                  "0\n" NO_MATCH("{\"a\":\"c\"}") "spec.template.spec.containers[0].image: "
                                                  "Required value\n"
                                                  "spec.template.spec.restartPolicy: Unsupported "
                                                  "value: \"Never\": supported "
                                                  "values: \"Always\"\n" },
                { REPLICA_SET("{selector: {}, template: {metadata: {labels: {a: c}}, spec: "
                              "{activeDeadlineSeconds: 5, containers: [{name: c, image: a}]}}}"),
                  "spec.selector: Invalid value: {}: empty selector is invalid for deployment\n"
                  "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in "
                  "ReplicaSet is not Supported\n" },
                { REPLICA_SET("{selector: {matchExpressions: [{key: a, operator: In}, {key: a, "
                              "operator: Foo}, {key: a, operator: Exists, values: [x]}]}, "
                              "template: {spec: {containers: [{name: c, image: a}]}}}"),
                  "spec.selector.matchExpressions[0].values: Required value: must be specified "
                  "when `operator` is 'In' or 'NotIn'\n"
                  "spec.selector.matchExpressions[1].operator: Invalid value: \"Foo\": not a valid "
                  "selector operator\n"
                  "spec.selector.matchExpressions[2].values: Forbidden: may not be specified when "
                  "`operator` is 'Exists' or 'DoesNotExist'\n"
                  "spec.selector: Invalid value: "
                  "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"},{\"key\":\"a\","
                  "\"operator\":\"Foo\"},{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"x\"]}"
                  "]}: invalid label selector\n" },
                { DEPLOYMENT("{revisionHistoryLimit: -1, progressDeadlineSeconds: 5, "
                             "minReadySeconds: 10, strategy: {type: Foo}, " LABELLED "}"),
                  "spec.strategy: Unsupported value: {\"type\":\"Foo\"}: supported values: "
                  "\"Recreate\", \"RollingUpdate\"\n"
                  "spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to "
                  "0\n"
                  "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than "
                  "minReadySeconds\n" },
                { DEPLOYMENT("{strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}, " LABELLED
                             "}"),
                  "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy "
                  "`type` is 'Recreate'\n" },
                { DEPLOYMENT(
                          "{strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}, " LABELLED
                          "}"),
                  "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
                  "`maxSurge` is 0\n" },
                { DEPLOYMENT("{strategy: {rollingUpdate: {maxSurge: x, maxUnavailable: "
                             "101%}}, " LABELLED "}"),
                  "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent "
                  "string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
                  "'93%', regex used for validation is '[0-9]+%')\n"
                  "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not "
                  "be greater than 100%\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_workload__selectors_stay(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
#define OTHER                                                                                      \
        "selector: {matchLabels: {x: z}}, template: {metadata: {labels: {x: z}}, spec: "           \
        "{containers: [{name: c, image: nginx}]}}"
        assert_string_equal(errors_of_update(&fixture, DEPLOYMENT("{" LABELLED "}"),
                                             DEPLOYMENT("{" OTHER "}"), PART_OBJECT),
                            "spec.selector: Invalid value: {\"matchLabels\":{\"x\":\"z\"}}: field "
                            "is immutable\n");
        assert_string_equal(errors_of_update(&fixture, REPLICA_SET("{" LABELLED "}"),
                                             REPLICA_SET("{" OTHER "}"), PART_OBJECT),
                            "spec.selector: Invalid value: {\"matchLabels\":{\"x\":\"z\"}}: field "
                            "is immutable\n");
}

static void test_workload__counts_must_agree(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        assert_string_equal(
                errors_of_update(&fixture, DEPLOYMENT("{" LABELLED "}"),
                                 "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, "
                                 "labels: {x: z}}, status: {replicas: -1, updatedReplicas: 5, "
                                 "readyReplicas: 7, availableReplicas: 8}}",
                                 PART_STATUS),
                "status.replicas: Invalid value: -1: must be greater than or equal to 0\n"
                "status.updatedReplicas: Invalid value: 5: cannot be greater than "
                "status.replicas\n"
                "status.readyReplicas: Invalid value: 7: cannot be greater than status.replicas\n"
                "status.availableReplicas: Invalid value: 8: cannot be greater than "
                "status.replicas\n"
                "status.availableReplicas: Invalid value: 8: cannot be greater than "
                "readyReplicas\n");
}

static void test_workload__a_deployments_status_leaves_its_labels(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *before JSON_CLEANUP = NULL;
        struct json *status JSON_CLEANUP =
                tree_of("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, labels: {x: "
                        "z}, annotations: {c: d}}, status: {replicas: 1}}");

        (void)state;
        fixture_init(&fixture);
        before = created(&fixture, DEPLOYMENT("{" LABELLED "}"));
        complete(&fixture, status, before, PART_STATUS);
        assert_false(json_has(json_get(status, "metadata"), "labels"));
        assert_true(json_has(json_get(status, "metadata"), "annotations"));
        assert_true(json_equal(json_get(status, "spec"), json_get(before, "spec")));
}

static void test_workload__rows(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
#define ROW_SPEC                                                                                   \
        "metadata: {name: a, creationTimestamp: '1970-01-01T00:16:30Z'}, spec: {replicas: 3, "     \
        "selector: {matchLabels: {b: c}, matchExpressions: [{key: a, operator: In, values: [z, "   \
        "x]}]}, template: {spec: {containers: [{name: c, image: i}, {name: d, image: j}]}}}"
        assert_string_equal(
                cells_of(&fixture,
                         "{apiVersion: apps/v1, kind: Deployment, " ROW_SPEC
                         ", status: {readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2}}"),
                "[\"a\",\"2/3\",1,2,\"10s\",\"c,d\",\"i,j\",\"a in (x,z),b=c\"]");
        assert_string_equal(cells_of(&fixture, "{apiVersion: apps/v1, kind: ReplicaSet, " ROW_SPEC
                                               ", status: {replicas: 3, readyReplicas: 2}}"),
                            "[\"a\",3,3,2,\"10s\",\"c,d\",\"i,j\",\"a in (x,z),b=c\"]");
}

static void test_workload__a_template_alone(void **state) {
        static const char yaml[] =
                "{apiVersion: v1, kind: PodTemplate, metadata: {name: a, creationTimestamp: "
                "'1970-01-01T00:16:30Z'}, template: {metadata: {labels: {a: b}}, spec: "
                "{containers: [{name: c, image: nginx}]}}}";
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *template JSON_CLEANUP = NULL;
        const struct json *spec;

        (void)state;
        fixture_init(&fixture);
        template = created(&fixture, yaml);
        spec = json_get(json_get(template, "template"), "spec");
        assert_string_equal(json_text_at(spec, "dnsPolicy"), "ClusterFirst");
        assert_string_equal(json_text_at(json_at(json_get(spec, "containers"), 0),
                                         "imagePullPolicy"),
                            "Always");
        assert_string_equal(errors_of(&fixture, template, NULL, PART_OBJECT), "");
        assert_string_equal(errors_of_new(&fixture,
                                          "{apiVersion: v1, kind: PodTemplate, metadata: {name: "
                                          "a}, template: {spec: {containers: []}}}"),
                            "template.spec.containers: Required value\n");
        assert_string_equal(cells_of(&fixture, yaml), "[\"a\",\"c\",\"nginx\",\"a=b\",\"10s\"]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_workload__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_workload__says_what_is_wrong),
                cmocka_unit_test(test_workload__selectors_stay),
                cmocka_unit_test(test_workload__counts_must_agree),
                cmocka_unit_test(test_workload__a_deployments_status_leaves_its_labels),
                cmocka_unit_test(test_workload__rows),
                cmocka_unit_test(test_workload__a_template_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
