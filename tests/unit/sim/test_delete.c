#include "fixture.h"

#include <string.h>

static const char POD[] = "{metadata: {name: p%s}, spec: {%s terminationGracePeriodSeconds: 30, "
                          "containers: [{name: c, image: i}]}}";

static const struct kind *pod(struct fixture *f, const char *metadata, const char *spec) {
        const struct kind *pods = fixture_kind(f, "v1", "Pod");

        if (!fixture_create(f, pods, arena_printf(&f->arena, POD, metadata, spec)))
                fail_msg("%s", f->refusal.message);
        return pods;
}

static void assert_gone(struct fixture *f, const struct kind *kind, const char *name) {
        assert_null(collection_get(kind->objects, kind->namespaced ? "default" : "", name));
        (void)f;
}

static void test_delete__takes_away(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct record *record;
        bool gone = false;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        fixture_create(&f, configmaps, "{metadata: {name: a}}");
        record = fixture_delete(&f, configmaps, "a", &FIXTURE_DELETE, &gone);
        assert_true(gone);
        assert_int_equal(record->revision, storage_revision(f.storage));
        assert_gone(&f, configmaps, "a");
        fixture_assert_refused(&f, fixture_delete(&f, configmaps, "a", &FIXTURE_DELETE, &gone), 404,
                               "configmaps \"a\" not found");
        fixture_deinit(&f);
}

static void test_delete__preconditions_hold(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct delete_options options = FIXTURE_DELETE;
        struct record *record;
        bool gone;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        record = fixture_create(&f, configmaps, "{metadata: {name: a}}");
        options.uid = "wrong";
        fixture_assert_refused(
                &f, fixture_delete(&f, configmaps, "a", &options, &gone), 409,
                arena_printf(
                        &f.arena,
                        "Operation cannot be fulfilled on ConfigMap \"a\": the UID in the "
                        "precondition (wrong) does not match the UID in record (%s). The object "
                        "might have been deleted and then recreated",
                        record->uid));
        assert_string_equal(f.refusal.kind, "ConfigMap");
        options.uid = NULL;
        options.resource_version = "1";
        fixture_assert_refused(
                &f, fixture_delete(&f, configmaps, "a", &options, &gone), 409,
                arena_printf(
                        &f.arena,
                        "Operation cannot be fulfilled on ConfigMap \"a\": the ResourceVersion "
                        "in the precondition (1) does not match the ResourceVersion in record "
                        "(%lld). The object might have been modified",
                        (long long)record->revision));
        options.uid = record->uid;
        options.resource_version = arena_printf(&f.arena, "%lld", (long long)record->revision);
        assert_non_null(fixture_delete(&f, configmaps, "a", &options, &gone));
        fixture_deinit(&f);
}

static void test_delete__dry_run_leaves_it(void **state) {
        struct fixture f;
        const struct kind *pods;
        struct delete_options options = FIXTURE_DELETE;
        struct record *record;
        bool gone = true;

        (void)state;
        fixture_init(&f);
        pods = pod(&f, "", "nodeName: n1,");
        options.dry_run = true;
        record = fixture_delete(&f, pods, "p", &options, &gone);
        assert_false(gone);
        fixture_assert_value(&f, record, "metadata.deletionGracePeriodSeconds", "30");
        assert_false(fixture_get(&f, pods, "p")->deleting);

        options.grace_s = 0;
        fixture_delete(&f, pods, "p", &options, &gone);
        assert_true(gone);
        assert_false(fixture_get(&f, pods, "p")->deleting);
        fixture_deinit(&f);
}

static void test_delete__waits_for_finalizers(void **state) {
        struct fixture f;
        const struct kind *things;
        struct record *record, *again;
        bool gone = true;

        (void)state;
        fixture_init(&f);
        things = fixture_things(&f);
        fixture_create(&f, things,
                       "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a, finalizers: "
                       "[x.io/y]}, spec: {size: 1}}");
        record = fixture_delete(&f, things, "a", &FIXTURE_DELETE, &gone);
        assert_false(gone);
        fixture_assert_value(&f, record, "metadata.deletionTimestamp", "\"2026-03-01T12:00:00Z\"");
        fixture_assert_value(&f, record, "metadata.deletionGracePeriodSeconds", "0");
        fixture_assert_value(&f, record, "metadata.generation", "2");

        agenda_advance(f.agenda, 5000);
        again = fixture_delete(&f, things, "a", &FIXTURE_DELETE, &gone);
        assert_int_equal(again->revision, record->revision);
        fixture_assert_value(&f,
                             fixture_patch(&f, things, "a", PATCH_MERGE,
                                           "{metadata: {deletionTimestamp: null}}"),
                             "metadata.deletionTimestamp", "\"2026-03-01T12:00:00Z\"");
        fixture_assert_refused(
                &f,
                fixture_patch(&f, things, "a", PATCH_MERGE,
                              "{metadata: {finalizers: [x.io/y, x.io/z]}}"),
                422,
                "Thing.example.dev \"a\" is invalid: metadata.finalizers: Forbidden: "
                "no new finalizers can be added if the object is being deleted, found "
                "new finalizers []string{\"x.io/z\"}");

        /* The answer is the state asked for, at the version before; the object is gone. */
        again = fixture_patch(&f, things, "a", PATCH_MERGE,
                              "{metadata: {finalizers: null}, spec: {size: 2}}");
        assert_int_equal(again->revision, record->revision);
        fixture_assert_value(&f, again, "spec.size", "2");
        assert_gone(&f, things, "a");
        fixture_deinit(&f);
}

static void test_delete__propagation_is_a_finalizer(void **state) {
        static const struct {
                enum propagation propagation;
                const char *finalizers;
        } CASES[] = {
                { PROPAGATION_FOREGROUND, "[\"foregroundDeletion\"]" },
                { PROPAGATION_ORPHAN, "[\"orphan\"]" },
        };
        struct fixture f;
        const struct kind *configmaps;
        struct delete_options options = FIXTURE_DELETE;
        bool gone = true;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        fixture_create(&f, configmaps, "{metadata: {name: a}}");
        for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
                options.propagation = CASES[i].propagation;
                fixture_assert_value(&f, fixture_delete(&f, configmaps, "a", &options, &gone),
                                     "metadata.finalizers", CASES[i].finalizers);
                assert_false(gone);
        }
        options.propagation = PROPAGATION_DEFAULT;
        fixture_delete(&f, configmaps, "a", &options, &gone);
        assert_false(gone);
        options.propagation = PROPAGATION_BACKGROUND;
        fixture_delete(&f, configmaps, "a", &options, &gone);
        assert_true(gone);
        fixture_deinit(&f);
}

static void test_delete__pod_on_a_node_has_its_grace_period(void **state) {
        struct fixture f;
        const struct kind *pods;
        struct delete_options options = FIXTURE_DELETE;
        struct record *record;
        int64_t revision;
        bool gone = true;

        (void)state;
        fixture_init(&f);
        pods = pod(&f, "", "nodeName: n1,");
        record = fixture_delete(&f, pods, "p", &options, &gone);
        assert_false(gone);
        fixture_assert_value(&f, record, "metadata.deletionTimestamp", "\"2026-03-01T12:00:30Z\"");
        fixture_assert_value(&f, record, "metadata.deletionGracePeriodSeconds", "30");
        fixture_assert_value(&f, record, "metadata.generation", "2");
        revision = record->revision;

        /* It may get shorter, not longer. */
        assert_int_equal(fixture_delete(&f, pods, "p", &options, &gone)->revision, revision);
        options.grace_s = 60;
        assert_int_equal(fixture_delete(&f, pods, "p", &options, &gone)->revision, revision);
        options.grace_s = 10;
        record = fixture_delete(&f, pods, "p", &options, &gone);
        fixture_assert_value(&f, record, "metadata.deletionTimestamp", "\"2026-03-01T12:00:10Z\"");
        fixture_assert_value(&f, record, "metadata.deletionGracePeriodSeconds", "10");

        /* Past that it is a second, until somebody says 0. */
        agenda_advance(f.agenda, 20 * 1000);
        options.grace_s = 5;
        record = fixture_delete(&f, pods, "p", &options, &gone);
        assert_false(gone);
        fixture_assert_value(&f, record, "metadata.deletionTimestamp", "\"2026-03-01T12:00:20Z\"");
        fixture_assert_value(&f, record, "metadata.deletionGracePeriodSeconds", "1");
        revision = record->revision;
        options.grace_s = 0;
        record = fixture_delete(&f, pods, "p", &options, &gone);
        assert_true(gone);
        assert_int_equal(record->revision, revision + 2); /* modified, then deleted */
        fixture_assert_value(&f, record, "metadata.deletionGracePeriodSeconds", "0");
        fixture_deinit(&f);
}

static void test_delete__pod_that_runs_nowhere_goes_at_once(void **state) {
        struct fixture f;
        const struct kind *pods;
        bool gone = false;

        (void)state;
        fixture_init(&f);
        pods = pod(&f, "", "");
        fixture_delete(&f, pods, "p", &FIXTURE_DELETE, &gone);
        assert_true(gone);

        gone = false;
        pod(&f, "", "nodeName: n1,");
        f.options.part = PART_STATUS;
        fixture_patch(&f, pods, "p", PATCH_MERGE, "{status: {phase: Succeeded}}");
        fixture_delete(&f, pods, "p", &FIXTURE_DELETE, &gone);
        assert_true(gone);
        fixture_deinit(&f);
}

static void test_delete__pod_waits_for_grace_and_finalizers(void **state) {
        struct fixture f;
        const struct kind *pods;
        struct delete_options options = FIXTURE_DELETE;
        bool gone = true;

        (void)state;
        fixture_init(&f);
        pods = pod(&f, ", finalizers: [x.io/y]", "nodeName: n1,");
        fixture_delete(&f, pods, "p", &options, &gone);
        assert_false(gone);
        /* Without finalizers it still has its grace period. */
        options.grace_s = 0;
        fixture_assert_value(&f, fixture_delete(&f, pods, "p", &options, &gone),
                             "metadata.deletionGracePeriodSeconds", "0");
        assert_false(gone);
        assert_non_null(
                fixture_patch(&f, pods, "p", PATCH_MERGE, "{metadata: {finalizers: null}}"));
        assert_gone(&f, pods, "p");

        pod(&f, ", finalizers: [x.io/y]", "nodeName: n1,");
        fixture_delete(&f, pods, "p", &FIXTURE_DELETE, &gone);
        assert_non_null(
                fixture_patch(&f, pods, "p", PATCH_MERGE, "{metadata: {finalizers: null}}"));
        assert_non_null(fixture_get(&f, pods, "p"));
        fixture_deinit(&f);
}

static void test_delete__namespace_terminates(void **state) {
        struct fixture f;
        const struct kind *namespaces;
        struct delete_options options = FIXTURE_DELETE;
        struct record *record;
        bool gone = true;

        (void)state;
        fixture_init(&f);
        namespaces = fixture_kind(&f, "v1", "Namespace");
        record = fixture_create(&f, namespaces, "{metadata: {name: t}}");
        options.uid = "wrong";
        fixture_assert_refused(
                &f, fixture_delete(&f, namespaces, "t", &options, &gone), 409,
                arena_printf(&f.arena,
                             "Operation cannot be fulfilled on namespaces \"t\": "
                             "Precondition failed: UID in precondition: wrong, UID in "
                             "object meta: %s",
                             record->uid));
        record = fixture_delete(&f, namespaces, "t", &FIXTURE_DELETE, &gone);
        assert_false(gone);
        fixture_assert_value(&f, record, "status.phase", "\"Terminating\"");
        fixture_assert_value(&f, record, "metadata.deletionGracePeriodSeconds", "");
        assert_int_equal(fixture_delete(&f, namespaces, "t", &FIXTURE_DELETE, &gone)->revision,
                         record->revision);
        /* As the actor that has emptied it does. */
        assert_non_null(
                fixture_patch(&f, namespaces, "t", PATCH_MERGE, "{metadata: {labels: {a: b}}}"));
        assert_non_null(fixture_get(&f, namespaces, "t"));
        f.options.part = PART_FINALIZE;
        assert_non_null(
                fixture_patch(&f, namespaces, "t", PATCH_MERGE, "{spec: {finalizers: null}}"));
        assert_gone(&f, namespaces, "t");

        fixture_assert_refused(&f,
                               fixture_delete(&f, namespaces, "default", &FIXTURE_DELETE, &gone),
                               403,
                               "namespaces \"default\" is forbidden: this namespace may not be "
                               "deleted");
        fixture_deinit(&f);
}

static void test_delete__definition_is_cleaned_up_first(void **state) {
        struct fixture f;
        const struct kind *definitions;
        struct record *record;
        bool gone = true;

        (void)state;
        fixture_init(&f);
        fixture_things(&f);
        definitions = fixture_kind(&f, "apiextensions.k8s.io/v1", "CustomResourceDefinition");
        record = fixture_delete(&f, definitions, "things.example.dev", &FIXTURE_DELETE, &gone);
        assert_false(gone);
        fixture_assert_value(&f, record, "metadata.finalizers",
                             "[\"customresourcecleanup.apiextensions.k8s.io\"]");
        assert_non_null(strstr(record->text, "InstanceDeletionPending"));
        assert_non_null(kinds_find(f.kinds, "example.dev", "v1", "things"));
        assert_non_null(fixture_patch(&f, definitions, "things.example.dev", PATCH_MERGE,
                                      "{metadata: {finalizers: null}}"));
        assert_gone(&f, definitions, "things.example.dev");
        assert_null(kinds_find(f.kinds, "example.dev", "v1", "things"));
        fixture_deinit(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_delete__takes_away),
                cmocka_unit_test(test_delete__preconditions_hold),
                cmocka_unit_test(test_delete__dry_run_leaves_it),
                cmocka_unit_test(test_delete__waits_for_finalizers),
                cmocka_unit_test(test_delete__propagation_is_a_finalizer),
                cmocka_unit_test(test_delete__pod_on_a_node_has_its_grace_period),
                cmocka_unit_test(test_delete__pod_that_runs_nowhere_goes_at_once),
                cmocka_unit_test(test_delete__pod_waits_for_grace_and_finalizers),
                cmocka_unit_test(test_delete__namespace_terminates),
                cmocka_unit_test(test_delete__definition_is_cleaned_up_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
