#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

#define POD(spec) "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: " spec "}"

static const char *spec_of(struct fixture *fixture, const char *yaml) {
        struct json *pod JSON_CLEANUP = created(fixture, yaml);

        return text_of_tree(fixture, json_get(pod, "spec"));
}

static void test_pod__comes_back_as_from_a_real_server(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *pod JSON_CLEANUP = NULL, *expected JSON_CLEANUP = NULL;

        (void)state;
        fixture_init(&fixture);
        pod = created(&fixture, POD("{containers: [{name: c, image: nginx}]}"));
        expected = tree_of(
                "{containers: [{name: c, image: nginx, imagePullPolicy: Always, resources: {}, "
                "terminationMessagePath: /dev/termination-log, terminationMessagePolicy: File}], "
                "dnsPolicy: ClusterFirst, enableServiceLinks: true, preemptionPolicy: "
                "PreemptLowerPriority, priority: 0, restartPolicy: Always, schedulerName: "
                "default-scheduler, securityContext: {}, serviceAccount: default, "
                "serviceAccountName: default, terminationGracePeriodSeconds: 30, tolerations: "
                "[{effect: NoExecute, key: node.kubernetes.io/not-ready, operator: Exists, "
                "tolerationSeconds: 300}, {effect: NoExecute, key: "
                "node.kubernetes.io/unreachable, operator: Exists, tolerationSeconds: 300}]}");
        assert_true(json_equal(json_get(pod, "spec"), expected));
        assert_string_equal(text_of_tree(&fixture, json_get(pod, "status")),
                            "{\"phase\":\"Pending\",\"qosClass\":\"BestEffort\"}");
        assert_string_equal(errors_of(&fixture, pod, NULL, PART_OBJECT), "");
}

static void test_pod__drops_what_is_zero(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const char *text;

        (void)state;
        fixture_init(&fixture);
        text = spec_of(&fixture,
                       POD("{hostNetwork: false, nodeSelector: {}, initContainers: [], "
                           "automountServiceAccountToken: false, terminationGracePeriodSeconds: 0, "
                           "containers: [{name: c, image: a, env: [{name: A, value: ''}], command: "
                           "[], imagePullPolicy: '', securityContext: {privileged: false}}]}"));
        assert_null(strstr(text, "hostNetwork"));
        assert_null(strstr(text, "nodeSelector"));
        assert_null(strstr(text, "initContainers"));
        assert_null(strstr(text, "command"));
        assert_non_null(strstr(text, "\"env\":[{\"name\":\"A\"}]"));
        assert_non_null(strstr(text, "\"automountServiceAccountToken\":false"));
        assert_non_null(strstr(text, "\"terminationGracePeriodSeconds\":0"));
        assert_non_null(strstr(text, "\"privileged\":false"));
        assert_non_null(strstr(text, "\"imagePullPolicy\":\"Always\""));
}

static void test_pod__pulls_by_tag(void **state) {
        static const char *const cases[][2] = {
                { "nginx", "Always" },
                { "nginx:latest", "Always" },
                { "nginx:1.2", "IfNotPresent" },
                { "r.example:5000/nginx", "Always" },
                { "r.example:5000/nginx:1", "IfNotPresent" },
                { "nginx@sha256:e3b0", "IfNotPresent" },
                { "nginx:latest@sha256:e3b0", "Always" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *yaml =
                        arena_printf(&fixture.arena, POD("{containers: [{name: c, image: '%s'}]}"),
                                     cases[i][0]);
                const char *policy =
                        arena_printf(&fixture.arena, "\"imagePullPolicy\":\"%s\"", cases[i][1]);

                assert_non_null(strstr(spec_of(&fixture, yaml), policy));
        }
}

static void test_pod__defaults_follow_other_fields(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *pod JSON_CLEANUP = NULL;
        const char *text;

        (void)state;
        fixture_init(&fixture);
        pod = created(&fixture,
                      POD("{hostNetwork: true, serviceAccount: sa, volumes: [{name: v}, {name: s, "
                          "secret: {secretName: x}}], containers: [{name: c, image: a, ports: "
                          "[{containerPort: 80}], readinessProbe: {httpGet: {port: 80}}, "
                          "startupProbe: {grpc: {port: 8}}, resources: {limits: {cpu: 1000m, "
                          "memory: 1024Mi}}, env: [{name: A, valueFrom: {fieldRef: {fieldPath: "
                          "metadata.name}}}]}]}"));
        text = text_of_tree(&fixture, pod);
        assert_non_null(strstr(text, "\"serviceAccountName\":\"sa\""));
        assert_non_null(strstr(text, "{\"name\":\"v\",\"emptyDir\":{}}"));
        assert_non_null(strstr(text, "\"secret\":{\"secretName\":\"x\",\"defaultMode\":420}"));
        assert_non_null(strstr(text, "\"hostPort\":80"));
        assert_non_null(strstr(text, "\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},"
                                     "\"requests\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}"));
        assert_non_null(strstr(text, "\"apiVersion\":\"v1\",\"kind\""));
        assert_non_null(strstr(text, "\"fieldRef\":{\"fieldPath\":\"metadata.name\","
                                     "\"apiVersion\":\"v1\"}"));
        assert_non_null(strstr(text, "\"failureThreshold\":3"));
        assert_non_null(strstr(text, "\"scheme\":\"HTTP\""));
        assert_non_null(strstr(text, "\"service\":\"\""));
        assert_non_null(strstr(text, "\"qosClass\":\"Guaranteed\""));
        assert_string_equal(errors_of(&fixture, pod, NULL, PART_OBJECT), "");
}

static void test_pod__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{}", "spec.containers: Required value\n" },
                { "{containers: []}", "spec.containers: Required value\n" },
                { "{containers: [{name: c}]}", "spec.containers[0].image: Required value\n" },
                { "{containers: [{image: c}]}", "spec.containers[0].name: Required value\n" },
                { "{containers: [{name: c, image: a}, {name: c, image: a}], initContainers: "
                  "[{name: c, image: a}]}",
                  "spec.containers[1].name: Duplicate value: \"c\"\n"
                  "spec.initContainers[0].name: Duplicate value: \"c\"\n" },
                { "{containers: [{name: c, image: ' a'}]}",
                  "spec.containers[0].image: Invalid value: \" a\": must not have leading or "
                  "trailing whitespace\n" },
                { "{containers: [{name: c, image: a, imagePullPolicy: x}]}",
                  "spec.containers[0].imagePullPolicy: Unsupported value: \"x\": supported values: "
                  "\"Always\", \"IfNotPresent\", \"Never\"\n" },
                { "{containers: [{name: c, image: a, ports: [{containerPort: 99999}, "
                  "{containerPort: 1, name: A}, {containerPort: 2, name: x}, {containerPort: 3, "
                  "name: x}]}]}",
                  "spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be "
                  "between 1 and 65535, inclusive\n"
                  "spec.containers[0].ports[1].name: Invalid value: \"A\": must contain only "
                  "alpha-numeric characters (a-z, 0-9), and hyphens (-)\n"
                  "spec.containers[0].ports[1].name: Invalid value: \"A\": must contain at least "
                  "one letter (a-z)\n"
                  "spec.containers[0].ports[3].name: Duplicate value: \"x\"\n" },
                { "{containers: [{name: c, image: a, env: [{name: a=b}, {name: c, value: x, "
                  "valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: d, valueFrom: "
                  "{}}]}]}",
                  "spec.containers[0].env[0].name: Invalid value: \"a=b\": a valid environment "
                  "variable name must consist only of printable ASCII characters other than '='\n"
                  "spec.containers[0].env[1].valueFrom: Invalid value: \"\": may not be specified "
                  "when `value` is not empty\n"
                  "spec.containers[0].env[2].valueFrom: Invalid value: \"\": must specify one of: "
                  "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`\n" },
                { "{containers: [{name: c, image: a, volumeMounts: [{name: v, mountPath: /x}]}]}",
                  "spec.containers[0].volumeMounts[0].name: Not found: \"v\"\n" },
                { "{containers: [{name: c, image: a, livenessProbe: {httpGet: {port: 0}, "
                  "tcpSocket: {port: 1}}}]}",
                  "spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be "
                  "between 1 and 65535, inclusive\n"
                  "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more "
                  "than 1 handler type\n" },
                { "{containers: [{name: c, image: a, resources: {requests: {cpu: 2}, limits: {cpu: "
                  "1}}}]}",
                  "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than "
                  "or equal to cpu limit of 1\n" },
                { "{containers: [{name: c, image: a}], volumes: [{name: w, emptyDir: {}, hostPath: "
                  "{path: /a}}, {name: s, secret: {}}]}",
                  "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type\n"
                  "spec.volumes[1].secret.secretName: Required value\n" },
                { "{containers: [{name: c, image: a}], tolerations: [{key: a, operator: Exists, "
                  "value: x}, {value: a}]}",
                  "spec.tolerations[0].operator: Invalid value: \"x\": value must be empty when "
                  "`operator` is 'Exists'\n"
                  "spec.tolerations[1].operator: Invalid value: \"\": operator must be Exists when "
                  "`key` is empty, which means \"match all values and all keys\"\n" },
                { "{containers: [{name: c, image: a, env: [{name: A, valueFrom: {fieldRef: "
                  "{fieldPath: metadata.foo}}}, {name: B, valueFrom: {fieldRef: {fieldPath: "
                  "\"metadata.labels['x']\"}}}]}], readinessGates: [{conditionType: /a}]}",
                  "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "
                  "\"metadata.foo\": error converting fieldPath: field label not supported: "
                  "metadata.foo\n"
                  "spec.readinessGates[0].conditionType: Invalid value: \"/a\": prefix part must "
                  "be non-empty\n" },
                { "{containers: [{name: c, image: a}], ephemeralContainers: [{name: e, image: a}]}",
                  "spec.ephemeralContainers: Forbidden: cannot be set on create\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                const char *yaml = arena_printf(&fixture.arena, POD("%s"), cases[i][0]);

                assert_string_equal(errors_of_new(&fixture, yaml), cases[i][1]);
        }
}

static void test_pod__placement_is_checked(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        assert_string_equal(
                errors_of_new(&fixture,
                              POD("{topologySpreadConstraints: [{maxSkew: 0, topologyKey: '', "
                                  "whenUnsatisfiable: DoNotSchedule}], affinity: {podAntiAffinity: "
                                  "{preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, "
                                  "podAffinityTerm: {topologyKey: zone}}]}, nodeAffinity: "
                                  "{requiredDuringSchedulingIgnoredDuringExecution: "
                                  "{nodeSelectorTerms: []}}}, containers: [{name: c, image: a}]}")),
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
                "nodeSelectorTerms: Required value: must have at least one node selector term\n"
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]."
                "weight: Invalid value: 0: must be in the range 1-100\n"
                "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than "
                "zero\n"
                "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be "
                "empty\n");
}

static void test_pod__little_may_change(void **state) {
        static const char before[] = POD("{activeDeadlineSeconds: 100, containers: [{name: c, "
                                         "image: a}]}");
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
#define TOLERATIONS                                                                                \
        "tolerations: [{effect: NoExecute, key: node.kubernetes.io/not-ready, operator: Exists, "  \
        "tolerationSeconds: 300}, {effect: NoExecute, key: node.kubernetes.io/unreachable, "       \
        "operator: Exists, tolerationSeconds: 300}, {key: x, operator: Exists}]"
#define REST                                                                                       \
        "priority: 0, preemptionPolicy: PreemptLowerPriority, serviceAccountName: default, "       \
        "serviceAccount: default, " TOLERATIONS
        assert_string_equal(errors_of_update(&fixture, before,
                                             POD("{activeDeadlineSeconds: 50, " REST
                                                 ", containers: [{name: c, image: b, "
                                                 "imagePullPolicy: Always}]}"),
                                             PART_OBJECT),
                            "");
        assert_string_equal(
                errors_of_update(&fixture, before,
                                 POD("{activeDeadlineSeconds: 100, nodeSelector: {a: b}, " REST
                                     ", containers: [{name: c, image: a}]}"),
                                 PART_OBJECT),
                "spec: Forbidden: pod updates may not change fields other than "
                "`spec.containers[*].image`,`spec.initContainers[*].image`,"
                "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
                "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
                "was previously negative)\n");
        assert_string_equal(
                errors_of_update(&fixture, before,
                                 POD("{activeDeadlineSeconds: 200, " REST
                                     ", containers: [{name: c, image: a}]}"),
                                 PART_OBJECT),
                "spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to "
                "previous value\n");
        assert_string_equal(
                errors_of_update(&fixture, before,
                                 POD("{" REST ", containers: [{name: c, image: a}]}"), PART_OBJECT),
                "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive "
                "integer to nil value\n");
        assert_string_equal(
                errors_of_update(&fixture, before,
                                 POD("{activeDeadlineSeconds: 100, " REST
                                     ", containers: [{name: d, image: a}]}"),
                                 PART_OBJECT),
                "spec.containers: Forbidden: pod updates may not add or remove containers\n");
}

static void test_pod__each_part_leaves_the_others(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *before JSON_CLEANUP = NULL, *status JSON_CLEANUP = NULL,
                            *object JSON_CLEANUP = NULL, *binding JSON_CLEANUP = NULL;

        (void)state;
        fixture_init(&fixture);
        before = created(&fixture, POD("{containers: [{name: c, image: a}]}"));

        status = tree_of("{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default, "
                         "labels: {x: z}}, spec: {nodeName: m}, status: {phase: Running, qosClass: "
                         "BestEffort, conditions: [{type: Ready, status: 'True', lastProbeTime: "
                         "null}]}}");
        complete(&fixture, status, before, PART_STATUS);
        assert_true(json_equal(json_get(status, "spec"), json_get(before, "spec")));
        assert_string_equal(json_text_at(json_get(json_get(status, "metadata"), "labels"), "x"),
                            "z");
        assert_string_equal(errors_of(&fixture, status, before, PART_STATUS), "");

        object = json_clone(before);
        json_set_str(json_get_mut(object, "status"), "phase", "Failed");
        complete(&fixture, object, before, PART_OBJECT);
        assert_true(json_equal(object, before));
}

static void test_pod__needs_its_account(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *account JSON_CLEANUP = tree_of(
                "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa, namespace: default}}");
        struct json *pod JSON_CLEANUP = NULL;
        const struct kind *kind;

        (void)state;
        fixture_init(&fixture);
        pod = created(&fixture, POD("{serviceAccountName: sa, containers: [{name: c, image: a}]}"));
        kind = kind_of(&fixture, pod);
        assert_string_equal(kind->hooks->forbidden(kind, pod, NULL, &fixture.arena),
                            "error looking up service account default/sa: serviceaccount \"sa\" "
                            "not found");
        storage_put(fixture.storage, kind_of(&fixture, account)->objects, account);
        assert_null(kind->hooks->forbidden(kind, pod, NULL, &fixture.arena));
}

static void test_pod__is_admitted_by_its_priority(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        static const char *const cases[][2] = {
                { POD("{priorityClassName: foo, containers: [{name: c, image: a}]}"),
                  "no PriorityClass with name foo was found" },
                { POD("{priority: 5, containers: [{name: c, image: a}]}"),
                  "the integer value of priority (5) must not be provided in pod spec; priority "
                  "admission controller computed 0 from the given PriorityClass name" },
        };
        struct json *fine JSON_CLEANUP = NULL;

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct json *pod JSON_CLEANUP = created(&fixture, cases[i][0]);
                const struct kind *kind = kind_of(&fixture, pod);

                assert_string_equal(kind->hooks->forbidden(kind, pod, NULL, &fixture.arena),
                                    cases[i][1]);
        }
        fine = created(&fixture,
                       POD("{priorityClassName: system-node-critical, containers: [{name: "
                           "c, image: a}]}"));
        assert_null(
                kind_of(&fixture, fine)
                        ->hooks->forbidden(kind_of(&fixture, fine), fine, NULL, &fixture.arena));
        assert_int_equal(json_int_at(json_get(fine, "spec"), "priority", 0), 2000001000);
}

#define ROW(rest)                                                                                  \
        "{apiVersion: v1, kind: Pod, metadata: {name: a, creationTimestamp: "                      \
        "'1970-01-01T00:16:30Z'" rest "}"

static void test_pod__row(void **state) {
        static const char *const cases[][2] = {
                { ROW("}, spec: {containers: [{name: c}]}, status: {phase: Pending}"),
                  "[\"a\",\"0/1\",\"Pending\",\"0\",\"10s\",\"<none>\",\"<none>\",\"<none>\","
                  "\"<none>\"]" },
                { ROW("}, spec: {nodeName: m, readinessGates: [{conditionType: x}], containers: "
                      "[{name: c}]}, status: {phase: Running, podIPs: [{ip: 10.0.0.1}], "
                      "conditions: [{type: x, status: 'True'}], containerStatuses: [{name: c, "
                      "ready: true, restartCount: 2, state: {running: {}}, lastState: {terminated: "
                      "{finishedAt: '1970-01-01T00:16:35Z'}}}]}"),
                  "[\"a\",\"1/1\",\"Running\",\"2 (5s ago)\",\"10s\",\"10.0.0.1\",\"m\",\"<none>\","
                  "\"1/1\"]" },
                { ROW("}, spec: {containers: [{name: c}]}, status: {phase: Running, "
                      "containerStatuses: [{name: c, restartCount: 3, state: {waiting: {reason: "
                      "CrashLoopBackOff}}}]}"),
                  "[\"a\",\"0/1\",\"CrashLoopBackOff\",\"3\",\"10s\",\"<none>\",\"<none>\","
                  "\"<none>\",\"<none>\"]" },
                { ROW(", deletionTimestamp: '1970-01-01T00:16:40Z'}, spec: {containers: [{name: "
                      "c}]}, status: {phase: Running}"),
                  "[\"a\",\"0/1\",\"Terminating\",\"0\",\"10s\",\"<none>\",\"<none>\",\"<none>\","
                  "\"<none>\"]" },
                { ROW("}, spec: {initContainers: [{name: i}, {name: j}], containers: [{name: c}]}, "
                      "status: {phase: Pending, initContainerStatuses: [{name: i, state: "
                      "{terminated: {exitCode: 0}}}, {name: j, state: {running: {}}}]}"),
                  "[\"a\",\"0/1\",\"Init:1/2\",\"0\",\"10s\",\"<none>\",\"<none>\",\"<none>\","
                  "\"<none>\"]" },
                { ROW("}, spec: {initContainers: [{name: i, restartPolicy: Always}], containers: "
                      "[{name: c}]}, status: {phase: Running, initContainerStatuses: [{name: i, "
                      "started: true, ready: true, state: {running: {}}}], containerStatuses: "
                      "[{name: c, state: {terminated: {exitCode: 3}}}]}"),
                  "[\"a\",\"1/2\",\"ExitCode:3\",\"0\",\"10s\",\"<none>\",\"<none>\",\"<none>\","
                  "\"<none>\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pod__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_pod__drops_what_is_zero),
                cmocka_unit_test(test_pod__pulls_by_tag),
                cmocka_unit_test(test_pod__defaults_follow_other_fields),
                cmocka_unit_test(test_pod__says_what_is_wrong),
                cmocka_unit_test(test_pod__placement_is_checked),
                cmocka_unit_test(test_pod__little_may_change),
                cmocka_unit_test(test_pod__each_part_leaves_the_others),
                cmocka_unit_test(test_pod__needs_its_account),
                cmocka_unit_test(test_pod__is_admitted_by_its_priority),
                cmocka_unit_test(test_pod__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
