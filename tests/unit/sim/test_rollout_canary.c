#include "rollout_scene.h"

/* To the pause of the steps. */
static void begin(struct scene *scene, const char *colour) {
        scene_set_image(scene, colour);
        scene_rest(scene);
        assert_string_equal(scene_phase(scene), "Paused: CanaryPauseStep");
}

static void test_rollout_canary__comes_up(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_SERVICES, false);
        blue = scene_hash_of(&scene, "blue");
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_stable(&scene), blue);
        assert_string_equal(scene_text(&scene, "status.currentStepIndex"), "2");
        assert_string_equal(scene_text(&scene, "status.selector"), "app=" DEMO);
        assert_string_equal(scene_text(&scene, "status.blueGreen"), "");
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        assert_string_equal(scene_hash(&scene, PREVIEW), blue);
        assert_int_equal(scene_pods(&scene, blue), 3);
        scene_deinit(&scene);
}

static void test_rollout_canary__takes_its_share_and_pauses(void **state) {
        struct scene scene;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_CANARY, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        assert_string_equal(scene_phase(&scene), "Progressing: more replicas need to be updated");
        assert_string_equal(scene_text(&scene, "status.currentStepIndex"), "0");
        scene_rest(&scene);
        yellow = scene_hash_of(&scene, "yellow");
        assert_string_equal(scene_phase(&scene), "Paused: CanaryPauseStep");
        assert_string_equal(scene_text(&scene, "status.currentStepIndex"), "1");
        assert_string_equal(scene_text(&scene, "status.controllerPause"), "true");
        assert_int_equal(scene_pods(&scene, yellow), 1);
        assert_int_equal(scene_pods(&scene, blue), 2);
        assert_string_equal(scene_stable(&scene), blue);
        cluster_run(&scene.cluster, 1000000);
        assert_int_equal(scene_pods(&scene, yellow), 1);
        assert_string_equal(scene_hash(&scene, DEMO), "");
        scene_deinit(&scene);
}

static void test_rollout_canary__promoted_it_is_all(void **state) {
        static const char *const strategies[] = { STRATEGY_CANARY, STRATEGY_SERVICES,
                                                  STRATEGY_ROUTING };

        (void)state;
        for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
                struct scene scene;
                const char *blue, *yellow;

                scene_init_healthy(&scene, strategies[i], false);
                blue = scene_hash_of(&scene, "blue");
                begin(&scene, "yellow");
                yellow = scene_hash_of(&scene, "yellow");
                scene_promote(&scene);
                assert_string_equal(scene_text(&scene, "status.currentStepIndex"), "2");
                assert_string_equal(scene_stable(&scene), blue);
                scene_rest(&scene);
                assert_string_equal(scene_phase(&scene), "Healthy: ");
                assert_string_equal(scene_stable(&scene), yellow);
                assert_string_equal(scene_hash(&scene, DEMO), i == 0 ? "" : yellow);
                assert_string_equal(scene_hash(&scene, PREVIEW), i == 0 ? "" : yellow);
                assert_int_equal(scene_pods(&scene, yellow), 3);
                cluster_run(&scene.cluster, 40000);
                assert_int_equal(scene_pods(&scene, blue), 0);
                scene_deinit(&scene);
        }
}

static void test_rollout_canary__the_services_are_on_either_side(void **state) {
        struct scene scene;
        const char *blue, *yellow;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_SERVICES, false);
        blue = scene_hash_of(&scene, "blue");
        scene_set_image(&scene, "yellow");
        assert_string_equal(scene_hash(&scene, PREVIEW), blue); /* nobody is there to serve */
        scene_rest(&scene);
        yellow = scene_hash_of(&scene, "yellow");
        assert_string_equal(scene_hash(&scene, PREVIEW), yellow);
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        scene_deinit(&scene);
}

/* The other way round than blue-green. */
static void test_rollout_canary__the_stable_service_follows_the_status(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_SERVICES, false);
        begin(&scene, "yellow");
        scene_watch(&scene, scene_hash_of(&scene, "yellow"));
        scene_promote(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_seen(&scene), "stable service ");
        scene_deinit(&scene);
}

static void test_rollout_canary__aborted(void **state) {
        static const char *const strategies[] = { STRATEGY_CANARY, STRATEGY_SERVICES,
                                                  STRATEGY_ROUTING };

        (void)state;
        for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
                struct scene scene;
                const char *blue, *yellow;

                scene_init_healthy(&scene, strategies[i], false);
                blue = scene_hash_of(&scene, "blue");
                begin(&scene, "yellow");
                yellow = scene_hash_of(&scene, "yellow");
                scene_abort(&scene);
                assert_string_equal(scene_hash(&scene, PREVIEW), i == 0 ? "" : blue);
                scene_rest(&scene);
                assert_string_equal(
                        scene_phase(&scene),
                        "Degraded: RolloutAborted: Rollout aborted update to revision 2");
                assert_string_equal(scene_text(&scene, "status.currentStepIndex"), "0");
                assert_int_equal(scene_pods(&scene, blue), 3);
                assert_int_equal(scene_pods(&scene, yellow), i == 2 ? 2 : 0);
                cluster_run(&scene.cluster, 40000);
                assert_int_equal(scene_pods(&scene, yellow), 0);
                assert_string_equal(scene_stable(&scene), blue);
                scene_retry(&scene);
                scene_rest(&scene);
                assert_string_equal(scene_phase(&scene), "Paused: CanaryPauseStep");
                assert_int_equal(scene_pods(&scene, yellow), i == 2 ? 2 : 1);
                scene_deinit(&scene);
        }
}

static void test_rollout_canary__to_go_back_needs_the_steps_too(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_CANARY, false);
        blue = scene_hash_of(&scene, "blue");
        begin(&scene, "yellow");
        scene_promote(&scene);
        scene_rest(&scene);
        scene_undo(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: CanaryPauseStep");
        assert_int_equal(scene_pods(&scene, blue), 1);
        scene_promote(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_stable(&scene), blue);
        assert_int_equal(cluster_count(&scene.cluster, "ReplicaSet", ""), 2);
        scene_deinit(&scene);
}

static void test_rollout_canary__back_to_the_stable_version_is_at_once(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_SERVICES, false);
        blue = scene_hash_of(&scene, "blue");
        begin(&scene, "yellow");
        scene_undo(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_hash(&scene, PREVIEW), blue);
        assert_int_equal(scene_pods(&scene, blue), 3);
        assert_string_equal(scene_text(&scene, "status.currentStepIndex"), "2");
        scene_deinit(&scene);
}

static void test_rollout_canary__to_promote_fully_skips_the_steps(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_CANARY, false);
        scene_set_image(&scene, "yellow");
        scene_promote_full(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "yellow"));
        begin(&scene, "green");
        scene_abort(&scene);
        scene_promote_full(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "green"));
        assert_string_equal(scene_text(&scene, "status.promoteFull"), "");
        scene_deinit(&scene);
}

/* `promote --skip-current-step`, and `promote` where there is no pause. */
static void test_rollout_canary__a_step_may_be_skipped(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene,
                           "{canary: {steps: [{setWeight: 34}, {pause: {}}, {setWeight: 67}, "
                           "{pause: {}}]}}",
                           false);
        begin(&scene, "yellow");
        cluster_patch(&scene.cluster, "Rollout", DEMO, PART_STATUS,
                      "{status: {pauseConditions: null, currentStepIndex: 2}}");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: CanaryPauseStep");
        assert_string_equal(scene_text(&scene, "status.currentStepIndex"), "3");
        assert_int_equal(scene_pods(&scene, scene_hash_of(&scene, "yellow")), 2);
        scene_deinit(&scene);
}

static void test_rollout_canary__a_pause_may_end_by_itself(void **state) {
        static const struct {
                const char *duration;
                int seconds;
        } cases[] = {
                { "30", 30 },  { "\"30\"", 30 }, { "45s", 45 },
                { "2m", 120 }, { "1h", 3600 },   { "1m30s", 90 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct scene scene;
                const char *blue;

                scene_init_healthy(&scene,
                                   "{canary: {steps: [{setWeight: 34}, {pause: {duration: 30}}]}}",
                                   false);
                scene_patch(&scene, arena_printf(&scene.cluster.fixture.arena,
                                                 "{spec: {strategy: {canary: {steps: [{setWeight: "
                                                 "34}, {pause: {duration: %s}}]}}}}",
                                                 cases[i].duration));
                blue = scene_hash_of(&scene, "blue");
                begin(&scene, "yellow");
                cluster_run(&scene.cluster, (cases[i].seconds - 2) * 1000);
                assert_string_equal(scene_stable(&scene), blue);
                cluster_run(&scene.cluster, 3000);
                assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "yellow"));
                scene_deinit(&scene);
        }
}

static void test_rollout_canary__new_steps_begin_anew(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_CANARY, false);
        begin(&scene, "yellow");
        scene_patch(&scene,
                    "{spec: {strategy: {canary: {steps: [{setWeight: 67}, {pause: {}}]}}}}");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: CanaryPauseStep");
        assert_int_equal(scene_pods(&scene, scene_hash_of(&scene, "yellow")), 2);
        scene_deinit(&scene);
}

static void test_rollout_canary__without_steps(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, "{canary: {}}", false);
        blue = scene_hash_of(&scene, "blue");
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        scene_set_image(&scene, "yellow");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_int_equal(scene_pods(&scene, blue), 0);
        assert_string_equal(scene_text(&scene, "status.currentStepIndex"), "");
        scene_deinit(&scene);
}

static void test_rollout_canary__paused_by_its_users(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_SERVICES, false);
        blue = scene_hash_of(&scene, "blue");
        scene_pause(&scene, true);
        scene_set_image(&scene, "yellow");
        scene_scale(&scene, 5);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: manually paused");
        assert_int_equal(scene_pods(&scene, blue), 3);
        assert_int_equal(scene_pods(&scene, scene_hash_of(&scene, "yellow")), 0);
        scene_pause(&scene, false);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Paused: CanaryPauseStep");
        scene_deinit(&scene);
}

static void test_rollout_canary__scaled_to_nothing_and_back(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_SERVICES, false);
        blue = scene_hash_of(&scene, "blue");
        scene_scale(&scene, 0);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_int_equal(scene_pods(&scene, blue), 0);
        assert_string_equal(scene_hash(&scene, DEMO), blue);
        scene_scale(&scene, 3);
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_int_equal(scene_pods(&scene, blue), 3);
        scene_deinit(&scene);
}

/* A third version, and the second never was. */
static void test_rollout_canary__another_image_on_the_way(void **state) {
        static const char *const strategies[] = { STRATEGY_CANARY, STRATEGY_SERVICES,
                                                  STRATEGY_ROUTING };

        (void)state;
        for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
                struct scene scene;

                scene_init_healthy(&scene, strategies[i], false);
                begin(&scene, "yellow");
                begin(&scene, "green");
                assert_int_equal(scene_pods(&scene, scene_hash_of(&scene, "yellow")), 0);
                assert_int_equal(scene_pods(&scene, scene_hash_of(&scene, "green")),
                                 i == 2 ? 2 : 1);
                assert_int_equal(scene_pods(&scene, scene_hash_of(&scene, "blue")), i == 2 ? 3 : 2);
                scene_deinit(&scene);
        }
}

static void test_rollout_canary__a_deleted_one_leaves_its_services_to_all(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_SERVICES, false);
        cluster_delete(&scene.cluster, "Rollout", DEMO);
        scene_rest(&scene);
        cluster_assert(&scene.cluster, "Service", DEMO, "spec.selector", "{app: " DEMO "}");
        cluster_assert(&scene.cluster, "Service", PREVIEW, "spec.selector", "{app: " DEMO "}");
        scene_deinit(&scene);
}

static void test_rollout_canary__the_template_of_a_deployment(void **state) {
        struct scene scene;
        const char *blue;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_SERVICES, true);
        blue = scene_hash_of(&scene, "blue");
        begin(&scene, "yellow");
        scene_promote(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_stable(&scene), scene_hash_of(&scene, "yellow"));
        scene_undo(&scene);
        scene_rest(&scene);
        scene_promote(&scene);
        scene_rest(&scene);
        assert_string_equal(scene_stable(&scene), blue);
        scene_deinit(&scene);
}

static void test_rollout_canary__another_strategy(void **state) {
        struct scene scene;

        (void)state;
        scene_init_healthy(&scene, NULL, false);
        scene_patch(&scene,
                    "{spec: {strategy: {blueGreen: null, canary: {stableService: " DEMO
                    ", canaryService: " PREVIEW ", steps: [{setWeight: 34}, {pause: {}}]}}}}");
        scene_rest(&scene);
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_text(&scene, "status.blueGreen"), "");
        begin(&scene, "yellow");
        scene_patch(&scene, "{spec: {strategy: {canary: null, blueGreen: {activeService: " DEMO
                            ", previewService: " PREVIEW ", autoPromotionEnabled: false}}}}");
        scene_rest(&scene);
        /* controllerPause, and no pause of its own: somebody must have ended it. */
        assert_string_equal(scene_phase(&scene), "Healthy: ");
        assert_string_equal(scene_hash(&scene, DEMO), scene_hash_of(&scene, "yellow"));
        scene_deinit(&scene);
}

static void test_rollout_canary__rests_when_nothing_is_to_do(void **state) {
        struct scene scene;
        int64_t revision;

        (void)state;
        scene_init_healthy(&scene, STRATEGY_ROUTING, false);
        begin(&scene, "yellow");
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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rollout_canary__comes_up),
                cmocka_unit_test(test_rollout_canary__takes_its_share_and_pauses),
                cmocka_unit_test(test_rollout_canary__promoted_it_is_all),
                cmocka_unit_test(test_rollout_canary__the_services_are_on_either_side),
                cmocka_unit_test(test_rollout_canary__the_stable_service_follows_the_status),
                cmocka_unit_test(test_rollout_canary__aborted),
                cmocka_unit_test(test_rollout_canary__to_go_back_needs_the_steps_too),
                cmocka_unit_test(test_rollout_canary__back_to_the_stable_version_is_at_once),
                cmocka_unit_test(test_rollout_canary__to_promote_fully_skips_the_steps),
                cmocka_unit_test(test_rollout_canary__a_step_may_be_skipped),
                cmocka_unit_test(test_rollout_canary__a_pause_may_end_by_itself),
                cmocka_unit_test(test_rollout_canary__new_steps_begin_anew),
                cmocka_unit_test(test_rollout_canary__without_steps),
                cmocka_unit_test(test_rollout_canary__paused_by_its_users),
                cmocka_unit_test(test_rollout_canary__scaled_to_nothing_and_back),
                cmocka_unit_test(test_rollout_canary__another_image_on_the_way),
                cmocka_unit_test(test_rollout_canary__a_deleted_one_leaves_its_services_to_all),
                cmocka_unit_test(test_rollout_canary__the_template_of_a_deployment),
                cmocka_unit_test(test_rollout_canary__another_strategy),
                cmocka_unit_test(test_rollout_canary__rests_when_nothing_is_to_do),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
