#include <string.h>

#include "cluster.h"

static const struct actor_type *const ACTORS[] = { &DEPLOYMENTS, &REPLICASETS, &KUBELET, NULL };

static void create(struct cluster *cluster, int replicas) {
        cluster_create(
                cluster,
                arena_printf(&cluster->fixture.arena,
                             "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, "
                             "spec: {replicas: %d, selector: {matchLabels: {app: web}}, "
                             "template: {metadata: {labels: {app: web}}, spec: {containers: "
                             "[{name: c, image: \"i:1\"}]}}}}",
                             replicas));
}

static void set_image(struct cluster *cluster, const char *image) {
        cluster_patch(cluster, "Deployment", "web", PART_OBJECT,
                      arena_printf(&cluster->fixture.arena,
                                   "{spec: {template: {spec: {containers: [{name: c, image: "
                                   "\"%s\"}]}}}}",
                                   image));
}

/* The ReplicaSet with pods; there must be one. */
static const char *active(struct cluster *cluster) {
        const char *pod = cluster_names(cluster, "Pod", "app=web");
        const struct record *record;

        pod = arena_copy(&cluster->fixture.arena, (struct bytes){ pod, strcspn(pod, " ") });
        record = cluster_get(cluster, "Pod", pod);
        assert_non_null(record);
        return arena_printf(&cluster->fixture.arena, "web-%s",
                            record_label(record, "pod-template-hash"));
}

static void test_deployments__have_a_replicaset_of_their_template(void **state) {
        struct cluster cluster;
        const char *set, *hash;

        (void)state;
        cluster_init(&cluster, ACTORS);
        create(&cluster, 2);
        cluster_run(&cluster, 100);
        set = cluster_names(&cluster, "ReplicaSet", "app=web");
        assert_memory_equal(set, "web-", 4);
        hash = set + 4;
        cluster_assert(&cluster, "ReplicaSet", set, "spec.selector",
                       arena_printf(&cluster.fixture.arena,
                                    "{matchLabels: {app: web, pod-template-hash: %s}}", hash));
        cluster_assert(&cluster, "ReplicaSet", set, "spec.template.metadata.labels.app", "web");
        cluster_assert(&cluster, "ReplicaSet", set, "metadata.labels.pod-template-hash", hash);
        assert_string_equal(record_controller(cluster_get(&cluster, "ReplicaSet", set)),
                            cluster_get(&cluster, "Deployment", "web")->uid);
        assert_int_equal(cluster_count(&cluster, "Pod", "app=web"), 2);
        cluster_assert(&cluster, "Deployment", "web", "status.observedGeneration", "1");
        cluster_assert(&cluster, "Deployment", "web", "status.replicas", "2");
        cluster_assert(&cluster, "Deployment", "web", "status.updatedReplicas", "2");
        cluster_assert(&cluster, "Deployment", "web", "status.readyReplicas", "2");
        cluster_assert(&cluster, "Deployment", "web", "status.availableReplicas", "2");
        cluster_assert(&cluster, "Deployment", "web", "status.unavailableReplicas", "");
        assert_string_equal(cluster_condition(&cluster, "Deployment", "web", "Available"),
                            "MinimumReplicasAvailable: Deployment has minimum availability.");
        assert_string_equal(
                cluster_condition(&cluster, "Deployment", "web", "Progressing"),
                arena_printf(&cluster.fixture.arena,
                             "NewReplicaSetAvailable: ReplicaSet \"%s\" has successfully "
                             "progressed.",
                             set));
        cluster_deinit(&cluster);
}

static void test_deployments__a_new_template_takes_over(void **state) {
        struct cluster cluster;
        const char *first;

        (void)state;
        cluster_init(&cluster, ACTORS);
        create(&cluster, 3);
        cluster_run(&cluster, 100);
        first = active(&cluster);
        set_image(&cluster, "i:2");
        cluster_assert(&cluster, "ReplicaSet", first, "spec.replicas", "3");
        cluster_run(&cluster, 100);
        assert_string_not_equal(active(&cluster), first);
        cluster_assert(&cluster, "ReplicaSet", first, "spec.replicas", "0");
        assert_int_equal(cluster_count(&cluster, "Pod", ""), 3);
        cluster_assert(&cluster, "ReplicaSet", active(&cluster), "metadata.annotations",
                       "{deployment.kubernetes.io/revision: \"2\"}");
        cluster_assert(&cluster, "Deployment", "web", "metadata.annotations",
                       "{deployment.kubernetes.io/revision: \"2\"}");
        cluster_deinit(&cluster);
}

static void test_deployments__a_former_template_has_its_replicaset_again(void **state) {
        struct cluster cluster;
        const char *first;

        (void)state;
        cluster_init(&cluster, ACTORS);
        create(&cluster, 1);
        cluster_run(&cluster, 100);
        first = active(&cluster);
        set_image(&cluster, "i:2");
        cluster_run(&cluster, 100);
        set_image(&cluster, "i:1");
        cluster_run(&cluster, 100);
        assert_string_equal(active(&cluster), first);
        assert_int_equal(cluster_count(&cluster, "ReplicaSet", ""), 2);
        cluster_assert(&cluster, "ReplicaSet", first, "metadata.annotations",
                       "{deployment.kubernetes.io/revision: \"3\"}");
        cluster_deinit(&cluster);
}

static void test_deployments__scale(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ACTORS);
        create(&cluster, 0);
        cluster_run(&cluster, 100);
        assert_int_equal(cluster_count(&cluster, "ReplicaSet", ""), 1);
        assert_int_equal(cluster_count(&cluster, "Pod", ""), 0);
        cluster_patch(&cluster, "Deployment", "web", PART_SCALE, "{spec: {replicas: 4}}");
        cluster_run(&cluster, 100);
        assert_int_equal(cluster_count(&cluster, "Pod", ""), 4);
        cluster_deinit(&cluster);
}

static void test_deployments__pods_that_do_not_come_keep_the_old(void **state) {
        struct cluster cluster;
        const char *first;

        (void)state;
        cluster_init(&cluster, ACTORS);
        create(&cluster, 2);
        cluster_run(&cluster, 100);
        first = active(&cluster);
        cluster_patch(&cluster, "Deployment", "web", PART_OBJECT,
                      "{spec: {template: {metadata: {annotations: {llc-sim/never-ready: "
                      "\"true\"}}}}}");
        cluster_run(&cluster, 100000);
        cluster_assert(&cluster, "ReplicaSet", first, "status.availableReplicas", "2");
        cluster_assert(&cluster, "Deployment", "web", "status.replicas", "4");
        cluster_assert(&cluster, "Deployment", "web", "status.updatedReplicas", "2");
        cluster_deinit(&cluster);
}

static void test_deployments__rest_when_nothing_is_to_do(void **state) {
        struct cluster cluster;
        int64_t revision;

        (void)state;
        cluster_init(&cluster, ACTORS);
        create(&cluster, 2);
        cluster_run(&cluster, 1000);
        revision = cluster_revision(&cluster);
        cluster_run(&cluster, 1000000);
        assert_int_equal(cluster_revision(&cluster), revision);
        cluster_deinit(&cluster);
}

/* A namespace that ends takes no ReplicaSets. */
static void test_deployments__what_is_refused_is_tried_later(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, ACTORS);
        cluster_create(&cluster, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
        cluster.fixture.namespace_ = "shop";
        create(&cluster, 1);
        cluster_delete(&cluster, "Namespace", "shop");
        set_image(&cluster, "i:2");
        cluster_run(&cluster, 10000);
        assert_int_equal(cluster_count(&cluster, "ReplicaSet", ""), 1);
        cluster_deinit(&cluster);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_deployments__have_a_replicaset_of_their_template),
                cmocka_unit_test(test_deployments__a_new_template_takes_over),
                cmocka_unit_test(test_deployments__a_former_template_has_its_replicaset_again),
                cmocka_unit_test(test_deployments__scale),
                cmocka_unit_test(test_deployments__pods_that_do_not_come_keep_the_old),
                cmocka_unit_test(test_deployments__rest_when_nothing_is_to_do),
                cmocka_unit_test(test_deployments__what_is_refused_is_tried_later),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
