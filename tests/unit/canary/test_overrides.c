#include "overrides.h"

#include <string.h>

#include "fixture.h"

/* Pinned: another hash would replace every canary pod on upgrade. */
static void test_overrides__hash_never_changes(void **state) {
        struct fixture *f = *state;

        assert_string_equal(overrides_hash(&f->spec, &f->arena), "e3ba96b86fa5d24d");
}

static void test_overrides__hash_knows_only_what_changes_the_pod(void **state) {
        struct fixture *f = *state;
        const char *hash = overrides_hash(&f->spec, &f->arena);

        f->spec.replicas = 7;
        f->rollout_ref.name = "other";
        assert_string_equal(overrides_hash(&f->spec, &f->arena), hash);
        f->spec.image = "registry/checkout:jdk22";
        assert_string_not_equal(overrides_hash(&f->spec, &f->arena), hash);
}

static void test_overrides__hash_ignores_the_order_of_containers(void **state) {
        const struct llc_container one[] = { { .name = "app", .image = "a:1" },
                                             { .name = "proxy", .image = "p:1" } };
        const struct llc_container two[] = { { .name = "proxy", .image = "p:1" },
                                             { .name = "app", .image = "a:1" } };
        struct fixture *f = *state;
        const char *hash;

        f->spec.image = NULL;
        f->spec.containers = one;
        f->spec.n_containers = 2;
        hash = overrides_hash(&f->spec, &f->arena);
        f->spec.containers = two;
        assert_string_equal(overrides_hash(&f->spec, &f->arena), hash);
        assert_string_equal(two[0].name, "proxy");
}

static void test_overrides__images_are_joined(void **state) {
        const struct llc_container containers[] = { { .name = "app", .image = "a:1" },
                                                    { .name = "x" },
                                                    { .name = "p", .image = "p:1" } };
        struct fixture *f = *state;

        assert_string_equal(overrides_image(&f->spec, &f->arena), "registry/checkout:jdk21");
        f->spec.image = NULL;
        assert_null(overrides_image(&f->spec, &f->arena));
        f->spec.containers = containers;
        f->spec.n_containers = 3;
        assert_string_equal(overrides_image(&f->spec, &f->arena), "a:1,p:1");
}

static struct json *pod_spec_with_containers(size_t n) {
        struct json *spec = json_new_object();
        struct json *containers = json_new_array();

        for (size_t i = 0; i < n; i++) {
                struct json *container = json_new_object();

                json_set_str(container, "name", "a-container-with-a-long-name-to-fill-messages");
                json_append(containers, container);
        }
        json_set(spec, "containers", containers);
        return spec;
}

static void test_overrides__long_lists_of_names_are_cut(void **state) {
        JSON_CLEANUP struct json *spec = pod_spec_with_containers(500);
        struct fixture *f = *state;
        struct err err;

        assert_int_equal(overrides_apply(&f->spec, spec, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, "spec.image: the template has 500 containers"));
        assert_non_null(strstr(err.msg, "say which one under spec.containers"));
}

static void test_overrides__no_container_at_all_is_invalid(void **state) {
        JSON_CLEANUP struct json *spec = pod_spec_with_containers(0);
        struct fixture *f = *state;
        struct err err;

        assert_int_equal(overrides_apply(&f->spec, spec, &err), -1);
}

static void test_overrides__a_container_without_image_stays_as_it_is(void **state) {
        const struct llc_container container = {
                .name = "a-container-with-a-long-name-to-fill-messages"
        };
        JSON_CLEANUP struct json *spec = pod_spec_with_containers(1);
        struct fixture *f = *state;
        struct err err;

        f->spec.image = NULL;
        f->spec.containers = &container;
        f->spec.n_containers = 1;
        assert_int_equal(overrides_apply(&f->spec, spec, &err), 0);
        assert_false(json_has(json_at(json_get(spec, "containers"), 0), "image"));
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_overrides__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(hash_never_changes),
                FIXTURE_TEST(hash_knows_only_what_changes_the_pod),
                FIXTURE_TEST(hash_ignores_the_order_of_containers),
                FIXTURE_TEST(images_are_joined),
                FIXTURE_TEST(long_lists_of_names_are_cut),
                FIXTURE_TEST(no_container_at_all_is_invalid),
                FIXTURE_TEST(a_container_without_image_stays_as_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
