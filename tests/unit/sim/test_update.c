#include "fixture.h"

#include <string.h>

static void test_update__stale_version_is_a_conflict(void **state) {
        struct fixture f;
        const struct kind *configmaps;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        fixture_create(&f, configmaps, "{metadata: {name: a}}");
        fixture_assert_refused(
                &f,
                fixture_update(&f, configmaps, "a", "{metadata: {name: a, resourceVersion: '1'}}"),
                409,
                "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; "
                "please apply your changes to the latest version and try again");
        fixture_assert_refused(&f,
                               fixture_update(&f, configmaps, "a",
                                              "{metadata: {name: a, resourceVersion: x}}"),
                               500, "strconv.ParseUint: parsing \"x\": invalid syntax");
        assert_string_equal(f.refusal.reason, "");
        /* Without one, whatever is there is replaced. */
        fixture_assert_value(&f,
                             fixture_update(&f, configmaps, "a",
                                            "{metadata: {name: a}, data: {k: v}}"),
                             "data.k", "\"v\"");
        fixture_deinit(&f);
}

static void test_update__custom_resource_must_say_a_version(void **state) {
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = fixture_things(&f);
        fixture_create(&f, things,
                       "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a}}");
        fixture_assert_refused(&f,
                               fixture_update(&f, things, "a",
                                              "{apiVersion: example.dev/v1, kind: Thing, metadata: "
                                              "{name: a}}"),
                               422,
                               "things.example.dev \"a\" is invalid: metadata.resourceVersion: "
                               "Invalid value: 0: must be specified for an update");
        assert_string_equal(f.refusal.kind, "things");
        fixture_deinit(&f);
}

static void test_update__other_uid_is_a_conflict(void **state) {
        struct fixture f;
        const struct kind *kind;
        struct record *record;

        (void)state;
        fixture_init(&f);
        kind = fixture_kind(&f, "v1", "Service");
        record = fixture_create(&f, kind, "{metadata: {name: s}, spec: {ports: [{port: 80}]}}");
        fixture_assert_refused(
                &f, fixture_update(&f, kind, "s", "{metadata: {name: s, uid: u1}}"), 409,
                arena_printf(&f.arena,
                             "Operation cannot be fulfilled on services \"s\": StorageError: "
                             "invalid object, Code: 4, Key: /registry/services/specs/default/s, "
                             "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
                             "precondition: u1, UID in object meta: %s",
                             record->uid));
        fixture_assert_refused(
                &f, fixture_update(&f, kind, "t", "{metadata: {name: t, uid: u1}}"), 409,
                "Operation cannot be fulfilled on services \"t\": StorageError: invalid object, "
                "Code: 4, Key: /registry/services/specs/default/t, ResourceVersion: 0, "
                "AdditionalErrorMsg: Precondition failed: UID in precondition: u1, UID in object "
                "meta: ");
        fixture_deinit(&f);
}

static void test_update__name_must_be_the_paths(void **state) {
        struct fixture f;
        const struct kind *configmaps;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        fixture_assert_refused(&f, fixture_update(&f, configmaps, "a", "{metadata: {name: z}}"),
                               400,
                               "the name of the object (z) does not match the name on the URL (a)");
        fixture_assert_refused(&f, fixture_update(&f, configmaps, "a", "{}"), 400,
                               "the name of the object (a based on URL) was undeterminable: name "
                               "must be provided");
        fixture_deinit(&f);
}

static void test_update__of_what_is_not_there(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        fixture_assert_refused(&f,
                               fixture_update(&f, fixture_kind(&f, "v1", "ConfigMap"), "a",
                                              "{metadata: {name: a}}"),
                               404, "configmaps \"a\" not found");
        /* Some kinds are made so. */
        fixture_assert_value(&f,
                             fixture_update(&f, fixture_kind(&f, "v1", "Service"), "s",
                                            "{metadata: {name: s}, spec: {ports: [{port: 80}]}}"),
                             "metadata.name", "\"s\"");
        f.options.part = PART_STATUS;
        fixture_assert_refused(&f,
                               fixture_update(&f, fixture_kind(&f, "v1", "Service"), "t",
                                              "{metadata: {name: t}}"),
                               404, "services \"t\" not found");
        fixture_deinit(&f);
}

static void test_update__that_changes_nothing_commits_nothing(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct record *record, *again;
        int64_t revision;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        record = fixture_create(&f, configmaps, "{metadata: {name: a}, data: {k: v}}");
        revision = storage_revision(f.storage);
        again = fixture_update(&f, configmaps, "a",
                               "{data: {k: v}, metadata: {generation: 5, name: a, "
                               "creationTimestamp: '2020-01-01T00:00:00Z'}}");
        assert_string_equal(again->text, record->text);
        assert_int_equal(storage_revision(f.storage), revision);
        fixture_deinit(&f);
}

static void test_update__generation_counts_changes_of_the_spec(void **state) {
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = fixture_things(&f);
        fixture_create(
                &f, things,
                "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a}, spec: {size: "
                "1}}");
        fixture_assert_value(&f,
                             fixture_patch(&f, things, "a", PATCH_MERGE,
                                           "{metadata: {labels: {x: z}, generation: 9}}"),
                             "metadata.generation", "1");
        fixture_assert_value(&f, fixture_patch(&f, things, "a", PATCH_MERGE, "{spec: {size: 2}}"),
                             "metadata.generation", "2");
        f.options.part = PART_STATUS;
        fixture_assert_value(&f,
                             fixture_patch(&f, things, "a", PATCH_MERGE, "{status: {phase: X}}"),
                             "metadata.generation", "2");
        fixture_deinit(&f);
}

static void test_update__parts_do_not_touch_each_other(void **state) {
        struct fixture f;
        const struct kind *things;
        struct record *record;

        (void)state;
        fixture_init(&f);
        things = fixture_things(&f);
        fixture_create(
                &f, things,
                "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a}, spec: {size: "
                "1}}");
        record = fixture_patch(&f, things, "a", PATCH_MERGE,
                               "{spec: {size: 2}, status: {phase: X}}");
        fixture_assert_value(&f, record, "spec.size", "2");
        fixture_assert_value(&f, record, "status", "");

        f.options.part = PART_STATUS;
        record = fixture_patch(&f, things, "a", PATCH_MERGE,
                               "{metadata: {labels: {l: m}, uid: wrong}, spec: {size: 3}, status: "
                               "{phase: Z}}");
        fixture_assert_value(&f, record, "spec.size", "2");
        fixture_assert_value(&f, record, "status.phase", "\"Z\"");
        fixture_assert_value(&f, record, "metadata.labels", "");
        fixture_deinit(&f);
}

static void test_update__status_of_a_pod_may_label_it(void **state) {
        struct fixture f;
        const struct kind *pods;
        struct record *record;

        (void)state;
        fixture_init(&f);
        pods = fixture_kind(&f, "v1", "Pod");
        fixture_create(&f, pods,
                       "{metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}");
        f.options.part = PART_STATUS;
        record = fixture_patch(&f, pods, "p", PATCH_MERGE,
                               "{metadata: {labels: {l: m}}, status: {phase: Running}}");
        fixture_assert_value(&f, record, "metadata.labels.l", "\"m\"");
        fixture_assert_value(&f, record, "status.phase", "\"Running\"");
        fixture_deinit(&f);
}

static void test_update__type_that_is_wrong_is_not_decoded(void **state) {
        struct fixture f;
        const struct kind *deployments;

        (void)state;
        fixture_init(&f);
        deployments = fixture_kind(&f, "apps/v1", "Deployment");
        assert_null(
                fixture_create(&f, deployments,
                               "{metadata: {name: d}, spec: {replicas: x, selector: {matchLabels: "
                               "{a: b}}, template: {metadata: {labels: {a: b}}, spec: "
                               "{containers: [{name: c, image: i}]}}}}"));
        assert_int_equal(f.refusal.code, 400);
        assert_non_null(
                strstr(f.refusal.message,
                       "Deployment in version \"v1\" cannot be handled as a Deployment: json: "
                       "cannot unmarshal string into Go struct field "
                       "Deployment.spec.replicas of type integer"));
        fixture_deinit(&f);
}

static void test_update__dry_run_stores_nothing(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct record *record, *dry;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        record = fixture_create(&f, configmaps, "{metadata: {name: a}}");
        f.options.dry_run = true;
        dry = fixture_update(&f, configmaps, "a", "{metadata: {name: a}, data: {k: v}}");
        fixture_assert_value(&f, dry, "data.k", "\"v\"");
        assert_int_equal(dry->revision, record->revision);
        assert_string_equal(fixture_get(&f, configmaps, "a")->text, record->text);
        fixture_deinit(&f);
}

static void test_update__finalizers_without_a_domain_are_warned_of(void **state) {
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = fixture_things(&f);
        f.warnings.n = 0;
        fixture_create(&f, things,
                       "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a, finalizers: "
                       "[x.io/y, example.dev]}}");
        assert_int_equal(f.warnings.n, 1);
        assert_string_equal(
                f.warnings.items[0],
                "metadata.finalizers: \"example.dev\": prefer a domain-qualified "
                "finalizer name including a path (/) to avoid accidental conflicts with "
                "other finalizer writers");
        fixture_patch(&f, things, "a", PATCH_MERGE, "{spec: {size: 3}}");
        assert_int_equal(f.warnings.n, 1);
        fixture_deinit(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_update__stale_version_is_a_conflict),
                cmocka_unit_test(test_update__custom_resource_must_say_a_version),
                cmocka_unit_test(test_update__other_uid_is_a_conflict),
                cmocka_unit_test(test_update__name_must_be_the_paths),
                cmocka_unit_test(test_update__of_what_is_not_there),
                cmocka_unit_test(test_update__that_changes_nothing_commits_nothing),
                cmocka_unit_test(test_update__generation_counts_changes_of_the_spec),
                cmocka_unit_test(test_update__parts_do_not_touch_each_other),
                cmocka_unit_test(test_update__status_of_a_pod_may_label_it),
                cmocka_unit_test(test_update__type_that_is_wrong_is_not_decoded),
                cmocka_unit_test(test_update__dry_run_stores_nothing),
                cmocka_unit_test(test_update__finalizers_without_a_domain_are_warned_of),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
