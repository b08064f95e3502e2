#include "cluster.h"

static const struct actor_type *const TYPES[] = { &DEFINITIONS, NULL };

static const char DEFINITION[] =
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "
        "items.example.dev}, spec: {group: example.dev, scope: Namespaced, names: {plural: items, "
        "kind: Item}, versions: [{name: v1, served: true, storage: true, schema: "
        "{openAPIV3Schema: {type: object}}}]}}";
static const char NAME[] = "items.example.dev", KIND[] = "CustomResourceDefinition";

static int setup(void **state) {
        static struct cluster cluster;

        cluster_init(&cluster, TYPES);
        cluster_create(&cluster, DEFINITION);
        *state = &cluster;
        return 0;
}

static int teardown(void **state) {
        cluster_deinit(*state);
        return 0;
}

static bool is_there(const struct cluster *cluster) {
        return kinds_find(cluster->fixture.kinds, "example.dev", "v1", "items") != NULL;
}

static void test_definitions__go_with_their_objects(void **state) {
        struct cluster *cluster = *state;
        const struct kind *kind;

        cluster_create(cluster, "{apiVersion: example.dev/v1, kind: Item, metadata: {name: a}}\n"
                                "---\n"
                                "{apiVersion: example.dev/v1, kind: Item, metadata: {name: b}}\n");
        kind = cluster_kind(cluster, "Item");
        assert_int_equal(collection_count(kind->objects), 2);
        cluster_delete(cluster, KIND, NAME);
        assert_null(cluster_get(cluster, KIND, NAME));
        assert_false(is_there(cluster));
}

static void test_definitions__without_objects_go_at_once(void **state) {
        struct cluster *cluster = *state;

        assert_true(is_there(cluster));
        cluster_delete(cluster, KIND, NAME);
        assert_null(cluster_get(cluster, KIND, NAME));
        assert_false(is_there(cluster));
}

static void test_definitions__wait_for_finalizers(void **state) {
        struct cluster *cluster = *state;

        cluster_create(cluster, "{apiVersion: example.dev/v1, kind: Item, metadata: {name: a, "
                                "finalizers: [example.dev/x]}}\n"
                                "---\n"
                                "{apiVersion: example.dev/v1, kind: Item, metadata: {name: b}}\n");
        cluster_delete(cluster, KIND, NAME);
        assert_non_null(cluster_get(cluster, KIND, NAME));
        assert_true(cluster_get(cluster, "Item", "a")->deleting);
        assert_null(cluster_get(cluster, "Item", "b"));
        cluster_run(cluster, 60000);
        assert_true(is_there(cluster));
        cluster_patch(cluster, "Item", "a", PART_OBJECT, "{metadata: {finalizers: null}}");
        assert_null(cluster_get(cluster, KIND, NAME));
        assert_false(is_there(cluster));
}

static void test_definitions__wait_for_finalizers_of_their_own(void **state) {
        struct cluster *cluster = *state;

        cluster_patch(cluster, KIND, NAME, PART_OBJECT,
                      "{metadata: {finalizers: [example.dev/keep]}}");
        cluster_delete(cluster, KIND, NAME);
        cluster_assert(cluster, KIND, NAME, "metadata.finalizers", "[\"example.dev/keep\"]");
        cluster_patch(cluster, KIND, NAME, PART_OBJECT, "{metadata: {finalizers: null}}");
        assert_null(cluster_get(cluster, KIND, NAME));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                WITH(test_definitions__go_with_their_objects),
                WITH(test_definitions__without_objects_go_at_once),
                WITH(test_definitions__wait_for_finalizers),
                WITH(test_definitions__wait_for_finalizers_of_their_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
