/* The verb; how patches change trees is tested with sim/patch. */
#include "fixture.h"

#include <string.h>

static const struct kind *thing(struct fixture *f) {
        const struct kind *things = fixture_things(f);

        assert_non_null(fixture_create(
                f, things,
                "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a}, spec: {size: 1}}"));
        return things;
}

static void test_patch__other_uid_is_invalid(void **state) {
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = thing(&f);
        fixture_assert_refused(
                &f, fixture_patch(&f, things, "a", PATCH_MERGE, "{metadata: {uid: wrong}}"), 422,
                "Thing.example.dev \"a\" is invalid: metadata.uid: Invalid value: \"wrong\": field "
                "is immutable");
        assert_string_equal(f.refusal.kind, "Thing");
        assert_int_equal(json_length(f.refusal.causes), 2); /* as the real server */
        fixture_deinit(&f);
}

static void test_patch__other_version_is_a_conflict(void **state) {
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = thing(&f);
        fixture_assert_refused(
                &f,
                fixture_patch(&f, things, "a", PATCH_MERGE, "{metadata: {resourceVersion: '1'}}"),
                409,
                "Operation cannot be fulfilled on things.example.dev \"a\": the object has been "
                "modified; please apply your changes to the latest version and try again");
        fixture_assert_refused(
                &f,
                fixture_patch(&f, things, "a", PATCH_MERGE, "{metadata: {resourceVersion: null}}"),
                422,
                "things.example.dev \"a\" is invalid: metadata.resourceVersion: Invalid value: 0: "
                "must be specified for an update");
        fixture_deinit(&f);
}

static void test_patch__place_stays(void **state) {
        static const struct {
                const char *patch;
                int code;
                const char *message;
        } CASES[] = {
                { "{metadata: {name: z}}", 400,
                  "the name of the object (z) does not match the name on the URL (a)" },
                { "{metadata: null}", 400,
                  "the name of the object (a based on URL) was undeterminable: name must be "
                  "provided" },
                { "{metadata: {namespace: z}}", 400,
                  "the namespace of the provided object does not match the namespace sent on the "
                  "request" },
                { "{kind: Z}", 422,
                  "Z.example.dev \"a\" is invalid: kind: Invalid value: \"Z\": must be Thing" },
                { "{apiVersion: example.dev/v2}", 422,
                  "Thing.example.dev \"a\" is invalid: apiVersion: Invalid value: "
                  "\"example.dev/v2\": must be example.dev/v1" },
        };
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = thing(&f);
        for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
                fixture_assert_refused(&f,
                                       fixture_patch(&f, things, "a", PATCH_MERGE, CASES[i].patch),
                                       CASES[i].code, CASES[i].message);
        fixture_deinit(&f);
}

static void test_patch__metadata_of_the_server_stays(void **state) {
        struct fixture f;
        const struct kind *things;
        struct record *record;

        (void)state;
        fixture_init(&f);
        things = thing(&f);
        record = fixture_patch(&f, things, "a", PATCH_MERGE,
                               "{metadata: {creationTimestamp: '2020-01-01T00:00:00Z', generation: "
                               "9, uid: null, selfLink: x, labels: {l: m}}}");
        fixture_assert_value(&f, record, "metadata.creationTimestamp", "\"2026-03-01T12:00:00Z\"");
        fixture_assert_value(&f, record, "metadata.generation", "1");
        fixture_assert_value(&f, record, "metadata.selfLink", "");
        assert_int_equal(strlen(record->uid), 36);
        fixture_assert_refused(&f,
                               fixture_patch(&f, things, "a", PATCH_MERGE,
                                             "{metadata: {deletionTimestamp: "
                                             "'2020-01-01T00:00:00Z'}}"),
                               422,
                               "Thing.example.dev \"a\" is invalid: metadata.deletionTimestamp: "
                               "Invalid value: \"2020-01-01T00:00:00Z\": field is immutable");
        fixture_deinit(&f);
}

static void test_patch__of_what_is_not_there(void **state) {
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = thing(&f);
        fixture_assert_refused(&f,
                               fixture_patch(&f, things, "b", PATCH_MERGE, "{metadata: {uid: u}}"),
                               404, "things.example.dev \"b\" not found");
        f.options.part = PART_STATUS;
        fixture_assert_refused(&f,
                               fixture_patch(&f, things, "b", PATCH_APPLY,
                                             "{apiVersion: example.dev/v1, kind: Thing}"),
                               404, "things.example.dev \"b\" not found");
        fixture_deinit(&f);
}

static void test_patch__apply_makes_what_is_not_there(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct json *patch JSON_CLEANUP = fixture_tree(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}");
        struct written written;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        assert_int_equal(verb_patch(&f.sim, configmaps, "default", "a", PATCH_APPLY, patch,
                                    &f.options, &written, &f.refusal),
                         0);
        assert_true(written.created);
        fixture_assert_value(&f, written.record, "data.k", "\"v\"");
        record_unref(written.record);

        assert_int_equal(verb_patch(&f.sim, configmaps, "default", "a", PATCH_APPLY, patch,
                                    &f.options, &written, &f.refusal),
                         0);
        assert_false(written.created);
        assert_true(written.unchanged);
        record_unref(written.record);
        fixture_deinit(&f);
}

static void test_patch__apply_is_refused(void **state) {
        static const struct {
                const char *patch;
                int code;
                const char *message;
        } CASES[] = {
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}}", 400,
                  "invalid object type: /v1, Kind=Secret" },
                { "{metadata: {name: a}}", 400, "invalid object type: /, Kind=" },
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: z}}", 400,
                  "the name of the object (z) does not match the name on the URL (a)" },
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, uid: u}}", 409,
                  "Operation cannot be fulfilled on configmaps \"a\": uid mismatch: the provided "
                  "object specified uid u, and no existing object was found" },
                { "[]", 400,
                  "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot "
                  "unmarshal array into Go value of type map[string]interface {}" },
        };
        struct fixture f;
        const struct kind *configmaps;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
                fixture_assert_refused(&f,
                                       fixture_patch(&f, configmaps, "a", PATCH_APPLY,
                                                     CASES[i].patch),
                                       CASES[i].code, CASES[i].message);
        fixture_deinit(&f);
}

static void test_patch__after_an_apply_fields_have_owners(void **state) {
        struct fixture f;
        const struct kind *configmaps;
        struct record *record, *again;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        record = fixture_patch(
                &f, configmaps, "a", PATCH_APPLY,
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}");
        assert_string_not_equal(fixture_value(&f, record, "metadata.managedFields"), "");

        /* Who leaves them out of an update, or comes later, changes nothing by that. */
        agenda_advance(f.agenda, 5000);
        again = fixture_update(&f, configmaps, "a", "{metadata: {name: a}, data: {k: v}}");
        assert_string_equal(again->text, record->text);
        again = fixture_patch(
                &f, configmaps, "a", PATCH_APPLY,
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}");
        assert_string_equal(again->text, record->text);

        f.options.manager = "editor";
        again = fixture_patch(&f, configmaps, "a", PATCH_MERGE, "{data: {k: w}}");
        assert_non_null(strstr(fixture_value(&f, again, "metadata.managedFields"),
                               "\"manager\":\"editor\""));
        f.options.manager = "test";
        fixture_assert_refused(
                &f,
                fixture_patch(
                        &f, configmaps, "a", PATCH_APPLY,
                        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}"),
                409, "Apply failed with 1 conflict: conflict with \"editor\" using v1: .data.k");
        fixture_deinit(&f);
}

static void test_patch__without_an_apply_nobody_owns(void **state) {
        struct fixture f;
        const struct kind *configmaps;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        fixture_create(&f, configmaps, "{metadata: {name: a, managedFields: [{manager: m}]}}");
        fixture_assert_value(&f,
                             fixture_patch(&f, configmaps, "a", PATCH_MERGE,
                                           "{metadata: {managedFields: [{manager: m}]}, data: {k: "
                                           "w}}"),
                             "metadata.managedFields", "");
        fixture_deinit(&f);
}

static void test_patch__that_changes_nothing_commits_nothing(void **state) {
        struct fixture f;
        const struct kind *things;
        struct record *record;

        (void)state;
        fixture_init(&f);
        things = thing(&f);
        record = fixture_patch(&f, things, "a", PATCH_MERGE, "{metadata: {labels: {x: z}}}");
        assert_int_equal(fixture_patch(&f, things, "a", PATCH_MERGE, "{metadata: {labels: {x: z}}}")
                                 ->revision,
                         record->revision);
        assert_int_equal(fixture_patch(&f, things, "a", PATCH_JSON, "[]")->revision,
                         record->revision);
        fixture_deinit(&f);
}

static void test_patch__strict_is_invalid_not_bad(void **state) {
        struct fixture f;
        const struct kind *things;

        (void)state;
        fixture_init(&f);
        things = thing(&f);
        f.options.field_validation = FIELDS_STRICT;
        assert_null(fixture_patch(&f, things, "a", PATCH_MERGE, "{spec: {foo: 1}}"));
        assert_int_equal(f.refusal.code, 422);
        assert_non_null(strstr(f.refusal.message, "strict decoding error: unknown field "
                                                  "\"spec.foo\""));
        f.options.field_validation = FIELDS_WARN;
        f.warnings.n = 0;
        assert_non_null(fixture_patch(&f, things, "a", PATCH_MERGE, "{spec: {foo: 1}}"));
        assert_int_equal(f.warnings.n, 1);
        fixture_deinit(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_patch__other_uid_is_invalid),
                cmocka_unit_test(test_patch__other_version_is_a_conflict),
                cmocka_unit_test(test_patch__place_stays),
                cmocka_unit_test(test_patch__metadata_of_the_server_stays),
                cmocka_unit_test(test_patch__of_what_is_not_there),
                cmocka_unit_test(test_patch__apply_makes_what_is_not_there),
                cmocka_unit_test(test_patch__apply_is_refused),
                cmocka_unit_test(test_patch__after_an_apply_fields_have_owners),
                cmocka_unit_test(test_patch__without_an_apply_nobody_owns),
                cmocka_unit_test(test_patch__that_changes_nothing_commits_nothing),
                cmocka_unit_test(test_patch__strict_is_invalid_not_bad),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
