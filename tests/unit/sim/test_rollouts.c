#include <string.h>

#include "rollout_scene.h"

static void test_rollouts__come_up(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        assert_int_equal(strlen(blue), 10);
        assert_string_equal(scene_stable(&scene), blue);
        assert_string_equal(scene_phase(&scene), "Progressing: updated replicas are still becoming "
                                                 "available");
        assert_string_equal(scene_hash(&scene, DEMO), "");
        assert_string_equal(scene_hash(&scene, PREVIEW), blue);
        assert_string_equal(scene_text(&scene, "status.blueGreen.activeSelector"), "");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        assert_string_equal(scene_text(&scene, "status.blueGreen.activeSelector"), blue);
        assert_string_equal(scene_text(&scene, "status.blueGreen.previewSelector"), blue);
        assert_int_equal(scene_pods(&scene, blue), 3);
        scene_deinit(&scene);
}

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

static void test_rollouts__a_new_image_waits_beside_the_old(void **state) {
        struct scene scene;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        yellow = scene_hash_of(&scene, "yellow");
        assert_string_equal(scene_phase(&scene), "Progressing: active service cutover pending");
        assert_string_equal(scene_hash(&scene, PREVIEW), yellow);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.controllerPause", "true");
        assert_string_equal(scene_text(&scene, "status.pauseConditions"),
                            "[{\"reason\":\"BlueGreenPause\",\"startTime\":"
                            "\"2026-03-01T12:00:01Z\"}]");
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "Paused"),
                            "RolloutPaused: Rollout is paused");
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "Progressing"),
                            "!RolloutPaused: Rollout is paused");
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        assert_string_equal(scene_stable(&scene), blue);
        assert_string_equal(scene_text(&scene, "metadata.annotations"),
                            "{\"rollout.argoproj.io/revision\":\"2\"}");
        assert_int_equal(scene_pods(&scene, blue), 3);
        assert_int_equal(scene_pods(&scene, yellow), 3);
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.HPAReplicas", "3");
        cluster_assert(&scene.cluster, "Rollout", DEMO, "status.replicas", "6");
        cluster_run(&scene.cluster, 1000000);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        scene_deinit(&scene);
}

struct order {
        const struct kind *services, *rollouts;
        const char *hash; /* of the new version */
        const char *seen; /* what of it came, in order */
        struct arena *arena;
};

static void watch_order(void *ctx, const struct change *change) {
        struct order *order = ctx;
        const struct kind *kind = collection_owner(change->collection);
        JSON_CLEANUP struct json *tree = record_tree(change->record);
        const struct json *status = json_get(tree, "status");
        const char *selected =
                json_text_at(json_get(json_get(tree, "spec"), "selector"), "rollouts-pod-template-"
                                                                           "hash");

        if (kind == order->services && strcmp(change->record->name, DEMO) == 0 &&
            strcmp(selected, order->hash) == 0)
                order->seen = arena_printf(order->arena, "%sservice ", order->seen);
        if (kind != order->rollouts)
                return;
        if (strcmp(json_text_at(status, "stableRS"), order->hash) == 0)
                order->seen = arena_printf(order->arena, "%sstable ", order->seen);
        if (strcmp(json_text_at(json_get(status, "blueGreen"), "activeSelector"), order->hash) == 0)
                order->seen = arena_printf(order->arena, "%sactive ", order->seen);
}

static void test_rollouts__to_promote_moves_the_service_and_then_the_status(void **state) {
        struct scene scene;
        struct order order;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        yellow = scene_hash_of(&scene, "yellow");
        order = (struct order){ .services = cluster_kind(&scene.cluster, "Service"),
                                .rollouts = cluster_kind(&scene.cluster, "Rollout"),
                                .hash = yellow,
                                .seen = "",
                                .arena = &scene.cluster.fixture.arena };
        storage_listen(scene.cluster.fixture.storage,
                       (struct listener){ .fn = watch_order, .ctx = &order });
        scene_promote(&scene);
        storage_unlisten(scene.cluster.fixture.storage,
                         (struct listener){ .fn = watch_order, .ctx = &order });
        assert_memory_equal(order.seen, "service stable active ", strlen("service stable active "));
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_hash(&scene, DEMO), yellow);
        assert_string_equal(scene_text(&scene, "status.pauseConditions"), "");
        assert_string_equal(scene_text(&scene, "status.controllerPause"), "");
        assert_int_equal(scene_pods(&scene, blue), 3);
        scene_deinit(&scene);
}

static void test_rollouts__the_old_version_goes_after_thirty_seconds(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        scene_promote(&scene);
        assert_string_equal(scene_set_text(&scene, blue,
                                           "metadata.annotations.scale-down-deadline"),
                            "2026-03-01T12:00:32Z");
        cluster_run(&scene.cluster, 29900);
        assert_int_equal(scene_pods(&scene, blue), 3);
        cluster_run(&scene.cluster, 200);
        assert_int_equal(scene_pods(&scene, blue), 0);
        assert_string_equal(scene_set_text(&scene, blue,
                                           "metadata.annotations.scale-down-deadline"),
                            "");
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        scene_deinit(&scene);
}

static void test_rollouts__aborted(void **state) {
        struct scene scene;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        yellow = scene_hash_of(&scene, "yellow");
        scene_abort(&scene);
        assert_string_equal(scene_phase(&scene),
                            "Degraded: RolloutAborted: Rollout aborted update to revision 2");
        assert_string_equal(scene_text(&scene, "status.abortedAt"), "2026-03-01T12:00:02Z");
        assert_string_equal(scene_text(&scene, "status.pauseConditions"), "");
        assert_string_equal(cluster_condition(&scene.cluster, "Rollout", DEMO, "Progressing"),
                            "!RolloutAborted: Rollout aborted update to revision 2");
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        assert_string_equal(scene_stable(&scene), blue);
        cluster_run(&scene.cluster, 29900);
        assert_int_equal(scene_pods(&scene, yellow), 3);
        cluster_run(&scene.cluster, 200);
        assert_int_equal(scene_pods(&scene, yellow), 0);
        assert_int_equal(scene_pods(&scene, blue), 3);
        assert_string_equal(scene_phase(&scene),
                            "Degraded: RolloutAborted: Rollout aborted update to revision 2");
        scene_deinit(&scene);
}

/* What is still up needs no second look, as in the real one. */
static void test_rollouts__a_retry_promotes_what_is_still_up(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        scene_abort(&scene);
        scene_rest(&scene);
        scene_retry(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "yellow"));
        scene_deinit(&scene);
}

static void test_rollouts__a_late_retry_pauses_again(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        scene_abort(&scene);
        cluster_run(&scene.cluster, 40000);
        scene_retry(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        assert_string_equal(scene_text(&scene, "status.abortedAt"), "");
        scene_promote(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        scene_deinit(&scene);
}

static void test_rollouts__without_an_update_there_is_nothing_to_abort(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_abort(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_text(&scene, "status.abort"), "");
        scene_deinit(&scene);
}

static void test_rollouts__an_aborted_version_may_be_kept(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_patch(&scene, "{spec: {strategy: {blueGreen: {abortScaleDownDelaySeconds: 0}}}}");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        scene_abort(&scene);
        cluster_run(&scene.cluster, 1000000);
        assert_int_equal(scene_pods(&scene, scene_hash_of(&scene, "yellow")), 3);
        scene_deinit(&scene);
}

static void test_rollouts__back_to_what_is_still_up_is_at_once(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        scene_promote(&scene);
        cluster_run(&scene.cluster, 10000);
        scene_undo(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_stable(&scene), blue);
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        assert_int_equal(cluster_count(&scene.cluster, "ReplicaSet", ""), 2);
        assert_string_equal(scene_text(&scene, "metadata.annotations"),
                            "{\"rollout.argoproj.io/revision\":\"3\"}");
        assert_string_equal(
                scene_set_text(&scene, blue, "metadata.annotations"),
                "{\"rollout.argoproj.io/revision\":\"3\",\"rollout.argoproj.io/desired-replicas\":"
                "\"3\"}");
        scene_deinit(&scene);
}

static void test_rollouts__back_to_what_is_gone_waits(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        scene_promote(&scene);
        cluster_run(&scene.cluster, 60000);
        scene_undo(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        assert_int_equal(scene_pods(&scene, blue), 3);
        assert_int_equal(cluster_count(&scene.cluster, "ReplicaSet", ""), 2);
        scene_deinit(&scene);
}

static void test_rollouts__back_before_the_promotion(void **state) {
        struct scene scene;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        yellow = scene_hash_of(&scene, "yellow");
        scene_undo(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_hash(&scene, PREVIEW), blue);
        assert_string_equal(scene_text(&scene, "status.pauseConditions"), "");
        cluster_run(&scene.cluster, 40000);
        assert_int_equal(scene_pods(&scene, yellow), 0);
        scene_deinit(&scene);
}

static void test_rollouts__to_promote_fully_skips_the_pause(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_set_image(&scene, "yellow");
        scene_promote_full(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "yellow"));
        assert_string_equal(scene_text(&scene, "status.promoteFull"), "");
        /* Once paused, or aborted, too. */
        scene_set_image(&scene, "green");
        scene_rest(&scene);
        scene_promote_full(&scene);
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "green"));
        scene_set_image(&scene, "red");
        scene_rest(&scene);
        scene_abort(&scene);
        scene_promote_full(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "red"));
        scene_deinit(&scene);
}

static void test_rollouts__a_new_image_forgets_what_was_said_of_the_last(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        scene_abort(&scene);
        scene_set_image(&scene, "green");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        assert_string_equal(scene_text(&scene, "status.abort"), "");
        scene_deinit(&scene);
}

/* Paused by its users, the new version comes up and goes no further. */
static void test_rollouts__paused_by_its_users(void **state) {
        struct scene scene;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_pause(&scene, true);
        assert_string_equal(scene_phase(&scene), "Paused: manually paused");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        yellow = scene_hash_of(&scene, "yellow");
        assert_string_equal(scene_phase(&scene), "Paused: manually paused");
        assert_string_equal(scene_hash(&scene, PREVIEW), blue);
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        assert_int_equal(scene_pods(&scene, yellow), 3);
        scene_scale(&scene, 4);
        scene_rest(&scene);
        assert_int_equal(scene_pods(&scene, blue), 4);
        scene_pause(&scene, false);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        assert_string_equal(scene_hash(&scene, PREVIEW), yellow);
        scene_deinit(&scene);
}

static void test_rollouts__scaled_to_nothing_and_back(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_scale(&scene, 0);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_int_equal(scene_pods(&scene, blue), 0);
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        assert_string_equal(scene_text(&scene, "status.replicas"), "");
        scene_scale(&scene, 5);
        assert_string_equal(scene_phase(&scene), "Progressing: updated replicas are still becoming "
                                                 "available");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_int_equal(scene_pods(&scene, blue), 5);
        assert_string_equal(
                scene_set_text(&scene, blue, "metadata.annotations"),
                "{\"rollout.argoproj.io/revision\":\"1\",\"rollout.argoproj.io/desired-replicas\":"
                "\"5\"}");
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

static void test_rollouts__promote_by_themselves(void **state) {
        struct scene scene;
        const char *yellow;

        (void)state;
        scene_init_healthy(&scene, "{blueGreen: {activeService: bluegreen-demo}}", false);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "yellow"));
        scene_patch(&scene, "{spec: {strategy: {blueGreen: {autoPromotionSeconds: 60}}}}");
        scene_set_image(&scene, "green");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: BlueGreenPause");
        yellow = scene_hash_of(&scene, "yellow");
        cluster_run(&scene.cluster, 58500);
        assert_string_equal(scene_stable(&scene), yellow);
        cluster_run(&scene.cluster, 1500);
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "green"));
        scene_deinit(&scene);
}

static void test_rollouts__a_version_that_does_not_come_up_is_not_promoted(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, "{blueGreen: {activeService: bluegreen-demo}}", false);
        blue = scene_hash_of(&scene, "blue");
        scene_patch(&scene, "{spec: {template: {metadata: {annotations: {llc-sim/never-ready: "
                            "\"true\"}}}}}");
        cluster_run(&scene.cluster, 100000);
        /* AvailableReplicas are those of the active version. */
        assert_string_equal(scene_phase(&scene), "Progressing: active service cutover pending");
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        assert_string_equal(scene_stable(&scene), blue);
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
                cmocka_unit_test(test_rollouts__come_up),
                cmocka_unit_test(test_rollouts__what_the_status_says),
                cmocka_unit_test(test_rollouts__what_a_replicaset_is_like),
                cmocka_unit_test(test_rollouts__a_new_image_waits_beside_the_old),
                cmocka_unit_test(test_rollouts__to_promote_moves_the_service_and_then_the_status),
                cmocka_unit_test(test_rollouts__the_old_version_goes_after_thirty_seconds),
                cmocka_unit_test(test_rollouts__aborted),
                cmocka_unit_test(test_rollouts__a_retry_promotes_what_is_still_up),
                cmocka_unit_test(test_rollouts__a_late_retry_pauses_again),
                cmocka_unit_test(test_rollouts__without_an_update_there_is_nothing_to_abort),
                cmocka_unit_test(test_rollouts__an_aborted_version_may_be_kept),
                cmocka_unit_test(test_rollouts__back_to_what_is_still_up_is_at_once),
                cmocka_unit_test(test_rollouts__back_to_what_is_gone_waits),
                cmocka_unit_test(test_rollouts__back_before_the_promotion),
                cmocka_unit_test(test_rollouts__to_promote_fully_skips_the_pause),
                cmocka_unit_test(test_rollouts__a_new_image_forgets_what_was_said_of_the_last),
                cmocka_unit_test(test_rollouts__paused_by_its_users),
                cmocka_unit_test(test_rollouts__scaled_to_nothing_and_back),
                cmocka_unit_test(test_rollouts__a_deleted_one_leaves_its_services_to_all),
                cmocka_unit_test(test_rollouts__promote_by_themselves),
                cmocka_unit_test(test_rollouts__a_version_that_does_not_come_up_is_not_promoted),
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
