#include <string.h>

#include "cluster.h"

static const struct actor_type *const ALONE[] = { &REPLICASETS, NULL };
static const struct actor_type *const WITH_PODS[] = { &REPLICASETS, &KUBELET, NULL };

#define POD_SPEC "spec: {containers: [{name: c, image: i}]}"

static void create_set(struct cluster *cluster, const char *name, int replicas, const char *more) {
        cluster_create(cluster,
                       arena_printf(&cluster->fixture.arena,
                                    "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: %s}, "
                                    "spec: {replicas: %d, selector: {matchLabels: {app: %s}}, %s "
                                    "template: {metadata: {labels: {app: %s}}, " POD_SPEC "}}}",
                                    name, replicas, name, more, name));
}

/* A pod of the test's own making; status as flow YAML. */
static void create_pod(struct cluster *cluster, const char *name, const char *metadata,
                       const char *node, const char *status) {
        cluster_create(cluster,
                       arena_printf(&cluster->fixture.arena,
                                    "{apiVersion: v1, kind: Pod, metadata: {name: %s, %s}, spec: "
                                    "{nodeName: \"%s\", containers: [{name: c, image: i}]}}",
                                    name, metadata, node));
        if (*status)
                cluster_patch(cluster, "Pod", name, PART_STATUS,
                              arena_printf(&cluster->fixture.arena, "{status: %s}", status));
}

static void test_replicasets__make_what_is_missing(void **state) {
        struct cluster cluster;
        const char *name;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_set(&cluster, "web", 2, "");
        assert_int_equal(cluster_count(&cluster, "Pod", "app=web"), 2);
        name = cluster_names(&cluster, "Pod", "");
        name = arena_copy(&cluster.fixture.arena, (struct bytes){ name, strcspn(name, " ") });
        assert_memory_equal(name, "web-", 4);
        assert_int_equal(strlen(name), strlen("web-xxxxx"));
        cluster_assert(&cluster, "Pod", name, "metadata.generateName", "\"web-\"");
        assert_string_equal(
                cluster_value(&cluster, "Pod", name, "metadata.ownerReferences"),
                arena_printf(
                        &cluster.fixture.arena,
                        "[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"web\","
                        "\"uid\":\"%s\",\"controller\":true,\"blockOwnerDeletion\":true}]",
                        cluster_get(&cluster, "ReplicaSet", "web")->uid));
        cluster_assert(&cluster, "ReplicaSet", "web", "status",
                       "{\"replicas\":2,\"fullyLabeledReplicas\":2,\"observedGeneration\":1}");
        cluster_deinit(&cluster);
}

static void test_replicasets__replace_a_pod_that_goes(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_set(&cluster, "web", 1, "");
        cluster_delete(&cluster, "Pod", cluster_names(&cluster, "Pod", ""));
        assert_int_equal(cluster_count(&cluster, "Pod", "app=web"), 1);
        cluster_patch(&cluster, "Pod", cluster_names(&cluster, "Pod", ""), PART_STATUS,
                      "{status: {phase: Failed}}");
        assert_int_equal(cluster_count(&cluster, "Pod", "app=web"), 2);
        cluster_assert(&cluster, "ReplicaSet", "web", "status.replicas", "1");
        cluster_deinit(&cluster);
}

static void test_replicasets__count_what_is_ready(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_set(&cluster, "web", 3, "");
        cluster_run(&cluster, 100);
        cluster_assert(&cluster, "ReplicaSet", "web", "status",
                       "{\"replicas\":3,\"fullyLabeledReplicas\":3,\"observedGeneration\":1,"
                       "\"readyReplicas\":3,\"availableReplicas\":3}");
        cluster_patch(&cluster, "ReplicaSet", "web", PART_OBJECT, "{spec: {replicas: 0}}");
        cluster_run(&cluster, 100);
        assert_string_equal(cluster_names(&cluster, "Pod", ""), "");
        cluster_assert(&cluster, "ReplicaSet", "web", "status",
                       "{\"replicas\":0,\"observedGeneration\":2}");
        cluster_deinit(&cluster);
}

static void test_replicasets__rest_when_nothing_is_to_do(void **state) {
        struct cluster cluster;
        int64_t revision;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_set(&cluster, "web", 3, "");
        cluster_run(&cluster, 1000);
        revision = cluster_revision(&cluster);
        cluster_run(&cluster, 1000000);
        assert_int_equal(cluster_revision(&cluster), revision);
        cluster_deinit(&cluster);
}

static void test_replicasets__a_pod_is_available_after_min_ready_seconds(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_set(&cluster, "web", 1, "minReadySeconds: 10,");
        cluster_run(&cluster, 9900);
        cluster_assert(&cluster, "ReplicaSet", "web", "status.readyReplicas", "1");
        cluster_assert(&cluster, "ReplicaSet", "web", "status.availableReplicas", "");
        cluster_run(&cluster, 200);
        cluster_assert(&cluster, "ReplicaSet", "web", "status.availableReplicas", "1");
        cluster_deinit(&cluster);
}

/* The hazard: a canary's pod with the labels of production and no owner costs a pod, mostly itself. */
static void test_replicasets__a_bare_pod_is_adopted_and_is_too_much(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_set(&cluster, "web", 2, "");
        cluster_run(&cluster, 100000);
        create_pod(&cluster, "canary", "labels: {app: web}", "", "");
        cluster_run(&cluster, 1000);
        assert_null(cluster_get(&cluster, "Pod", "canary"));
        assert_int_equal(cluster_count(&cluster, "Pod", "app=web"), 2);
        cluster_deinit(&cluster);
}

static void test_replicasets__a_bare_pod_is_adopted_where_one_is_missing(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "bare", "labels: {app: web, more: words}", "", "");
        create_set(&cluster, "web", 2, "");
        assert_int_equal(cluster_count(&cluster, "Pod", ""), 2);
        assert_string_equal(record_controller(cluster_get(&cluster, "Pod", "bare")),
                            cluster_get(&cluster, "ReplicaSet", "web")->uid);
        cluster_deinit(&cluster);
}

static void test_replicasets__a_pod_of_somebody_else_is_left_alone(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_set(&cluster, "web", 2, "");
        create_pod(&cluster, "canary",
                   "labels: {app: web}, ownerReferences: [{apiVersion: argo-canary.dev/v1alpha1, "
                   "kind: LongLivedCanary, name: c, uid: u, controller: true}]",
                   "", "");
        cluster_run(&cluster, 1000);
        assert_int_equal(cluster_count(&cluster, "Pod", ""), 3);
        assert_string_equal(record_controller(cluster_get(&cluster, "Pod", "canary")), "u");
        cluster_assert(&cluster, "ReplicaSet", "web", "status.replicas", "2");
        cluster_deinit(&cluster);
}

/* Relabelled after it was adopted, a pod is let go and, matching another, taken by that. */
static void test_replicasets__a_pod_that_matches_no_more_is_released(void **state) {
        struct cluster cluster;
        const char *name;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_set(&cluster, "blue", 1, "");
        create_set(&cluster, "green", 0, "");
        name = cluster_names(&cluster, "Pod", "");
        cluster_patch(&cluster, "Pod", name, PART_OBJECT, "{metadata: {labels: {app: none}}}");
        cluster_assert(&cluster, "Pod", name, "metadata.ownerReferences", "");
        assert_int_equal(cluster_count(&cluster, "Pod", "app=blue"), 1);
        cluster_patch(&cluster, "ReplicaSet", "green", PART_OBJECT, "{spec: {replicas: 1}}");
        assert_int_equal(cluster_count(&cluster, "Pod", "app=green"), 1);
        cluster_deinit(&cluster);
}

static void test_replicasets__a_released_pod_keeps_its_other_owners(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_pod(&cluster, "bare",
                   "labels: {app: web}, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: "
                   "c, uid: u}]",
                   "", "");
        create_set(&cluster, "web", 1, "");
        assert_non_null(record_controller(cluster_get(&cluster, "Pod", "bare")));
        cluster_patch(&cluster, "Pod", "bare", PART_OBJECT, "{metadata: {labels: {app: null}}}");
        cluster_assert(
                &cluster, "Pod", "bare", "metadata.ownerReferences",
                "[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"c\",\"uid\":\"u\"}]");
        cluster_deinit(&cluster);
}

static void test_replicasets__one_that_is_going_touches_no_pod(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        create_set(&cluster, "web", 1, "");
        cluster_patch(&cluster, "ReplicaSet", "web", PART_OBJECT,
                      "{metadata: {finalizers: [example.dev/wait]}}");
        cluster_delete(&cluster, "ReplicaSet", "web");
        create_pod(&cluster, "bare", "labels: {app: web}", "", "");
        assert_int_equal(cluster_count(&cluster, "Pod", "app=web"), 2);
        cluster_assert(&cluster, "Pod", "bare", "metadata.ownerReferences", "");
        cluster_deinit(&cluster);
}

/* A namespace that ends takes no new pods: it must not ask without end. */
static void test_replicasets__what_is_refused_is_tried_later(void **state) {
        struct cluster cluster;
        int64_t revision;

        (void)state;
        cluster_init(&cluster, ALONE);
        cluster_create(&cluster, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
        cluster.fixture.namespace_ = "shop";
        create_set(&cluster, "web", 1, "");
        cluster_delete(&cluster, "Namespace", "shop");
        cluster_patch(&cluster, "ReplicaSet", "web", PART_OBJECT, "{spec: {replicas: 2}}");
        revision = cluster_revision(&cluster);
        cluster_run(&cluster, 10000);
        assert_int_equal(cluster_revision(&cluster), revision);
        cluster_deinit(&cluster);
}

/* Of two pods, made by the test, one goes. */
static void assert_stays(const char *a_metadata, const char *a_node, const char *a_status,
                         const char *b_metadata, const char *b_node, const char *b_status,
                         const char *stays) {
        struct cluster cluster;

        cluster_init(&cluster, ALONE);
        cluster_run(&cluster, 3600000);
        create_pod(&cluster, "a",
                   arena_printf(&cluster.fixture.arena, "labels: {app: web}%s", a_metadata), a_node,
                   a_status);
        create_pod(&cluster, "b",
                   arena_printf(&cluster.fixture.arena, "labels: {app: web}%s", b_metadata), b_node,
                   b_status);
        create_set(&cluster, "web", 1, "");
        cluster_run(&cluster, 100000);
        for (const char *name = "a"; name; name = *name == 'a' ? "b" : NULL) {
                const struct record *pod = cluster_get(&cluster, "Pod", name);

                if (*name == *stays)
                        assert_false(pod->deleting);
                else
                        assert_true(!pod || pod->deleting);
        }
        cluster_deinit(&cluster);
}

#define READY_AT(time)                                                                             \
        "{phase: Running, conditions: [{type: Ready, status: \"True\", lastTransitionTime: "       \
        "\"" time "\"}]}"
#define READY_LATE  READY_AT("2026-03-01T12:59:59Z")
#define READY_EARLY READY_AT("2026-03-01T12:01:00Z")
#define RESTARTED                                                                                  \
        "{phase: Running, containerStatuses: [{name: c, image: i, imageID: i, ready: false, "      \
        "restartCount: 3}]}"

static void test_replicasets__which_pod_goes_first(void **state) {
        (void)state;
        /* Without a node; pending; not ready. */
        assert_stays("", "", "", "", "n", "", "b");
        assert_stays("", "n", READY_EARLY, "", "", READY_EARLY, "a");
        assert_stays("", "n", "", "", "n", "{phase: Running}", "b");
        assert_stays("", "n", "{phase: Running}", "", "n", READY_LATE, "b");
        /* Cheaper to delete; ready for a shorter time, by its order of magnitude. */
        assert_stays("", "n", READY_EARLY,
                     ", annotations: {controller.kubernetes.io/pod-deletion-cost: \"5\"}", "n",
                     READY_LATE, "b");
        assert_stays("", "n", READY_EARLY, "", "n", READY_LATE, "a");
        assert_stays("", "n", READY_LATE, "", "n", READY_EARLY, "b");
        /* Restarted more often. */
        assert_stays("", "n", RESTARTED, "", "n", "{phase: Running}", "b");
}

static void test_replicasets__a_doubled_up_pod_goes_first(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ALONE);
        cluster_run(&cluster, 3600000);
        create_pod(&cluster, "a", "labels: {app: web}", "n1", READY_LATE);
        create_pod(&cluster, "b", "labels: {app: web}", "n2", READY_EARLY);
        create_pod(&cluster, "c", "labels: {app: web}", "n2", READY_EARLY);
        create_set(&cluster, "web", 1, "");
        assert_false(cluster_get(&cluster, "Pod", "a")->deleting);
        assert_int_equal(cluster_count(&cluster, "Pod", ""), 1);
        cluster_deinit(&cluster);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_replicasets__make_what_is_missing),
                cmocka_unit_test(test_replicasets__replace_a_pod_that_goes),
                cmocka_unit_test(test_replicasets__count_what_is_ready),
                cmocka_unit_test(test_replicasets__rest_when_nothing_is_to_do),
                cmocka_unit_test(test_replicasets__a_pod_is_available_after_min_ready_seconds),
                cmocka_unit_test(test_replicasets__a_bare_pod_is_adopted_and_is_too_much),
                cmocka_unit_test(test_replicasets__a_bare_pod_is_adopted_where_one_is_missing),
                cmocka_unit_test(test_replicasets__a_pod_of_somebody_else_is_left_alone),
                cmocka_unit_test(test_replicasets__a_pod_that_matches_no_more_is_released),
                cmocka_unit_test(test_replicasets__a_released_pod_keeps_its_other_owners),
                cmocka_unit_test(test_replicasets__one_that_is_going_touches_no_pod),
                cmocka_unit_test(test_replicasets__what_is_refused_is_tried_later),
                cmocka_unit_test(test_replicasets__which_pod_goes_first),
                cmocka_unit_test(test_replicasets__a_doubled_up_pod_goes_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
