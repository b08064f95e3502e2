#include <string.h>

#include "rollout_scene.h"

static void test_rollout_bluegreen__come_up(void **state) {
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

static void test_rollout_bluegreen__a_new_image_waits_beside_the_old(void **state) {
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

static void test_rollout_bluegreen__to_promote_moves_the_service_and_then_the_status(void **state) {
        struct scene scene;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        yellow = scene_hash_of(&scene, "yellow");
        scene_watch(&scene, yellow);
        scene_promote(&scene);
        assert_string_equal(scene_seen(&scene), "service stable active ");
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_hash(&scene, DEMO), yellow);
        assert_string_equal(scene_text(&scene, "status.pauseConditions"), "");
        assert_string_equal(scene_text(&scene, "status.controllerPause"), "");
        assert_int_equal(scene_pods(&scene, blue), 3);
        scene_deinit(&scene);
}

static void test_rollout_bluegreen__the_old_version_goes_after_thirty_seconds(void **state) {
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

static void test_rollout_bluegreen__aborted(void **state) {
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
static void test_rollout_bluegreen__a_retry_promotes_what_is_still_up(void **state) {
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

static void test_rollout_bluegreen__a_late_retry_pauses_again(void **state) {
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

static void test_rollout_bluegreen__without_an_update_there_is_nothing_to_abort(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_abort(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_text(&scene, "status.abort"), "");
        scene_deinit(&scene);
}

static void test_rollout_bluegreen__an_aborted_version_may_be_kept(void **state) {
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

static void test_rollout_bluegreen__back_to_what_is_still_up_is_at_once(void **state) {
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

static void test_rollout_bluegreen__back_to_what_is_gone_waits(void **state) {
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

static void test_rollout_bluegreen__back_before_the_promotion(void **state) {
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

static void test_rollout_bluegreen__to_promote_fully_skips_the_pause(void **state) {
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

static void test_rollout_bluegreen__a_new_image_forgets_what_was_said_of_the_last(void **state) {
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
static void test_rollout_bluegreen__paused_by_its_users(void **state) {
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

static void test_rollout_bluegreen__scaled_to_nothing_and_back(void **state) {
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

static void test_rollout_bluegreen__promote_by_themselves(void **state) {
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

static void test_rollout_bluegreen__a_version_that_does_not_come_up_is_not_promoted(void **state) {
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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rollout_bluegreen__come_up),
                cmocka_unit_test(test_rollout_bluegreen__a_new_image_waits_beside_the_old),
                cmocka_unit_test(
                        test_rollout_bluegreen__to_promote_moves_the_service_and_then_the_status),
                cmocka_unit_test(test_rollout_bluegreen__the_old_version_goes_after_thirty_seconds),
                cmocka_unit_test(test_rollout_bluegreen__aborted),
                cmocka_unit_test(test_rollout_bluegreen__a_retry_promotes_what_is_still_up),
                cmocka_unit_test(test_rollout_bluegreen__a_late_retry_pauses_again),
                cmocka_unit_test(
                        test_rollout_bluegreen__without_an_update_there_is_nothing_to_abort),
                cmocka_unit_test(test_rollout_bluegreen__an_aborted_version_may_be_kept),
                cmocka_unit_test(test_rollout_bluegreen__back_to_what_is_still_up_is_at_once),
                cmocka_unit_test(test_rollout_bluegreen__back_to_what_is_gone_waits),
                cmocka_unit_test(test_rollout_bluegreen__back_before_the_promotion),
                cmocka_unit_test(test_rollout_bluegreen__to_promote_fully_skips_the_pause),
                cmocka_unit_test(
                        test_rollout_bluegreen__a_new_image_forgets_what_was_said_of_the_last),
                cmocka_unit_test(test_rollout_bluegreen__paused_by_its_users),
                cmocka_unit_test(test_rollout_bluegreen__scaled_to_nothing_and_back),
                cmocka_unit_test(test_rollout_bluegreen__promote_by_themselves),
                cmocka_unit_test(
                        test_rollout_bluegreen__a_version_that_does_not_come_up_is_not_promoted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
