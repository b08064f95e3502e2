/* What a body and a patch are refused for before anything is looked at. */
#include "fixture.h"

#include <string.h>

static struct record *create(struct fixture *f, const char *api_version, const char *kind,
                             const char *yaml) {
        return fixture_create(f, fixture_kind(f, api_version, kind), yaml);
}

static void test_decode__kind_built_in_must_be_the_paths(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        fixture_assert_refused(
                &f, create(&f, "v1", "Pod", "{apiVersion: v1, kind: Service}"), 400,
                "Service in version \"v1\" cannot be handled as a Pod: converting (v1.Service) to "
                "(core.Pod): unknown conversion");
        fixture_assert_refused(
                &f, create(&f, "v1", "Pod", "{apiVersion: v1, kind: Foo}"), 400,
                "Foo in version \"v1\" cannot be handled as a Pod: no kind \"Foo\" is registered "
                "for version \"v1\" in scheme \"pkg/runtime/scheme.go:110\"");
        fixture_assert_refused(
                &f, create(&f, "v1", "Pod", "{apiVersion: apps/v1, kind: Pod}"), 400,
                "Pod in version \"v1\" cannot be handled as a Pod: no kind \"Pod\" is registered "
                "for version \"apps/v1\" in scheme \"pkg/runtime/scheme.go:110\"");
        fixture_deinit(&f);
}

static void test_decode__custom_kind_must_be_said(void **state) {
        struct fixture f;

        (void)state;
        fixture_init(&f);
        fixture_things(&f);
        fixture_assert_refused(
                &f, create(&f, "example.dev/v1", "Thing", "{metadata: {name: a}}"), 400,
                "the object provided is unrecognized (must be of type Thing): Object 'Kind' is "
                "missing in '{\"metadata\":{\"name\":\"a\"}}' ({\"metadata\":{\"name\":\"a\"}})");
        fixture_assert_refused(&f, create(&f, "example.dev/v1", "Thing", "{kind: Thing}"), 400,
                               "the API version in the data () does not match the expected API "
                               "version (example.dev/v1)");
        fixture_assert_refused(
                &f,
                create(&f, "example.dev/v1", "Thing",
                       "{kind: Foo, apiVersion: example.dev/v1, metadata: {name: "
                       "a}}"),
                422,
                "Foo.example.dev \"a\" is invalid: kind: Invalid value: \"Foo\": must "
                "be Thing");
        assert_string_equal(f.refusal.kind, "Foo");
        fixture_deinit(&f);
}

static void test_decode__metadata_has_types(void **state) {
        static const struct {
                const char *metadata, *why;
        } CASES[] = {
                { "{labels: {a: 1}}", "json: cannot unmarshal number into Go struct field "
                                      "ObjectMeta.metadata.labels of "
                                      "type string" },
                { "{labels: [a]}",
                  "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of "
                  "type map[string]string" },
                { "{name: 5}",
                  "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of "
                  "type string" },
                { "{finalizers: [1]}", "json: cannot unmarshal number into Go struct field "
                                       "ObjectMeta.metadata.finalizers of type string" },
                { "{generation: x}", "json: cannot unmarshal string into Go struct field "
                                     "ObjectMeta.metadata.generation of type int64" },
                { "{ownerReferences: [{controller: x}]}",
                  "json: cannot unmarshal string into Go struct field "
                  "ObjectMeta.metadata.ownerReferences.controller of type bool" },
                { "{creationTimestamp: x}",
                  "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse" },
        };
        struct fixture f;

        (void)state;
        fixture_init(&f);
        for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
                fixture_assert_refused(
                        &f,
                        create(&f, "v1", "ConfigMap",
                               arena_printf(&f.arena, "{metadata: %s}", CASES[i].metadata)),
                        400,
                        arena_printf(
                                &f.arena,
                                "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: "
                                "%s",
                                CASES[i].why));
        fixture_assert_refused(
                &f, create(&f, "v1", "ConfigMap", "{metadata: x}"), 400,
                "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: "
                "cannot unmarshal string into Go struct field ConfigMap.metadata of "
                "type v1.ObjectMeta");
        fixture_deinit(&f);
}

static void test_decode__null_is_absent(void **state) {
        struct fixture f;
        struct record *record;

        (void)state;
        fixture_init(&f);
        record = create(&f, "v1", "ConfigMap",
                        "{metadata: {name: a, labels: {x: null}, annotations: null, "
                        "creationTimestamp: null}}");
        fixture_assert_value(&f, record, "metadata.labels", "{\"x\":\"\"}");
        assert_null(strstr(record->text, "null"));
        fixture_deinit(&f);
}

static void test_decode__unknown_fields_as_asked(void **state) {
        static const char THING[] = "{apiVersion: example.dev/v1, kind: Thing, metadata: {name: a, "
                                    "foo: 1}, spec: {bar: 1, size: 2}}";
        struct fixture f;
        const struct kind *things;
        struct record *record;

        (void)state;
        fixture_init(&f);
        things = fixture_things(&f);
        f.warnings.n = 0;
        f.options.field_validation = FIELDS_STRICT;
        fixture_assert_refused(&f, fixture_create(&f, things, THING), 400,
                               "Thing in version \"v1\" cannot be handled as a Thing: strict "
                               "decoding error: unknown field \"metadata.foo\", unknown field "
                               "\"spec.bar\"");
        assert_int_equal(f.warnings.n, 0);

        f.options.dry_run = true;
        f.options.field_validation = FIELDS_IGNORE;
        assert_non_null(fixture_create(&f, things, THING));
        assert_int_equal(f.warnings.n, 0);

        f.options.field_validation = FIELDS_WARN;
        record = fixture_create(&f, things, THING);
        assert_int_equal(f.warnings.n, 2);
        assert_string_equal(f.warnings.items[0], "unknown field \"metadata.foo\"");
        assert_string_equal(f.warnings.items[1], "unknown field \"spec.bar\"");
        fixture_assert_value(&f, record, "metadata.foo", "");
        fixture_assert_value(&f, record, "spec", "{\"size\":2,\"paused\":false}");
        fixture_deinit(&f);
}

static void test_decode__strays_are_told_in_their_order(void **state) {
        const char *items[] = { "data.k" };
        struct strings duplicates = { .items = items, .n = 1 };
        struct fixture f;
        struct record *record;

        (void)state;
        fixture_init(&f);
        f.options.duplicates = &duplicates;
        f.options.dry_run = true;
        record = create(&f, "v1", "ConfigMap",
                        "{metadata: {name: a, wrong: 1}, data: {k: '2'}, nothing: {}}");
        fixture_assert_value(&f, record, "data", "{\"k\":\"2\"}");
        assert_int_equal(f.warnings.n, 3);
        assert_string_equal(f.warnings.items[0], "unknown field \"metadata.wrong\"");
        assert_string_equal(f.warnings.items[1], "duplicate field \"data.k\"");
        assert_string_equal(f.warnings.items[2], "unknown field \"nothing\"");
        f.options.field_validation = FIELDS_STRICT;
        fixture_assert_refused(&f,
                               create(&f, "v1", "ConfigMap",
                                      "{data: {k: '2'}, nothing: {}, metadata: {name: b}}"),
                               400,
                               "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: "
                               "strict decoding error: "
                               "duplicate field \"data.k\", unknown field \"nothing\"");
        fixture_deinit(&f);
}

static void test_decode__patch_is_refused_as_a_patch(void **state) {
        struct fixture f;
        const struct kind *configmaps;

        (void)state;
        fixture_init(&f);
        configmaps = fixture_kind(&f, "v1", "ConfigMap");
        fixture_create(&f, configmaps, "{metadata: {name: a}}");
        assert_null(fixture_patch(&f, configmaps, "a", PATCH_MERGE, "{kind: Secret}"));
        assert_int_equal(f.refusal.code, 422);
        assert_memory_equal(f.refusal.message, " \"\" is invalid: patch: Invalid value: \"{", 39);
        assert_non_null(strstr(f.refusal.message,
                               "}\": converting (v1.Secret) to (core.ConfigMap): unknown "
                               "conversion"));
        assert_null(f.refusal.name);

        /* A strategic one cannot change the type: it is merged into the Go type. */
        assert_non_null(fixture_patch(&f, configmaps, "a", PATCH_STRATEGIC, "{kind: Secret}"));
        fixture_assert_refused(
                &f,
                fixture_patch(&f, configmaps, "a", PATCH_STRATEGIC, "{metadata: {labels: {a: 1}}}"),
                422,
                " \"\" is invalid: patch: Invalid value: \"map[metadata:map[labels:map[a:1]]]\": "
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of "
                "type string");
        fixture_deinit(&f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_decode__kind_built_in_must_be_the_paths),
                cmocka_unit_test(test_decode__custom_kind_must_be_said),
                cmocka_unit_test(test_decode__metadata_has_types),
                cmocka_unit_test(test_decode__null_is_absent),
                cmocka_unit_test(test_decode__unknown_fields_as_asked),
                cmocka_unit_test(test_decode__strays_are_told_in_their_order),
                cmocka_unit_test(test_decode__patch_is_refused_as_a_patch),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
