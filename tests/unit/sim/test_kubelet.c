#include <string.h>

#include "cluster.h"
#include "verbs/bind.h"

static const struct actor_type *const ALONE[] = { &KUBELET, NULL };

static void create_pod(struct cluster *cluster, const char *annotations, const char *spec) {
        cluster_create(cluster,
                       arena_printf(&cluster->fixture.arena,
                                    "{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: "
                                    "{%s}}, spec: {%s containers: [{name: c, image: i}]}}",
                                    annotations, spec));
}

static void test_kubelet__has_nodes(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        assert_string_equal(cluster_names(&cluster, "Node", ""), "sim-node-1 sim-node-2");
        cluster_assert(&cluster, "Node", "sim-node-2", "metadata.labels",
                       "{kubernetes.io/os: linux, kubernetes.io/hostname: sim-node-2}");
        assert_string_equal(cluster_condition(&cluster, "Node", "sim-node-1", "Ready"),
                            "KubeletReady: pretended");
        cluster_deinit(&cluster);
}

static void test_kubelet__a_pod_is_scheduled_then_starts(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "", "");
        cluster_assert(&cluster, "Pod", "a", "spec.nodeName", "sim-node-1");
        cluster_assert(&cluster, "Pod", "a", "status.phase", "Pending");
        assert_string_equal(cluster_condition(&cluster, "Pod", "a", "PodScheduled"), ": ");
        cluster_run(&cluster, 20);
        cluster_assert(&cluster, "Pod", "a", "status.phase", "Running");
        cluster_assert(&cluster, "Pod", "a", "status.podIP", "10.244.0.1");
        cluster_assert(&cluster, "Pod", "a", "status.podIPs", "[{ip: 10.244.0.1}]");
        assert_string_equal(cluster_condition(&cluster, "Pod", "a", "PodScheduled"), ": ");
        assert_string_equal(cluster_condition(&cluster, "Pod", "a", "Ready"), ": ");
        cluster_assert(&cluster, "Pod", "a", "status.containerStatuses",
                       "[{name: c, image: i, imageID: '', ready: true, started: true, "
                       "restartCount: 0, lastState: {}, state: {running: {startedAt: "
                       "'2026-03-01T12:00:00Z'}}}]");
        cluster_deinit(&cluster);
}

static void test_kubelet__takes_the_time_that_is_asked_for(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        cluster_run(&cluster, 900);
        create_pod(&cluster, "llc-sim/start-after-ms: \"500\"", "");
        cluster_run(&cluster, 499);
        cluster_assert(&cluster, "Pod", "a", "status.phase", "Pending");
        cluster_run(&cluster, 1);
        cluster_assert(&cluster, "Pod", "a", "status.phase", "Running");
        cluster_deinit(&cluster);
}

static void test_kubelet__what_does_not_become_ready(void **state) {
        static const struct {
                const char *annotations, *phase, *container_state, *restarts;
        } cases[] = {
                { "llc-sim/never-ready: \"true\"", "Running",
                  "{running: {startedAt: "
                  "'2026-03-01T12:00:00Z'}}",
                  "0" },
                { "llc-sim/image-error: \"true\"", "Pending",
                  "{waiting: {reason: ImagePullBackOff, message: 'Back-off pulling image \"i\"'}}",
                  "0" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct cluster cluster;
                struct json *tree;
                const struct json *status;

                cluster_init(&cluster, ALONE);
                create_pod(&cluster, cases[i].annotations, "");
                cluster_run(&cluster, 1000);
                cluster_assert(&cluster, "Pod", "a", "status.phase", cases[i].phase);
                assert_string_equal(cluster_condition(&cluster, "Pod", "a", "Ready"),
                                    "!ContainersNotReady: ");
                tree = record_tree(cluster_get(&cluster, "Pod", "a"));
                status = json_at(json_get(json_get(tree, "status"), "containerStatuses"), 0);
                {
                        JSON_CLEANUP struct json *wanted = fixture_tree(cases[i].container_state);

                        assert_true(json_equal(json_get(status, "state"), wanted));
                }
                assert_false(json_is_true_at(status, "ready"));
                json_free(tree);
                cluster_deinit(&cluster);
        }
}

static void test_kubelet__a_pod_that_crashes(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "llc-sim/crash-loop: \"7\"", "");
        cluster_run(&cluster, 1000);
        cluster_assert(
                &cluster, "Pod", "a", "status.containerStatuses",
                arena_printf(&cluster.fixture.arena,
                             "[{name: c, image: i, imageID: '', ready: false, started: false, "
                             "restartCount: 7, lastState: {}, state: {waiting: {reason: "
                             "CrashLoopBackOff, message: 'back-off 5m0s restarting failed "
                             "container=c pod=a_default(%s)'}}}]",
                             cluster_get(&cluster, "Pod", "a")->uid));
        cluster_deinit(&cluster);
}

static void test_kubelet__a_wish_that_is_not_true_is_none(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster,
                   "llc-sim/never-ready: \"false\", llc-sim/image-error: \"\", "
                   "llc-sim/crash-loop: \"0\", llc-sim/start-after-ms: soon",
                   "");
        cluster_run(&cluster, 20);
        assert_string_equal(cluster_condition(&cluster, "Pod", "a", "Ready"), ": ");
        cluster_deinit(&cluster);
}

/* Who writes the status of a running pod plays the kubelet. */
static void test_kubelet__leaves_a_running_pod_alone(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "", "");
        cluster_run(&cluster, 20);
        cluster_patch(&cluster, "Pod", "a", PART_STATUS,
                      "{status: {conditions: [{type: Ready, status: \"False\"}]}}");
        cluster_run(&cluster, 100000);
        assert_string_equal(cluster_condition(&cluster, "Pod", "a", "Ready"), "!: ");
        cluster_deinit(&cluster);
}

static void test_kubelet__a_pod_of_another_scheduler_waits_for_it(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "", "schedulerName: mine,");
        cluster_run(&cluster, 100000);
        cluster_assert(&cluster, "Pod", "a", "spec.nodeName", "");
        assert_int_equal(verb_bind(&cluster.fixture.sim, "default", "a", "sim-node-2",
                                   &cluster.fixture.refusal),
                         0);
        cluster_run(&cluster, 20);
        cluster_assert(&cluster, "Pod", "a", "status.phase", "Running");
        cluster_deinit(&cluster);
}

static void test_kubelet__a_pod_with_a_node_starts(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "", "nodeName: sim-node-2,");
        cluster_run(&cluster, 20);
        cluster_assert(&cluster, "Pod", "a", "status.phase", "Running");
        cluster_deinit(&cluster);
}

static void test_kubelet__a_deleted_pod_goes(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "", "");
        cluster_run(&cluster, 100);
        cluster_delete(&cluster, "Pod", "a");
        assert_true(cluster_get(&cluster, "Pod", "a")->deleting);
        cluster_run(&cluster, 20);
        assert_null(cluster_get(&cluster, "Pod", "a"));
        cluster_deinit(&cluster);
}

static void test_kubelet__takes_over_what_was_there_before(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, (const struct actor_type *const[]){ NULL });
        create_pod(&cluster, "", "");
        cluster.types[0] = &KUBELET;
        cluster.actors[0] = KUBELET.start(&cluster.fixture.sim);
        cluster.n = 1;
        cluster_run(&cluster, 20);
        cluster_assert(&cluster, "Pod", "a", "status.phase", "Running");
        cluster_deinit(&cluster);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kubelet__has_nodes),
                cmocka_unit_test(test_kubelet__a_pod_is_scheduled_then_starts),
                cmocka_unit_test(test_kubelet__takes_the_time_that_is_asked_for),
                cmocka_unit_test(test_kubelet__what_does_not_become_ready),
                cmocka_unit_test(test_kubelet__a_pod_that_crashes),
                cmocka_unit_test(test_kubelet__a_wish_that_is_not_true_is_none),
                cmocka_unit_test(test_kubelet__leaves_a_running_pod_alone),
                cmocka_unit_test(test_kubelet__a_pod_of_another_scheduler_waits_for_it),
                cmocka_unit_test(test_kubelet__a_pod_with_a_node_starts),
                cmocka_unit_test(test_kubelet__a_deleted_pod_goes),
                cmocka_unit_test(test_kubelet__takes_over_what_was_there_before),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
