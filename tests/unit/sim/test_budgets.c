#include <string.h>

#include "cluster.h"

static const struct actor_type *const ACTORS[] = { &BUDGETS, &REPLICASETS, &KUBELET, NULL };
static const struct actor_type *const ALONE[] = { &BUDGETS, &KUBELET, NULL };
static const struct actor_type *const WITH_DEPLOYMENTS[] = { &BUDGETS, &DEPLOYMENTS, &REPLICASETS,
                                                             &KUBELET, NULL };

static void create_budget(struct cluster *cluster, const char *spec) {
        cluster_create(cluster,
                       arena_printf(&cluster->fixture.arena,
                                    "{apiVersion: policy/v1, kind: PodDisruptionBudget, "
                                    "metadata: {name: web}, spec: {selector: {matchLabels: "
                                    "{app: web}}, %s}}",
                                    spec));
}

/* Of a Rollout, as its controller makes it. */
static void create_set(struct cluster *cluster, const char *name, int replicas) {
        cluster_create(
                cluster,
                arena_printf(&cluster->fixture.arena,
                             "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: %s, "
                             "ownerReferences: [{apiVersion: argoproj.io/v1alpha1, kind: Rollout, "
                             "name: web, uid: r, controller: true}]}, spec: {replicas: %d, "
                             "selector: {matchLabels: {set: %s}}, template: {metadata: {labels: "
                             "{app: web, set: %s}}, spec: {containers: [{name: c, image: i}]}}}}",
                             name, replicas, name, name));
        cluster_run(cluster, 100);
}

static void create_pod(struct cluster *cluster, const char *name, const char *metadata) {
        cluster_create(
                cluster,
                arena_printf(&cluster->fixture.arena,
                             "{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: {app: "
                             "web}, %s}, spec: {containers: [{name: c, image: i}]}}",
                             name, metadata));
        cluster_run(cluster, 100);
}

static void create_canary(struct cluster *cluster, int replicas) {
        cluster_create(cluster,
                       cluster_file(cluster, "crds/longlivedcanaries.argo-canary.dev.yaml"));
        cluster_create(cluster, arena_printf(&cluster->fixture.arena,
                                             "{apiVersion: argo-canary.dev/v1alpha1, kind: "
                                             "LongLivedCanary, metadata: {name: canary}, spec: "
                                             "{rolloutRef: {name: web}, image: i, replicas: %d}}",
                                             replicas));
}

static const char *owned_by(struct cluster *cluster, const char *api_version, const char *kind,
                            const char *name, const char *uid) {
        return arena_printf(&cluster->fixture.arena,
                            "ownerReferences: [{apiVersion: %s, kind: %s, name: %s, uid: %s, "
                            "controller: true}]",
                            api_version, kind, name, uid);
}

/* "healthy/desired of expected: allowed" */
static const char *counts(struct cluster *cluster) {
        JSON_CLEANUP struct json *tree =
                record_tree(cluster_get(cluster, "PodDisruptionBudget", "web"));
        const struct json *status = json_get(tree, "status");

        return arena_printf(&cluster->fixture.arena, "%d/%d of %d: %d",
                            (int)json_int_at(status, "currentHealthy", -1),
                            (int)json_int_at(status, "desiredHealthy", -1),
                            (int)json_int_at(status, "expectedPods", -1),
                            (int)json_int_at(status, "disruptionsAllowed", -1));
}

static const char *why(struct cluster *cluster) {
        return cluster_condition(cluster, "PodDisruptionBudget", "web", "DisruptionAllowed");
}

static int evict(struct cluster *cluster, const char *name) {
        int r = verb_evict(&cluster->fixture.sim, "default", name, &FIXTURE_DELETE,
                           &cluster->fixture.refusal);

        cluster_run(cluster, 0);
        return r;
}

static void test_budgets__what_is_asked_for(void **state) {
        static const struct {
                const char *spec, *counts, *why;
        } cases[] = {
                { "maxUnavailable: 1", "4/3 of 4: 1", "SufficientPods: " },
                { "maxUnavailable: 0", "4/4 of 4: 0", "!InsufficientPods: " },
                { "maxUnavailable: 9", "4/0 of 4: 4", "SufficientPods: " },
                { "maxUnavailable: 30%", "4/2 of 4: 2", "SufficientPods: " },
                { "minAvailable: 3", "4/3 of 4: 1", "SufficientPods: " },
                { "minAvailable: 5", "4/5 of 4: 0", "!InsufficientPods: " },
                { "minAvailable: 60%", "4/3 of 4: 1", "SufficientPods: " },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct cluster cluster;

                cluster_init(&cluster, ACTORS);
                create_set(&cluster, "web-1", 4);
                create_budget(&cluster, cases[i].spec);
                assert_string_equal(counts(&cluster), cases[i].counts);
                assert_string_equal(why(&cluster), cases[i].why);
                cluster_assert(&cluster, "PodDisruptionBudget", "web", "status.observedGeneration",
                               "1");
                cluster_deinit(&cluster);
        }
}

static void test_budgets__nothing_is_allowed_without_pods(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ACTORS);
        create_budget(&cluster, "maxUnavailable: 1");
        assert_string_equal(counts(&cluster), "0/0 of 0: 0");
        assert_string_equal(why(&cluster), "!InsufficientPods: ");
        cluster_deinit(&cluster);
}

/* Two versions of a Rollout and its canary: each is asked for its scale. */
static void test_budgets__of_a_rollout_and_its_canary(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ACTORS);
        create_set(&cluster, "web-1", 3);
        create_set(&cluster, "web-2", 2);
        create_budget(&cluster, "maxUnavailable: 1");
        assert_string_equal(counts(&cluster), "5/4 of 5: 1");
        create_canary(&cluster, 2);
        create_pod(&cluster, "canary-0",
                   owned_by(&cluster, "argo-canary.dev/v1alpha1", "LongLivedCanary", "canary",
                            cluster_get(&cluster, "LongLivedCanary", "canary")->uid));
        assert_string_equal(counts(&cluster), "6/6 of 7: 0");
        create_pod(&cluster, "canary-1",
                   owned_by(&cluster, "argo-canary.dev/v1alpha1", "LongLivedCanary", "canary",
                            cluster_get(&cluster, "LongLivedCanary", "canary")->uid));
        assert_string_equal(counts(&cluster), "7/6 of 7: 1");
        cluster_deinit(&cluster);
}

static void test_budgets__of_a_deployment(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_DEPLOYMENTS);
        cluster_create(&cluster,
                       "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: "
                       "{replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: "
                       "{labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}}");
        cluster_run(&cluster, 100);
        create_budget(&cluster, "maxUnavailable: 1");
        assert_string_equal(counts(&cluster), "3/2 of 3: 1");
        /* A version that does not come up has ReplicaSets of 6 pods, of a Deployment of 3. */
        cluster_patch(&cluster, "Deployment", "web", PART_OBJECT,
                      "{spec: {template: {metadata: {annotations: {llc-sim/never-ready: "
                      "\"true\"}}}}}");
        cluster_run(&cluster, 100);
        assert_string_equal(counts(&cluster), "3/2 of 3: 1");
        cluster_deinit(&cluster);
}

static void test_budgets__fail_where_the_scale_is_not_known(void **state) {
        static const struct {
                const char *api_version, *kind, *why;
        } cases[] = {
                { "v1", "ConfigMap",
                  "!SyncFailed: configmaps does not implement the scale subresource" },
                { "example.dev/v1", "Thong",
                  "!SyncFailed: no matches for kind \"Thong\" in version \"example.dev/v1\"" },
                { "example.dev/v1", "Thing",
                  "!SyncFailed: found no controllers for pod \"canary-0\"" },
                { "apps/v1", "ReplicaSet",
                  "!SyncFailed: found no controllers for pod \"canary-0\"" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct cluster cluster;

                cluster_init(&cluster, ACTORS);
                fixture_things(&cluster.fixture);
                create_set(&cluster, "web-1", 3);
                create_budget(&cluster, "maxUnavailable: 1");
                assert_string_equal(counts(&cluster), "3/2 of 3: 1");
                create_pod(&cluster, "canary-0",
                           owned_by(&cluster, cases[i].api_version, cases[i].kind, "x", "u"));
                assert_string_equal(counts(&cluster), "3/2 of 3: 0");
                assert_string_equal(why(&cluster), cases[i].why);
                cluster_deinit(&cluster);
        }
}

/* Of the same name, but another than the pod's owner. */
static void test_budgets__a_controller_is_known_by_its_uid(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_canary(&cluster, 2);
        create_budget(&cluster, "maxUnavailable: 1");
        create_pod(&cluster, "canary-0",
                   owned_by(&cluster, "argo-canary.dev/v1alpha1", "LongLivedCanary", "canary",
                            "another"));
        assert_string_equal(why(&cluster),
                            "!SyncFailed: found no controllers for pod \"canary-0\"");
        cluster_deinit(&cluster);
}

/* A number of pods needs no scale; a pod of nobody fails nothing and is not expected. */
static void test_budgets__pods_without_a_controller(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_budget(&cluster, "minAvailable: 1");
        create_pod(&cluster, "a", "annotations: {}");
        create_pod(&cluster, "b", "annotations: {}");
        assert_string_equal(counts(&cluster), "2/1 of 2: 1");
        cluster_patch(&cluster, "PodDisruptionBudget", "web", PART_OBJECT,
                      "{spec: {minAvailable: null, maxUnavailable: 1}}");
        assert_string_equal(counts(&cluster), "2/0 of 0: 0");
        assert_string_equal(why(&cluster), "!InsufficientPods: ");
        cluster_deinit(&cluster);
}

static void test_budgets__an_evicted_pod_is_counted_as_gone(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "a", "annotations: {}");
        create_pod(&cluster, "b", "annotations: {}");
        create_budget(&cluster, "minAvailable: 1");
        assert_int_equal(evict(&cluster, "a"), 0);
        assert_string_equal(counts(&cluster), "1/1 of 2: 0");
        assert_int_equal(evict(&cluster, "b"), -1);
        assert_int_equal(cluster.fixture.refusal.code, 429);
        cluster_run(&cluster, 100);
        assert_string_equal(counts(&cluster), "1/1 of 1: 0");
        cluster_assert(&cluster, "PodDisruptionBudget", "web", "status.disruptedPods", "");
        cluster_deinit(&cluster);
}

/* An eviction that was promised and never came does not count for ever. */
static void test_budgets__a_promised_eviction_is_forgotten_after_two_minutes(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "a", "annotations: {}");
        create_pod(&cluster, "b", "annotations: {}");
        create_budget(&cluster, "minAvailable: 1");
        cluster_patch(&cluster, "PodDisruptionBudget", "web", PART_STATUS,
                      "{status: {disruptedPods: {a: '2026-03-01T12:00:00Z', gone: "
                      "'2026-03-01T12:00:00Z'}}}");
        cluster_assert(&cluster, "PodDisruptionBudget", "web", "status.disruptedPods",
                       "{a: '2026-03-01T12:00:00Z'}");
        assert_string_equal(counts(&cluster), "1/1 of 2: 0");
        cluster_run(&cluster, 121000);
        assert_string_equal(counts(&cluster), "2/1 of 2: 1");
        cluster_assert(&cluster, "PodDisruptionBudget", "web", "status.disruptedPods", "");
        cluster_deinit(&cluster);
}

static void test_budgets__the_condition_says_since_when(void **state) {
        struct cluster cluster;
        const char *since;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "a", "annotations: {}");
        create_budget(&cluster, "minAvailable: 0");
        since = cluster_value(&cluster, "PodDisruptionBudget", "web", "status.conditions");
        assert_non_null(strstr(since, "\"lastTransitionTime\":\"2026-03-01T12:00:00Z\""));
        cluster_run(&cluster, 5000);
        create_pod(&cluster, "b", "annotations: {}");
        assert_string_equal(cluster_value(&cluster, "PodDisruptionBudget", "web",
                                          "status.conditions"),
                            since);
        cluster_patch(&cluster, "PodDisruptionBudget", "web", PART_OBJECT,
                      "{spec: {minAvailable: 2}}");
        since = cluster_value(&cluster, "PodDisruptionBudget", "web", "status.conditions");
        assert_non_null(strstr(since, "\"lastTransitionTime\":\"2026-03-01T12:00:05Z\""));
        cluster_deinit(&cluster);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_budgets__what_is_asked_for),
                cmocka_unit_test(test_budgets__nothing_is_allowed_without_pods),
                cmocka_unit_test(test_budgets__of_a_rollout_and_its_canary),
                cmocka_unit_test(test_budgets__of_a_deployment),
                cmocka_unit_test(test_budgets__fail_where_the_scale_is_not_known),
                cmocka_unit_test(test_budgets__a_controller_is_known_by_its_uid),
                cmocka_unit_test(test_budgets__pods_without_a_controller),
                cmocka_unit_test(test_budgets__an_evicted_pod_is_counted_as_gone),
                cmocka_unit_test(test_budgets__a_promised_eviction_is_forgotten_after_two_minutes),
                cmocka_unit_test(test_budgets__the_condition_says_since_when),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
