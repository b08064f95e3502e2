#include "fixture.h"

#include <string.h>

static void test_create__server_sets_metadata(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct record *record;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        record = fixture_create(
                &f, configmaps,
                "{metadata: {name: a, uid: u, creationTimestamp: '2020-01-01T00:00:00Z', "
                "generation: 7, deletionTimestamp: '2020-01-01T00:00:00Z', "
                "deletionGracePeriodSeconds: 4, selfLink: s, resourceVersion: x}, data: {k: v}}");
        assert_non_null(record);
        assert_int_equal(strlen(record->uid), 36);
        assert_int_equal(record->revision, storage_revision(f.storage));
        fixture_assert_value(&f, record, "apiVersion", "\"v1\"");
        fixture_assert_value(&f, record, "kind", "\"ConfigMap\"");
        fixture_assert_value(&f, record, "metadata.namespace", "\"default\"");
        fixture_assert_value(&f, record, "metadata.creationTimestamp", "\"2026-03-01T12:00:00Z\"");
        fixture_assert_value(&f, record, "metadata.generation", "7"); /* nobody counts them */
        fixture_assert_value(&f, record, "metadata.deletionTimestamp", "");
        fixture_assert_value(&f, record, "metadata.deletionGracePeriodSeconds", "");
        fixture_assert_value(&f, record, "metadata.selfLink", "");
        fixture_assert_value(&f, record, "data.k", "\"v\"");
        fixture_deinit(&f);
}

static void test_create__name_is_generated(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct record *record, *other;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        record = fixture_create(&f, configmaps, "{metadata: {generateName: g-}}");
        other = fixture_create(&f, configmaps, "{metadata: {generateName: g-}}");
        assert_int_equal(strlen(record->name), 7);
        assert_memory_equal(record->name, "g-", 2);
        assert_string_not_equal(record->name, other->name);
        fixture_assert_value(&f, record, "metadata.generateName", "\"g-\"");

        /* A long one is cut so that the name is one that DNS takes. */
        record = fixture_create(
                &f, configmaps,
                "{metadata: {generateName: "
                "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg-}}");
        assert_int_equal(strlen(record->name), 63);
        fixture_deinit(&f);
}

static void test_create__taken_name_is_a_conflict(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        bool gone;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        fixture_create(&f, configmaps, "{metadata: {name: a, finalizers: [x.io/y]}}");
        fixture_assert_refused(&f, fixture_create(&f, configmaps, "{metadata: {name: a}}"), 409,
                               "configmaps \"a\" already exists");
        assert_string_equal(f.refusal.reason, "AlreadyExists");
        f.options.dry_run = true;
        fixture_assert_refused(&f, fixture_create(&f, configmaps, "{metadata: {name: a}}"), 409,
                               "configmaps \"a\" already exists");
        f.options.dry_run = false;

        fixture_delete(&f, configmaps, "a", &FIXTURE_DELETE, &gone);
        fixture_assert_refused(&f, fixture_create(&f, configmaps, "{metadata: {name: a}}"), 409,
                               "object is being deleted: configmaps \"a\" already exists");
        fixture_deinit(&f);
}

static void test_create__wants_a_name(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        fixture_assert_refused(&f, fixture_create(&f, fixture_kind(&f, "v1", "ConfigMap"), "{}"),
                               422,
                               "ConfigMap \"\" is invalid: metadata.name: Required value: name or "
                               "generateName is required");
        fixture_deinit(&f);
}

static void test_create__wants_a_namespace_that_lives(void **state) {
        struct fixture f;
        const struct kind *configmaps, *namespaces;
        const char *refused = "configmaps \"a\" is forbidden: unable to create new content in "
                              "namespace t because it is being terminated";
        struct json *cause JSON_CLEANUP = NULL;
        bool gone;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        namespaces = fixture_kind(&f, "v1", "Namespace");
        f.namespace_ = "nope";
        fixture_assert_refused(&f, fixture_create(&f, configmaps, "{metadata: {name: a}}"), 404,
                               "namespaces \"nope\" not found");
        assert_string_equal(f.refusal.kind, "namespaces");

        f.namespace_ = "t";
        fixture_create(&f, namespaces, "{metadata: {name: t}}");
        fixture_delete(&f, namespaces, "t", &FIXTURE_DELETE, &gone);
        assert_false(gone);
        fixture_assert_refused(&f, fixture_create(&f, configmaps, "{metadata: {name: a}}"), 403,
                               refused);
        assert_int_equal(json_length(f.refusal.causes), 1);
        cause = fixture_tree("{reason: NamespaceTerminating, message: "
                             "namespace t is being terminated, field: metadata.namespace}");
        assert_true(json_equal(json_at(f.refusal.causes, 0), cause));
        fixture_assert_refused(&f, fixture_create(&f, configmaps, "{metadata: {generateName: a}}"),
                               403, refused);
        fixture_deinit(&f);
}

static void test_create__namespace_of_another_path_is_refused(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        fixture_assert_refused(&f,
                               fixture_create(&f, fixture_kind(&f, "v1", "ConfigMap"),
                                              "{metadata: {name: a, namespace: other}}"),
                               400,
                               "the namespace of the provided object does not match the namespace "
                               "sent on the request");
        fixture_deinit(&f);
}

static void test_create__version_may_not_be_set(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        fixture_assert_refused(&f,
                               fixture_create(&f, fixture_kind(&f, "v1", "ConfigMap"),
                                              "{metadata: {name: a, resourceVersion: '1'}}"),
                               500, "resourceVersion should not be set on objects to be created");
        fixture_deinit(&f);
}

static void test_create__dry_run_stores_nothing(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct record *record;
        int64_t revision;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        revision = storage_revision(f.storage);
        f.options.dry_run = true;
        record = fixture_create(&f, configmaps, "{metadata: {name: a}}");
        fixture_assert_value(&f, record, "metadata.name", "\"a\"");
        fixture_assert_value(&f, record, "metadata.resourceVersion", "");
        assert_int_equal(storage_revision(f.storage), revision);
        fixture_assert_refused(&f, fixture_get(&f, configmaps, "a"), 404,
                               "configmaps \"a\" not found");
        fixture_deinit(&f);
}

static void test_create__custom_resource_has_defaults_and_no_status(void **state) {
        struct fixture f;
        struct record *record;

        (void)state;
        fixture_init(&f);
        record = fixture_create(&f, fixture_things(&f),
                                "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a}, "
                                "spec: {replicas: 2}, status: {phase: X}}");
        fixture_assert_value(&f, record, "spec", "{\"replicas\":2,\"paused\":false}");
        fixture_assert_value(&f, record, "status", "");
        fixture_assert_value(&f, record, "metadata.generation", "1");
        fixture_deinit(&f);
}

static void test_create__owners_are_said_once(void **state) {
        struct fixture f;
        struct record *record;
        static const char OWNER[] = "{apiVersion: v1, kind: Secret, name: o, uid: u1}";

        (void)state;
        fixture_init(&f);
        record = fixture_create(&f, fixture_kind(&f, "v1", "ConfigMap"),
                                arena_printf(&f.arena,
                                             "{metadata: {name: a, ownerReferences: [%s, %s]}}",
                                             OWNER, OWNER));
        fixture_assert_value(&f, record, "metadata.ownerReferences",
                             "[{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"name\":\"o\",\"uid\":"
                             "\"u1\"}]");
        assert_int_equal(f.warnings.n, 1);
        assert_non_null(strstr(f.warnings.items[0], "duplicate UID(s) observed: u1"));
        fixture_deinit(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_create__server_sets_metadata),
                cmocka_unit_test(test_create__name_is_generated),
                cmocka_unit_test(test_create__taken_name_is_a_conflict),
                cmocka_unit_test(test_create__wants_a_name),
                cmocka_unit_test(test_create__wants_a_namespace_that_lives),
                cmocka_unit_test(test_create__namespace_of_another_path_is_refused),
                cmocka_unit_test(test_create__version_may_not_be_set),
                cmocka_unit_test(test_create__dry_run_stores_nothing),
                cmocka_unit_test(test_create__custom_resource_has_defaults_and_no_status),
                cmocka_unit_test(test_create__owners_are_said_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
