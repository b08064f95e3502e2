#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

#define SUBDOMAIN                                                                                  \
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "  \
        "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "      \
        "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*"       \
        "[a-z0-9])?)*')"
#define QUALIFIED                                                                                  \
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and "  \
        "end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex "  \
        "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

static const char *wrong(struct fixture *fixture, const char *metadata) {
        struct json *tree JSON_CLEANUP = json_new_object();
        struct field_errors errors = { .arena = &fixture->arena };

        json_set(tree, "metadata", tree_of(metadata));
        metadata_validate(kinds_find(fixture->kinds, "", "v1", "pods"), tree, NULL, &errors);
        return errors.n > 0 ? field_errors_text(&errors) : "";
}

static void test_metadata__names(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        assert_string_equal(wrong(&fixture, "{name: a.b-c, namespace: default}"), "");
        assert_string_equal(wrong(&fixture, "{name: A_b, namespace: default}"),
                            "metadata.name: Invalid value: \"A_b\": " SUBDOMAIN);
        assert_string_equal(wrong(&fixture, "{namespace: default}"),
                            "metadata.name: Required value: name or generateName is required");
        assert_string_equal(wrong(&fixture, "{name: a-x, generateName: a-, namespace: default}"),
                            "");
        assert_string_equal(wrong(&fixture, "{name: a}"), "metadata.namespace: Required value");
        assert_string_equal(errors_of_new(&fixture, "{apiVersion: v1, kind: Namespace, metadata: "
                                                    "{name: a.b}}"),
                            "metadata.name: Invalid value: \"a.b\": must not contain dots\n");
        assert_string_equal(errors_of_new(&fixture, "{apiVersion: v1, kind: Namespace, metadata: "
                                                    "{name: a, namespace: b}}"),
                            "metadata.namespace: Forbidden: not allowed on this type\n");
}

static void test_metadata__labels_and_annotations(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        assert_string_equal(wrong(&fixture,
                                  "{name: a, namespace: b, labels: {a/b: '', c.d: E_f.g}}"),
                            "");
        assert_string_equal(wrong(&fixture, "{name: a, namespace: b, labels: {'a b': c}}"),
                            "metadata.labels: Invalid value: \"a b\": " QUALIFIED);
        assert_string_equal(
                wrong(&fixture, "{name: a, namespace: b, labels: {a: -x}}"),
                "metadata.labels: Invalid value: \"-x\": a valid label must be an empty string or "
                "consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
                "an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex "
                "used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
        assert_string_equal(wrong(&fixture, "{name: a, namespace: b, annotations: {X.Y/Z: 'a b'}}"),
                            "");
        assert_string_equal(wrong(&fixture, "{name: a, namespace: b, annotations: {'a b': c}}"),
                            "metadata.annotations: Invalid value: \"a b\": " QUALIFIED);
}

static void test_metadata__owners(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        assert_string_equal(
                wrong(&fixture, "{name: a, namespace: b, ownerReferences: [{apiVersion: v1, kind: "
                                "'', name: '', uid: ''}]}"),
                "[metadata.ownerReferences.kind: Invalid value: \"\": must not be empty, "
                "metadata.ownerReferences.name: Invalid value: \"\": must not be empty, "
                "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty]");
        assert_string_equal(
                wrong(&fixture, "{name: a, namespace: b, ownerReferences: [{apiVersion: v1, kind: "
                                "Event, name: e, uid: '1'}]}"),
                "metadata.ownerReferences: Invalid value: "
                "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"name\":\"e\",\"uid\":\"1\"}: /v1, "
                "Kind=Event is disallowed from being an owner");
        assert_non_null(
                strstr(wrong(&fixture,
                             "{name: a, namespace: b, ownerReferences: [{apiVersion: v1, kind: "
                             "A, name: x, uid: '1', controller: true}, {apiVersion: v1, kind: "
                             "B, name: z, uid: '2', controller: true}]}"),
                       ": Only one reference can have Controller set to true. Found \"true\" in "
                       "references for A/x and B/z"));
}

static void test_metadata__finalizers(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        assert_string_equal(wrong(&fixture, "{name: a, namespace: b, finalizers: [a/b, orphan]}"),
                            "");
        assert_string_equal(wrong(&fixture, "{name: a, namespace: b, finalizers: [a/b, foo]}"),
                            "metadata.finalizers[1]: Invalid value: \"foo\": name is neither a "
                            "standard finalizer name nor is it fully qualified");
        assert_non_null(
                strstr(wrong(&fixture,
                             "{name: a, namespace: b, finalizers: [orphan, foregroundDeletion]}"),
                       "finalizer orphan and foregroundDeletion cannot be both set"));
}

static void test_metadata__what_an_update_may_not_change(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *before JSON_CLEANUP =
                tree_of("{metadata: {name: a, namespace: b, uid: u, deletionTimestamp: "
                        "'1970-01-01T00:00:00Z', finalizers: [a/b]}}");
        struct json *tree JSON_CLEANUP =
                tree_of("{metadata: {name: a, namespace: b, uid: v, deletionTimestamp: "
                        "'1970-01-01T00:00:00Z', finalizers: [a/b, c/d]}}");
        struct field_errors errors = { .arena = &fixture.arena };

        (void)state;
        fixture_init(&fixture);
        errors.arena = &fixture.arena;
        metadata_validate(kinds_find(fixture.kinds, "", "v1", "pods"), tree, before, &errors);
        assert_string_equal(
                field_errors_text(&errors),
                "[metadata.finalizers: Forbidden: no new finalizers can be added if the object is "
                "being deleted, found new finalizers []string{\"c/d\"}, metadata.uid: Invalid "
                "value: \"v\": field is immutable]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_metadata__names),
                cmocka_unit_test(test_metadata__labels_and_annotations),
                cmocka_unit_test(test_metadata__owners),
                cmocka_unit_test(test_metadata__finalizers),
                cmocka_unit_test(test_metadata__what_an_update_may_not_change),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
