#include <string.h>

#include "cluster.h"

static const struct actor_type *const ALONE[] = { &ENDPOINTS, NULL };
static const struct actor_type *const WITH_PODS[] = { &ENDPOINTS, &KUBELET, NULL };

enum { PER_SLICE = 100 };

static void create_service(struct cluster *cluster, const char *selector, const char *more) {
        cluster_create(cluster,
                       arena_printf(&cluster->fixture.arena,
                                    "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: "
                                    "{selector: {%s}, %s ports: [{name: http, port: 80, "
                                    "targetPort: http}, {name: admin, port: 81, targetPort: 9001}, "
                                    "{name: none, port: 82, targetPort: none}]}}",
                                    selector, more));
}

static void create_pod(struct cluster *cluster, const char *name, const char *labels,
                       const char *annotations) {
        cluster_create(cluster,
                       arena_printf(&cluster->fixture.arena,
                                    "{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: "
                                    "{%s}, annotations: {%s}}, spec: {containers: [{name: c, "
                                    "image: i, ports: [{name: http, containerPort: 8080}]}]}}",
                                    name, labels, annotations));
}

/* "NAME ready serving terminating" of each endpoint of the slice, with "; " after it. */
static const char *endpoints_of(struct cluster *cluster, const char *slice) {
        JSON_CLEANUP struct json *tree = record_tree(cluster_get(cluster, "EndpointSlice", slice));
        const struct json *endpoints = json_get(tree, "endpoints");
        const char *text = "";

        for (size_t i = 0; i < json_length(endpoints); i++) {
                const struct json *endpoint = json_at(endpoints, i);
                const struct json *conditions = json_get(endpoint, "conditions");

                text = arena_printf(&cluster->fixture.arena, "%s%s%s%s%s; ", text,
                                    json_text_at(json_get(endpoint, "targetRef"), "name"),
                                    json_is_true_at(conditions, "ready") ? " ready" : "",
                                    json_is_true_at(conditions, "serving") ? " serving" : "",
                                    json_is_true_at(conditions, "terminating") ? " terminating"
                                                                               : "");
        }
        return text;
}

static const char *only_slice(struct cluster *cluster) {
        const char *names =
                cluster_names(cluster, "EndpointSlice", "kubernetes.io/service-name=web");

        assert_null(strchr(names, ' '));
        return names;
}

static void test_endpoints__of_pods_that_the_selector_matches(void **state) {
        struct cluster cluster;
        const char *slice;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_service(&cluster, "app: web", "");
        create_pod(&cluster, "a", "app: web, x: \"y\"", "");
        create_pod(&cluster, "b", "app: shop", "");
        cluster_run(&cluster, 100);
        slice = only_slice(&cluster);
        assert_memory_equal(slice, "web-", 4);
        cluster_assert(&cluster, "EndpointSlice", slice, "endpoints",
                       arena_printf(&cluster.fixture.arena,
                                    "[{addresses: [10.244.0.1], conditions: {ready: true, serving: "
                                    "true, terminating: false}, nodeName: sim-node-1, targetRef: "
                                    "{kind: Pod, namespace: default, name: a, uid: %s}}]",
                                    cluster_get(&cluster, "Pod", "a")->uid));
        cluster_assert(&cluster, "EndpointSlice", slice, "ports",
                       "[{name: http, protocol: TCP, port: 8080}, {name: admin, protocol: TCP, "
                       "port: 9001}]");
        cluster_assert(&cluster, "EndpointSlice", slice, "addressType", "IPv4");
        cluster_assert(&cluster, "EndpointSlice", slice, "metadata.labels",
                       "{endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io, "
                       "kubernetes.io/service-name: web}");
        assert_string_equal(record_controller(cluster_get(&cluster, "EndpointSlice", slice)),
                            cluster_get(&cluster, "Service", "web")->uid);
        cluster_deinit(&cluster);
}

static void test_endpoints__a_pod_comes_and_goes(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_service(&cluster, "app: web", "");
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "");
        create_pod(&cluster, "a", "app: web", "llc-sim/never-ready: \"true\"");
        create_pod(&cluster, "b", "app: web", "");
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "");
        cluster_run(&cluster, 100);
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "a; b ready serving; ");
        cluster_delete(&cluster, "Pod", "b");
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)),
                            "a; b serving terminating; ");
        cluster_run(&cluster, 100);
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "a; ");
        cluster_patch(&cluster, "Pod", "a", PART_STATUS, "{status: {phase: Failed}}");
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "");
        cluster_deinit(&cluster);
}

static void test_endpoints__follow_labels_and_selector(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_service(&cluster, "app: web", "");
        create_pod(&cluster, "a", "app: web, hash: blue", "");
        create_pod(&cluster, "b", "app: web, hash: green", "");
        cluster_run(&cluster, 100);
        cluster_patch(&cluster, "Service", "web", PART_OBJECT, "{spec: {selector: {hash: blue}}}");
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "a ready serving; ");
        cluster_patch(&cluster, "Pod", "b", PART_OBJECT, "{metadata: {labels: {hash: blue}}}");
        cluster_patch(&cluster, "Pod", "a", PART_OBJECT, "{metadata: {labels: {hash: red}}}");
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "b ready serving; ");
        cluster_patch(&cluster, "Service", "web", PART_OBJECT, "{spec: {selector: {hash: null}}}");
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)),
                            "a ready serving; b ready serving; ");
        cluster_deinit(&cluster);
}

static void test_endpoints__unready_ones_are_published_on_request(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_service(&cluster, "app: web", "publishNotReadyAddresses: true,");
        create_pod(&cluster, "a", "app: web", "llc-sim/never-ready: \"true\"");
        cluster_run(&cluster, 100);
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "a ready; ");
        cluster_deinit(&cluster);
}

static void test_endpoints__a_service_without_selector_is_left_alone(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_service(&cluster, "", "");
        create_pod(&cluster, "a", "app: web", "");
        cluster_run(&cluster, 100);
        assert_string_equal(cluster_names(&cluster, "EndpointSlice", ""), "");
        cluster_deinit(&cluster);
}

static void test_endpoints__a_slice_that_was_changed_is_put_right(void **state) {
        struct cluster cluster;
        const char *slice;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_service(&cluster, "app: web", "");
        create_pod(&cluster, "a", "app: web", "");
        cluster_run(&cluster, 100);
        slice = only_slice(&cluster);
        cluster_patch(&cluster, "EndpointSlice", slice, PART_OBJECT, "{endpoints: []}");
        assert_string_equal(endpoints_of(&cluster, slice), "a ready serving; ");
        cluster_delete(&cluster, "EndpointSlice", slice);
        assert_string_equal(endpoints_of(&cluster, only_slice(&cluster)), "a ready serving; ");
        cluster_deinit(&cluster);
}

static void test_endpoints__slices_of_others_are_left_alone(void **state) {
        struct cluster cluster;
        int64_t revision;

        (void)state;
        cluster_init(&cluster, ALONE);
        cluster_create(&cluster,
                       "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: "
                       "mine, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, "
                       "endpoints: [{addresses: [10.0.0.1]}]}");
        revision = cluster_get(&cluster, "EndpointSlice", "mine")->revision;
        create_service(&cluster, "app: web", "");
        assert_int_equal(cluster_get(&cluster, "EndpointSlice", "mine")->revision, revision);
        assert_int_equal(cluster_count(&cluster, "EndpointSlice", ""), 2);
        cluster_deinit(&cluster);
}

static void test_endpoints__a_slice_has_a_hundred(void **state) {
        struct cluster cluster;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_service(&cluster, "app: web", "");
        for (int i = 0; i <= PER_SLICE; i++)
                create_pod(&cluster, arena_printf(&cluster.fixture.arena, "p%d", i), "app: web",
                           "");
        cluster_run(&cluster, 100);
        assert_int_equal(cluster_count(&cluster, "EndpointSlice", ""), 2);
        cluster_delete(&cluster, "Pod", "p7");
        cluster_run(&cluster, 100);
        assert_int_equal(cluster_count(&cluster, "EndpointSlice", ""), 1);
        cluster_deinit(&cluster);
}

static void test_endpoints__rest_when_nothing_is_to_do(void **state) {
        struct cluster cluster;
        int64_t revision;

        (void)state;
        cluster_init(&cluster, WITH_PODS);
        create_service(&cluster, "app: web", "");
        create_pod(&cluster, "a", "app: web", "");
        cluster_run(&cluster, 1000);
        revision = cluster_revision(&cluster);
        cluster_run(&cluster, 1000000);
        assert_int_equal(cluster_revision(&cluster), revision);
        cluster_deinit(&cluster);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_endpoints__of_pods_that_the_selector_matches),
                cmocka_unit_test(test_endpoints__a_pod_comes_and_goes),
                cmocka_unit_test(test_endpoints__follow_labels_and_selector),
                cmocka_unit_test(test_endpoints__unready_ones_are_published_on_request),
                cmocka_unit_test(test_endpoints__a_service_without_selector_is_left_alone),
                cmocka_unit_test(test_endpoints__a_slice_that_was_changed_is_put_right),
                cmocka_unit_test(test_endpoints__slices_of_others_are_left_alone),
                cmocka_unit_test(test_endpoints__a_slice_has_a_hundred),
                cmocka_unit_test(test_endpoints__rest_when_nothing_is_to_do),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
