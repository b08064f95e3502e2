#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_crd__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Namespaced, names: {plural: foos, "
                  "kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: "
                  "{openAPIV3Schema: {type: object}}}]}}",
                  "{spec: {group: x.io, scope: Namespaced, conversion: {strategy: None}, names: "
                  "{plural: foos, kind: Foo, singular: foo, listKind: FooList}, versions: [{name: "
                  "v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}, "
                  "status: {storedVersions: [v1], conditions: [], acceptedNames: {kind: '', "
                  "plural: ''}}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_crd__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Bad, names: {plural: bars, kind: "
                  "Bar_}, versions: [{name: v1, served: true, storage: true}]}}",
                  "spec.scope: Unsupported value: \"Bad\": supported values: \"Cluster\", "
                  "\"Namespaced\"\nmetadata.name: Invalid value: \"foos.x.io\": must be "
                  "spec.names.plural+\".\"+spec.group\nspec.versions[0].schema.openAPIV3Schema: "
                  "Required value\nspec.names.singular: Invalid value: "
                  "\"bar_\": a DNS-1035 label must consist of lower case alphanumeric characters "
                  "or '-', start with an alphabetic character, and end with an alphanumeric "
                  "character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
                  "'[a-z]([-a-z0-9]*[a-z0-9])?')\nspec.names.kind: Invalid value: \"Bar_\": may "
                  "have mixed case, but should otherwise match: a DNS-1035 label must consist of "
                  "lower case alphanumeric characters or '-', start with an alphabetic character, "
                  "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex "
                  "used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')\nspec.names.listKind: "
                  "Invalid value: \"Bar_List\": may have mixed case, but should otherwise match: a "
                  "DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
                  "with an alphabetic character, and end with an alphanumeric character (e.g. "
                  "'my-name',  or 'abc-123', regex used for validation is "
                  "'[a-z]([-a-z0-9]*[a-z0-9])?')\n" },
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Cluster, names: {plural: foos, "
                  "kind: Foo}, versions: []}}",
                  "spec.versions: Invalid value: []: must have exactly one version marked as "
                  "storage version\nstatus.storedVersions: Invalid value: null: must have at least "
                  "one "
                  "stored version\n" },
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Cluster, names: {plural: foos, "
                  "kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: "
                  "{openAPIV3Schema: {type: object, properties: {a: {}, b: {type: array, items: "
                  "{}}, c: {type: object, additionalProperties: {}}, d: "
                  "{x-kubernetes-int-or-string: true}, e: "
                  "{x-kubernetes-preserve-unknown-fields: true}}}}}]}}",
                  "spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be "
                  "empty for specified object fields\n"
                  "spec.validation.openAPIV3Schema.properties[b].items.type: Required value: must "
                  "not be empty for specified array items\n"
                  "spec.validation.openAPIV3Schema.properties[c].additionalProperties.type: "
                  "Required value: must not be empty for specified object fields\n" },
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.k8s.io}, spec: {group: x.k8s.io, scope: Cluster, names: {plural: "
                  "foos, kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: "
                  "{openAPIV3Schema: {type: object}}}]}}",
                  "metadata.annotations[api-approved.kubernetes.io]: Required value: protected "
                  "groups must have approval annotation \"api-approved.kubernetes.io\", see "
                  "https://github.com/kubernetes/enhancements/pull/1111\n" },
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Cluster, preserveUnknownFields: "
                  "true, names: {plural: foos, kind: Foo}, versions: [{name: v1, served: true, "
                  "storage: true, schema: {openAPIV3Schema: {type: object}}}]}}",
                  "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set "
                  "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema "
                  "instead\n" },
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Cluster, names: {plural: foos, "
                  "kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: "
                  "{openAPIV3Schema: {}}, additionalPrinterColumns: [{name: '', type: x, jsonPath: "
                  "a}], subresources: {scale: {specReplicasPath: x, statusReplicasPath: "
                  ".spec.a}}}]}}",
                  "spec.validation.openAPIV3Schema.type: Required value: must not be empty at the "
                  "root\nspec.subresources.scale.specReplicasPath: Invalid value: \"x\": must be a "
                  "simple json path starting with .\nspec.subresources.scale.statusReplicasPath: "
                  "Invalid value: \".spec.a\": should be a json path under "
                  ".status\nspec.additionalPrinterColumns[0].name: Required "
                  "value\nspec.additionalPrinterColumns[0].type: Invalid value: \"x\": must be one "
                  "of "
                  "boolean,date,integer,number,string\nspec.additionalPrinterColumns[0].JSONPath: "
                  "Invalid value: \"a\": must be a simple json path starting with .\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_crd__what_may_not_change(void **state) {
        static const char *const cases[][3] = {
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Namespaced, names: {plural: foos, "
                  "kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: "
                  "{openAPIV3Schema: {type: object}}}]}}",
                  "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Cluster, names: {plural: foos, "
                  "kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: "
                  "{openAPIV3Schema: {type: object}}}]}}",
                  "spec.scope: Invalid value: \"Cluster\": field is immutable\n" },
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Namespaced, names: {plural: foos, "
                  "kind: Foo}, versions: [{name: v1, served: true, storage: true, schema: "
                  "{openAPIV3Schema: {type: object}}}]}}",
                  "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: foos.x.io}, spec: {group: x.io, scope: Namespaced, names: {plural: foos, "
                  "kind: Bar}, versions: [{name: v1, served: true, storage: true, schema: "
                  "{openAPIV3Schema: {type: object}}}]}}",
                  "spec.names.kind: Invalid value: \"Bar\": field is immutable\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_update(&fixture, cases[i][0], cases[i][1],
                                                     PART_OBJECT),
                                    cases[i][2]);
}

static void test_crd__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: "
                  "{name: a, creationTimestamp: '1970-01-01T00:16:30Z'}}",
                  "[\"a\",\"1970-01-01T00:16:30Z\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

static void test_crd__is_refused_where_the_simulator_ends(void **state) {
        static const char *const cases[][2] = {
                { "{metadata: {name: a.b}, spec: {versions: [{served: true}, {served: true}]}}",
                  "llc-sim serves one version of a kind; a.b has 2" },
                { "{metadata: {name: a.b}, spec: {versions: [{served: true}], conversion: "
                  "{strategy: Webhook}}}",
                  "llc-sim calls no webhooks: spec.conversion.strategy must be None" },
                { "{metadata: {name: a.b}, spec: {versions: [{served: true}, {served: false}]}}",
                  NULL },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct kind *kind;

        (void)state;
        fixture_init(&fixture);
        kind = kinds_find(fixture.kinds, "apiextensions.k8s.io", NULL, "customresourcedefinitions");
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct json *definition JSON_CLEANUP = tree_of(cases[i][0]);
                const char *why = kind->hooks->out_of_scope(kind, definition, NULL, &fixture.arena);

                if (cases[i][1])
                        assert_string_equal(why, cases[i][1]);
                else
                        assert_null(why);
        }
}

static void test_crd__those_that_are_there_from_the_start_are_valid(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct json *shipped;

        (void)state;
        fixture_init(&fixture);
        shipped = kinds_shipped_definitions(fixture.kinds);
        assert_int_equal(json_length(shipped), 5);
        for (size_t i = 0; i < json_length(shipped); i++) {
                struct json *definition JSON_CLEANUP = json_clone(json_at(shipped, i));

                complete(&fixture, definition, NULL, PART_OBJECT);
                assert_string_equal(errors_of(&fixture, definition, NULL, PART_OBJECT), "");
                assert_null(strstr(text_of_tree(&fixture, definition), "$ref"));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_crd__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_crd__says_what_is_wrong),
                cmocka_unit_test(test_crd__what_may_not_change),
                cmocka_unit_test(test_crd__row),
                cmocka_unit_test(test_crd__is_refused_where_the_simulator_ends),
                cmocka_unit_test(test_crd__those_that_are_there_from_the_start_are_valid),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
