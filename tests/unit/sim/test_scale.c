#include "fixture.h"

#include <string.h>

static const struct kind *deployment(struct fixture *f) {
        const struct kind *deployments = fixture_kind(f, "apps/v1", "Deployment");

        if (!fixture_create(
                    f, deployments,
                    "{metadata: {name: d}, spec: {replicas: 2, selector: {matchLabels: {b: c, "
                    "a: b}, matchExpressions: [{key: aa, operator: In, values: [w, v]}, {key: "
                    "z, operator: DoesNotExist}]}, template: {metadata: {labels: {a: b, b: c, "
                    "aa: v}}, spec: {containers: [{name: c, image: i}]}}}}"))
                fail_msg("%s", f->refusal.message);
        f->options.part = PART_SCALE;
        return deployments;
}

static const struct kind *thing(struct fixture *f, const char *spec) {
        const struct kind *things = fixture_things(f);

        assert_non_null(fixture_create(
                f, things,
                arena_printf(&f->arena,
                             "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a}, spec: "
                             "{%s}}",
                             spec)));
        f->options.part = PART_SCALE;
        return things;
}

static void test_scale__shows_what_it_stands_for(void **state) {
        struct fixture f;
        const struct kind *deployments;
        struct json *scale JSON_CLEANUP = NULL, *expected JSON_CLEANUP = NULL;
        struct record *record;

        (void)state;
        fixture_init(&f);
        deployments = deployment(&f);
        record = fixture_get(&f, deployments, "d");
        assert_int_equal(verb_scale_get(&f.sim, deployments, "default", "d", &scale, &f.refusal),
                         0);
        expected = fixture_tree(
                arena_printf(&f.arena,
                             "{kind: Scale, apiVersion: autoscaling/v1, metadata: {name: d, "
                             "namespace: default, uid: %s, resourceVersion: '%lld', "
                             "creationTimestamp: '2026-03-01T12:00:00Z'}, spec: {replicas: 2}, "
                             "status: {replicas: 0, selector: 'a=b,aa in (v,w),b=c,!z'}}",
                             record->uid, (long long)record->revision));
        assert_true(json_equal(scale, expected));
        fixture_deinit(&f);
}

static void test_scale__is_written_into_the_object(void **state) {
        struct fixture f;
        const struct kind *deployments;
        struct record *record;

        (void)state;
        fixture_init(&f);
        deployments = deployment(&f);
        record = fixture_update(&f, deployments, "d", "{metadata: {name: d}, spec: {replicas: 5}}");
        fixture_assert_value(&f, record, "spec.replicas", "5");
        fixture_assert_value(&f, record, "metadata.generation", "2");
        fixture_assert_value(&f, record, "kind", "\"Deployment\"");
        record = fixture_patch(&f, deployments, "d", PATCH_MERGE, "{spec: {replicas: null}}");
        fixture_assert_value(&f, record, "spec.replicas", "0");
        record = fixture_patch(&f, deployments, "d", PATCH_JSON,
                               "[{op: add, path: /spec/replicas, value: 4}]");
        fixture_assert_value(&f, record, "spec.replicas", "4");
        record = fixture_patch(&f, deployments, "d", PATCH_STRATEGIC, "{spec: {replicas: 3}}");
        fixture_assert_value(&f, record, "spec.replicas", "3");
        fixture_deinit(&f);
}

static void test_scale__of_a_built_in_kind_is_refused(void **state) {
        struct fixture f;
        const struct kind *deployments;
        const char *uid;

        (void)state;
        fixture_init(&f);
        deployments = deployment(&f);
        uid = fixture_get(&f, deployments, "d")->uid;
        fixture_assert_refused(
                &f,
                fixture_update(&f, deployments, "d", "{metadata: {name: d}, spec: {replicas: -1}}"),
                422,
                "Scale.autoscaling \"d\" is invalid: spec.replicas: Invalid value: -1: must be "
                "greater than or equal to 0");
        fixture_assert_refused(&f, fixture_update(&f, deployments, "d", "{metadata: {name: z}}"),
                               400,
                               "the name of the object (z) does not match the name on the URL (d)");
        fixture_assert_refused(
                &f,
                fixture_update(&f, deployments, "d", "{metadata: {name: d, resourceVersion: '1'}}"),
                409,
                "Operation cannot be fulfilled on deployments.apps \"d\": the object has been "
                "modified; please apply your changes to the latest version and try again");
        fixture_assert_refused(
                &f, fixture_update(&f, deployments, "d", "{metadata: {name: d, uid: wrong}}"), 409,
                arena_printf(
                        &f.arena,
                        "Operation cannot be fulfilled on deployments.apps \"d\": StorageError: "
                        "invalid object, Code: 4, Key: /registry/deployments/default/d, "
                        "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
                        "precondition: wrong, UID in object meta: %s",
                        uid));
        fixture_assert_refused(
                &f, fixture_patch(&f, deployments, "d", PATCH_MERGE, "{metadata: {uid: wrong}}"),
                409,
                arena_printf(&f.arena,
                             "Operation cannot be fulfilled on deployments/scale.apps \"d\": "
                             "Precondition failed: UID in precondition: wrong, UID in object meta: "
                             "%s",
                             uid));
        fixture_assert_refused(&f,
                               fixture_patch(&f, deployments, "e", PATCH_MERGE,
                                             "{spec: {replicas: 1}}"),
                               404, "deployments.apps \"e\" not found");
        assert_null(fixture_patch(&f, deployments, "d", PATCH_MERGE, "{spec: {replicas: x}}"));
        assert_int_equal(f.refusal.code, 422);
        assert_non_null(strstr(f.refusal.message, "json: cannot unmarshal string into Go struct "
                                                  "field Scale.spec.replicas of type"));
        fixture_deinit(&f);
}

static void test_scale__of_a_custom_resource(void **state) {
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = thing(&f, "replicas: 2");
        fixture_assert_value(&f,
                             fixture_patch(&f, things, "a", PATCH_MERGE, "{spec: {replicas: 3}}"),
                             "spec.replicas", "3");
        /* It need not say a version, where an update of the object must. */
        fixture_assert_value(&f,
                             fixture_update(&f, things, "a",
                                            "{metadata: {name: a}, spec: {replicas: 4}}"),
                             "spec.replicas", "4");
        fixture_assert_refused(&f,
                               fixture_update(&f, things, "a",
                                              "{metadata: {name: a}, spec: {replicas: -3}}"),
                               422,
                               "Thing.example.dev \"a\" is invalid: .spec.replicas: Invalid value: "
                               "-3: should be a "
                               "non-negative integer");
        f.options.part = PART_OBJECT;
        fixture_assert_refused(
                &f, fixture_patch(&f, things, "a", PATCH_MERGE, "{spec: {replicas: 1.5}}"), 422,
                "Thing.example.dev \"a\" is invalid: [spec.replicas: Invalid value: "
                "\"number\": spec.replicas in body must be of type integer: "
                "\"number\", .spec.replicas: Invalid value: 0: .spec.replicas "
                "accessor error: 1.5 is of the type float64, expected int64]");
        fixture_deinit(&f);
}

static void test_scale__of_a_custom_resource_without_replicas(void **state) {
        struct fixture f;
        const struct kind *things;
        struct json *scale = NULL;

        (void)state;
        fixture_init(&f);
        things = thing(&f, "size: 1");
        assert_int_equal(verb_scale_get(&f.sim, things, "default", "a", &scale, &f.refusal), -1);
        assert_int_equal(f.refusal.code, 500);
        assert_string_equal(f.refusal.message, "Internal error occurred: the spec replicas field "
                                               "\".spec.replicas\" does not exist");
        fixture_assert_refused(&f,
                               fixture_patch(&f, things, "a", PATCH_MERGE,
                                             "{metadata: {labels: {a: b}}}"),
                               400, "the spec replicas field \".spec.replicas\" cannot be empty");
        fixture_assert_value(&f,
                             fixture_patch(&f, things, "a", PATCH_MERGE, "{spec: {replicas: 1}}"),
                             "spec.replicas", "1");
        fixture_deinit(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_scale__shows_what_it_stands_for),
                cmocka_unit_test(test_scale__is_written_into_the_object),
                cmocka_unit_test(test_scale__of_a_built_in_kind_is_refused),
                cmocka_unit_test(test_scale__of_a_custom_resource),
                cmocka_unit_test(test_scale__of_a_custom_resource_without_replicas),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
