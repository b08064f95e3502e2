#include <string.h>

#include "rollout_scene.h"

static void test_rollouts__what_the_status_says(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.replicas", "3");
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.updatedReplicas", "3");
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.readyReplicas", "3");
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.availableReplicas", "3");
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.HPAReplicas", "3");
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.observedGeneration", "'1'");
        assert_string_equal(scene_text(&scene, "status.currentPodHash"), blue);
        assert_string_equal(scene_text(&scene, "status.selector"),
                            arena_printf(&scene.cluster.fixture.arena,
                                         "app=" DEMO ",rollouts-pod-template-hash=%s", blue));
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "Available"),
                            "AvailableReason: Rollout has minimum availability");
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "Progressing"),
                            arena_printf(&scene.cluster.fixture.arena,
                                         "NewReplicaSetAvailable: ReplicaSet \"" DEMO
                                         "-%s\" has successfully progressed.",
                                         blue));
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "Healthy"),
                            "RolloutHealthy: Rollout is healthy");
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "Completed"),
                            "RolloutCompleted: RolloutCompleted");
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "Paused"), "");
        scene_deinit(&scene);
}

static void test_rollouts__what_a_replicaset_is_like(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        assert_string_equal(scene_set_text(&scene, blue, "metadata.labels"),
                            arena_printf(&scene.cluster.fixture.arena,
                                         "{\"app\":\"" DEMO
                                         "\",\"rollouts-pod-template-hash\":\"%s\"}",
                                         blue));
        assert_string_equal(scene_set_text(&scene, blue, "spec.selector.matchLabels"),
                            scene_set_text(&scene, blue, "metadata.labels"));
        assert_string_equal(scene_set_text(&scene, blue, "spec.template.metadata.labels"),
                            scene_set_text(&scene, blue, "metadata.labels"));
        assert_string_equal(scene_set_text(&scene, blue, "metadata.annotations"),
                            "{\"rollout.argoproj.io/revision\":\"1\","
                            "\"rollout.argoproj.io/desired-replicas\":\"3\"}");
        assert_string_equal(scene_text(&scene, "metadata.annotations"),
                            "{\"rollout.argoproj.io/revision\":\"1\"}");
        cluster_assert(&scene.cluster, "Service", DEMO, "metadata.annotations",
                       "{argo-rollouts.argoproj.io/managed-by-rollouts: " DEMO "}");
        scene_deinit(&scene);
}

static void test_rollouts__a_deleted_one_leaves_its_services_to_all(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        cluster_delete(&scene.cluster, "Rollout", DEMO);
        scene_rest(&scene);
        cluster_assert(&scene.cluster, "Service", DEMO, "spec.selector", "{app: " DEMO "}");
        cluster_assert(&scene.cluster, "Service", PREVIEW, "spec.selector", "{app: " DEMO "}");
        cluster_assert(&scene.cluster, "Service", DEMO, "metadata.annotations", "");
        assert_string_equal(cluster_names(&scene.cluster, "Pod", ""), "");
        scene_deinit(&scene);
}

static void test_rollouts__the_same_template_in_another_order_is_no_new_version(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_patch(&scene, "{spec: {template: null}}");
        scene_patch(&scene,
                    "{spec: {template: {spec: {containers: [{resources: {requests: {cpu: 5m, "
                    "memory: 32Mi}}, ports: [{containerPort: 8080, name: http}], image: "
                    "\"argoproj/rollouts-demo:blue\", name: bluegreen-demo, imagePullPolicy: "
                    "IfNotPresent, terminationMessagePath: /dev/termination-log}]}, metadata: "
                    "{labels: {app: bluegreen-demo}}}}}");
        scene_rest(&scene);
        assert_int_equal(cluster_count(&scene.cluster, "ReplicaSet", ""), 1);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        scene_deinit(&scene);
}

static void test_rollouts__keep_as_much_history_as_asked_for(void **state) {
        static const char *const colours[] = { "yellow", "green", "red", "pink" };
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
                scene_set_image(&scene, colours[i]);
                scene_rest(&scene);
                scene_promote(&scene);
                cluster_run(&scene.cluster, 60000);
        }
        assert_int_equal(cluster_count(&scene.cluster, "ReplicaSet", ""), 3);
        assert_string_equal(scene_hash_of(&scene, "blue"), "");
        assert_string_not_equal(scene_hash_of(&scene, "green"), "");
        scene_deinit(&scene);
}

static void test_rollouts__min_ready_seconds(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_patch(&scene, "{spec: {minReadySeconds: 20}}");
        assert_string_equal(scene_set_text(&scene, blue, "spec.minReadySeconds"), "20");
        scene_set_image(&scene, "yellow");
        cluster_run(&scene.cluster, 15000);
        assert_string_equal(scene_set_text(&scene, scene_hash_of(&scene, "yellow"),
                                           "status.readyReplicas"),
                            "3");
        assert_string_equal(scene_set_text(&scene, scene_hash_of(&scene, "yellow"),
                                           "status.availableReplicas"),
                            "");
        cluster_run(&scene.cluster, 10000);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        scene_deinit(&scene);
}

static void test_rollouts__a_spec_that_cannot_be_followed(void **state) {
        static const struct {
                const char *patch, *why;
        } cases[] = {
                { "{spec: {strategy: {blueGreen: {activeService: none}}}}",
                  "spec.strategy.blueGreen.activeService: Invalid value: \"none\": service "
                  "\"none\" "
                  "not found" },
                { "{spec: {strategy: {blueGreen: null}}}",
                  "spec.strategy.strategy: Required value: Rollout has missing field "
                  "'.spec.strategy.canary or .spec.strategy.blueGreen'" },
                { "{spec: {template: {metadata: {labels: {app: other}}}}}",
                  "spec.template.metadata.labels: Invalid value: {\"app\":\"other\"}: "
                  "`selector` does not match template `labels`" },
                { "{spec: {template: {spec: {containers: [{name: a}]}}}}",
                  "spec.template.spec.containers[0].image: Required value" },
                { "{spec: {template: null, workloadRef: {apiVersion: apps/v1, kind: Deployment, "
                  "name: "
                  "none}}}",
                  "spec.workloadRef: Invalid value: {\"apiVersion\":\"apps/v1\",\"kind\":"
                  "\"Deployment\",\"name\":\"none\"}: deployments.apps \"none\" not found" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct scene scene;
                const char *blue, *why;

                scene_init_healthy(&scene, NULL, false);
                blue = scene_hash_of(&scene, "blue");
                scene_patch(&scene, cases[i].patch);
                why = arena_printf(&scene.cluster.fixture.arena,
                                   "InvalidSpec: The Rollout \"" DEMO "\" is invalid: %s",
                                   cases[i].why);
                assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO,
                                                      "InvalidSpec"),
                                    why);
                assert_string_equal(scene_text(&scene, "status.phase"), "Degraded");
                assert_string_equal(scene_hash(&scene, DEMO), blue);
                assert_int_equal(scene_pods(&scene, blue), 3);
                scene_deinit(&scene);
        }
}

static void test_rollouts__follow_a_spec_that_was_put_right(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        cluster_delete(&scene.cluster, "Service", PREVIEW);
        assert_memory_equal(scene_phase(&scene), "Degraded: InvalidSpec",
                            strlen("Degraded: InvalidSpec"));
        cluster_create(&scene.cluster,
                       "{apiVersion: v1, kind: Service, metadata: {name: " PREVIEW
                       "}, spec: {selector: {app: " DEMO "}, ports: [{port: 80}]}}");
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "InvalidSpec"), "");
        assert_string_equal(scene_hash(&scene, PREVIEW), scene_hash_of(&scene, "blue"));
        scene_deinit(&scene);
}

static void test_rollouts__a_service_of_another_rollout_is_not_taken(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        cluster_create(
                &scene.cluster,
                "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: second}, spec: "
                "{selector: {matchLabels: {app: " DEMO
                "}}, template: {metadata: {labels: {app: " DEMO
                "}}, spec: {containers: [{name: c, image: i}]}}, strategy: {blueGreen: "
                "{activeService: " DEMO "}}}}");
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", "second", "InvalidSpec"),
                            "InvalidSpec: The Rollout \"second\" is invalid: "
                            "spec.strategy.blueGreen.activeService: Invalid value: \"" DEMO
                            "\": Service \"" DEMO "\" is managed by another Rollout");
        assert_string_equal(scene_hash(&scene, DEMO), scene_hash_of(&scene, "blue"));
        scene_deinit(&scene);
}

static void test_rollouts__a_service_that_lost_its_hash_gets_it_again(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        cluster_patch(&scene.cluster, "Service", DEMO, PART_OBJECT,
                      "{spec: {selector: {rollouts-pod-template-hash: null}}}");
        assert_string_equal(scene_hash(&scene, DEMO), scene_hash_of(&scene, "blue"));
        scene_deinit(&scene);
}

static void test_rollouts__replicas_are_one_unless_said(void **state) {
        struct scene scene;

        (void)state;
        scene_init(&scene, NULL, false);
        scene_patch(&scene, "{spec: {replicas: null}}");
        scene_rest(&scene);
        assert_string_equal(scene_text(&scene, "spec.replicas"), "1");
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        scene_deinit(&scene);
}

/* Left behind by a Rollout that was deleted alone. */
static void test_rollouts__replicasets_of_nobody_are_adopted(void **state) {
        const struct delete_options orphan = { .grace_s = -1, .propagation = PROPAGATION_ORPHAN };
        struct scene scene;
        const char *blue, *text;
        bool gone;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        assert_non_null(fixture_delete(&scene.cluster.fixture,
                                       cluster_kind(&scene.cluster, "Rollout"), DEMO, &orphan,
                                       &gone));
        scene_rest(&scene);
        assert_null(cluster_get(&scene.cluster, "Rollout", DEMO));
        assert_int_equal(scene_pods(&scene, blue), 3);
        text = cluster_file(&scene.cluster, "examples/blue-green/rollout.yaml");
        cluster_create(&scene.cluster,
                       arena_copy(&scene.cluster.fixture.arena,
                                  (struct bytes){ text, (size_t)(strstr(text, "---") - text) }));
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_int_equal(cluster_count(&scene.cluster, "ReplicaSet", ""), 1);
        assert_string_equal(record_controller(
                                    cluster_get(&scene.cluster, "ReplicaSet",
                                                cluster_names(&scene.cluster, "ReplicaSet", ""))),
                            cluster_get(&scene.cluster, "Rollout", DEMO)->uid);
        scene_deinit(&scene);
}

/* It must not ask without end for what a namespace that ends refuses. */
static void test_rollouts__what_is_refused_is_tried_later(void **state) {
        struct scene scene;

        (void)state;
        scene_init(&scene, NULL, false);
        cluster_create(&scene.cluster, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
        scene.cluster.fixture.namespace_ = "shop";
        cluster_create(&scene.cluster,
                       cluster_file(&scene.cluster, "examples/blue-green/rollout.yaml"));
        scene_rest(&scene);
        cluster_delete(&scene.cluster, "Namespace", "shop");
        scene_set_image(&scene, "yellow");
        cluster_run(&scene.cluster, 10000);
        assert_string_equal(scene_hash(&scene, DEMO), scene_hash(&scene, PREVIEW));
        scene_deinit(&scene);
}

static void test_rollouts__a_status_may_be_nonsense(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        cluster_patch(&scene.cluster, "Rollout", DEMO, PART_STATUS, "{status: null}");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        cluster_patch(&scene.cluster, "Rollout", DEMO, PART_STATUS,
                      "{status: {stableRS: x, currentPodHash: w, currentStepIndex: -7, blueGreen: "
                      "{activeSelector: z}}}");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        scene_deinit(&scene);
}

static void test_rollouts__rest_when_nothing_is_to_do(void **state) {
        struct scene scene;
        int64_t revision;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        revision = cluster_revision(&scene.cluster);
        cluster_run(&scene.cluster, 1000000);
        assert_int_equal(cluster_revision(&scene.cluster), revision);
        scene_promote(&scene);
        cluster_run(&scene.cluster, 100000);
        revision = cluster_revision(&scene.cluster);
        cluster_run(&scene.cluster, 1000000);
        assert_int_equal(cluster_revision(&scene.cluster), revision);
        scene_deinit(&scene);
}

static void test_rollouts__the_template_of_a_deployment(void **state) {
        struct scene scene;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, NULL, true);
        blue = scene_hash_of(&scene, "blue");
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_int_equal(scene_pods(&scene, blue), 3);
        assert_string_equal(scene_text(&scene, "status.workloadObservedGeneration"), "1");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        assert_string_equal(scene_text(&scene, "status.workloadObservedGeneration"), "2");
        assert_string_equal(
                scene_text(&scene, "metadata.annotations"),
                "{\"rollout.argoproj.io/revision\":\"2\",\"rollout.argoproj.io/workload-"
                "generation\":\"2\"}");
        scene_promote(&scene);
        yellow = scene_hash_of(&scene, "yellow");
        assert_string_equal(scene_stable(&scene), yellow);
        scene_undo(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_stable(&scene), blue);
        scene_deinit(&scene);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rollouts__what_the_status_says),
                cmocka_unit_test(test_rollouts__what_a_replicaset_is_like),
                cmocka_unit_test(test_rollouts__a_deleted_one_leaves_its_services_to_all),
                cmocka_unit_test(
                        test_rollouts__the_same_template_in_another_order_is_no_new_version),
                cmocka_unit_test(test_rollouts__keep_as_much_history_as_asked_for),
                cmocka_unit_test(test_rollouts__min_ready_seconds),
                cmocka_unit_test(test_rollouts__a_spec_that_cannot_be_followed),
                cmocka_unit_test(test_rollouts__follow_a_spec_that_was_put_right),
                cmocka_unit_test(test_rollouts__a_service_of_another_rollout_is_not_taken),
                cmocka_unit_test(test_rollouts__a_service_that_lost_its_hash_gets_it_again),
                cmocka_unit_test(test_rollouts__replicas_are_one_unless_said),
                cmocka_unit_test(test_rollouts__replicasets_of_nobody_are_adopted),
                cmocka_unit_test(test_rollouts__what_is_refused_is_tried_later),
                cmocka_unit_test(test_rollouts__a_status_may_be_nonsense),
                cmocka_unit_test(test_rollouts__rest_when_nothing_is_to_do),
                cmocka_unit_test(test_rollouts__the_template_of_a_deployment),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
