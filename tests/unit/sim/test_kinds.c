#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

#define WIDGETS(names, more)                                                                       \
        "{metadata: {name: widgets.example.com}, spec: {group: example.com, scope: Namespaced, "   \
        "names: " names ", versions: [{name: v1, served: true, storage: true, schema: "            \
        "{openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: "   \
        "{type: integer, default: 1}}}}}}" more "}]}}"
#define WIDGET_NAMES                                                                               \
        "{plural: widgets, singular: widget, kind: Widget, listKind: WidgetList, shortNames: "     \
        "[wd]}"

static void define(struct fixture *fixture, const char *yaml) {
        struct json *definition JSON_CLEANUP = tree_of(yaml);
        struct err err;

        assert_int_equal(kinds_define(fixture->kinds, definition, &err), 0);
}

static void test_kinds__finds_what_is_built_in(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct kind *pods;

        (void)state;
        fixture_init(&fixture);
        pods = kinds_find(fixture.kinds, "", NULL, "pods");
        assert_non_null(pods);
        assert_ptr_equal(pods, kinds_find(fixture.kinds, "", "v1", "pods"));
        assert_ptr_equal(pods, kinds_find_name(fixture.kinds, "v1", "Pod"));
        assert_null(kinds_find(fixture.kinds, "", "v2", "pods"));
        assert_null(kinds_find(fixture.kinds, "apps", "v1", "pods"));
        assert_string_equal(pods->list_name, "PodList");
        assert_string_equal(pods->short_names[0], "po");
        assert_null(pods->short_names[1]);
        assert_true(pods->namespaced && pods->has_status && pods->has_generation && pods->builtin);
        assert_true(kind_selects_on(pods, "spec.nodeName"));
        assert_false(kind_selects_on(pods, "spec.hostname"));
        assert_true(kinds_has_group(fixture.kinds, "", "v1"));
        assert_false(kinds_has_group(fixture.kinds, "nowhere", NULL));
        assert_string_equal(pods->columns[0].name, "Name");
        assert_string_equal(pods->columns[8].name, "Readiness Gates");
}

static void test_kinds__every_one_has_a_schema_and_its_columns(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct kind *kind;
        size_t cursor = 0, n = 0;

        (void)state;
        fixture_init(&fixture);
        while (kinds_next(fixture.kinds, &cursor, &kind)) {
                struct json *cells JSON_CLEANUP = json_new_array();
                struct json *object JSON_CLEANUP = json_new_object();

                n++;
                assert_non_null(schema_property(kind->schema, "metadata"));
                assert_ptr_equal(collection_owner(kind->objects),
                                 kind->stored_as ? kind->stored_as : kind);
                if (kind->hooks && kind->hooks->cells) {
                        kind->hooks->cells(kind, object, 0, cells);
                        assert_int_equal(json_length(cells), kind->n_columns);
                        continue;
                }
                for (size_t i = 0; i < kind->n_columns; i++)
                        assert_non_null(kind->columns[i].path);
        }
        assert_true(n > 1);
}

static void test_kinds__are_made_of_definitions(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct kind *widgets;

        (void)state;
        fixture_init(&fixture);
        define(&fixture,
               WIDGETS(WIDGET_NAMES,
                       ", subresources: {status: {}, scale: {specReplicasPath: .spec.size, "
                       "statusReplicasPath: .status.size}}, selectableFields: [{jsonPath: "
                       ".spec.size}], additionalPrinterColumns: [{name: Size, type: integer, "
                       "jsonPath: .spec.size, priority: 1}]"));
        widgets = kinds_find(fixture.kinds, "example.com", NULL, "widgets");
        assert_non_null(widgets);
        assert_false(widgets->builtin);
        assert_true(widgets->has_status && widgets->has_generation);
        assert_string_equal(widgets->scale->replicas, ".spec.size");
        assert_null(widgets->scale->selector);
        assert_true(kind_selects_on(widgets, "spec.size"));
        assert_int_equal(widgets->n_columns, 2);
        assert_string_equal(widgets->columns[1].path, ".spec.size");
        assert_int_equal(widgets->columns[1].priority, 1);
        assert_non_null(schema_property(schema_property(widgets->schema, "metadata"), "labels"));
}

static void test_kinds__may_bound_their_names(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        define(&fixture,
               "{metadata: {name: gizmos.example.com}, spec: {group: example.com, scope: Cluster, "
               "names: {plural: gizmos, singular: gizmo, kind: Gizmo, listKind: GizmoList}, "
               "versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: "
               "{type: object, properties: {metadata: {type: object, properties: {name: {type: "
               "string, maxLength: 3}}}}}}}]}}");
        assert_string_equal(errors_of_new(&fixture,
                                          "{apiVersion: example.com/v1, kind: Gizmo, metadata: "
                                          "{name: abc, labels: {a: b}}}"),
                            "");
        assert_string_equal(errors_of_new(&fixture,
                                          "{apiVersion: example.com/v1, kind: Gizmo, metadata: "
                                          "{name: abcd}}"),
                            "metadata.name: Too long: may not be more than 3 bytes\n");
}

static void test_kinds__stay_where_they_are_when_redefined(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct kind *widgets;
        struct collection *objects;

        (void)state;
        fixture_init(&fixture);
        define(&fixture, WIDGETS(WIDGET_NAMES, ""));
        widgets = kinds_find(fixture.kinds, "example.com", "v1", "widgets");
        objects = widgets->objects;
        assert_false(widgets->has_status);
        assert_string_equal(widgets->columns[1].name, "Age");
        define(&fixture, WIDGETS(WIDGET_NAMES, ", subresources: {status: {}}"));
        assert_ptr_equal(widgets, kinds_find(fixture.kinds, "example.com", "v1", "widgets"));
        assert_ptr_equal(objects, widgets->objects);
        assert_true(widgets->has_status);

        kinds_undefine(fixture.kinds, "widgets.example.com");
        assert_null(kinds_find(fixture.kinds, "example.com", "v1", "widgets"));
        assert_false(kinds_has_group(fixture.kinds, "example.com", NULL));
        assert_string_equal(widgets->plural, "widgets");

        define(&fixture, WIDGETS(WIDGET_NAMES, ""));
        assert_ptr_not_equal(widgets, kinds_find(fixture.kinds, "example.com", "v1", "widgets"));
}

static void test_kinds__bad_definitions_change_nothing(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        struct json *none JSON_CLEANUP = tree_of("{metadata: {name: x.y}, spec: {group: y, names: "
                                                 "{plural: x, kind: X}, versions: []}}");
        struct json *bad JSON_CLEANUP = tree_of(
                "{metadata: {name: x.y}, spec: {group: y, names: {plural: x, kind: X}, versions: "
                "[{name: v1, served: true, schema: {openAPIV3Schema: {type: nonsense}}}]}}");
        struct err err;

        (void)state;
        fixture_init(&fixture);
        assert_int_equal(kinds_define(fixture.kinds, none, &err), -1);
        assert_string_equal(err.msg, "no version is served");
        assert_int_equal(kinds_define(fixture.kinds, bad, &err), -1);
        assert_null(kinds_find(fixture.kinds, "y", NULL, "x"));
}

static const char *status_of(struct fixture *fixture, const char *yaml) {
        struct json *definition JSON_CLEANUP = tree_of(yaml);

        kinds_definition_status(fixture->kinds, definition, FIXTURE_NOW_MS);
        return text_of_tree(fixture, json_get(definition, "status"));
}

static void test_kinds__names_are_had_by_one(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        define(&fixture, WIDGETS(WIDGET_NAMES, ""));
        assert_string_equal(
                status_of(&fixture, WIDGETS(WIDGET_NAMES, "")),
                "{\"conditions\":[{\"lastTransitionTime\":\"1970-01-01T00:16:40Z\",\"message\":"
                "\"no conflicts found\",\"reason\":\"NoConflicts\",\"status\":\"True\",\"type\":"
                "\"NamesAccepted\"},{\"lastTransitionTime\":\"1970-01-01T00:16:40Z\",\"message\":"
                "\"the initial names have been accepted\",\"reason\":\"InitialNamesAccepted\","
                "\"status\":\"True\",\"type\":\"Established\"}],\"acceptedNames\":{\"kind\":"
                "\"Widget\",\"plural\":\"widgets\",\"singular\":\"widget\",\"shortNames\":[\"wd\"],"
                "\"listKind\":\"WidgetList\"}}");
        assert_string_equal(
                status_of(&fixture,
                          "{metadata: {name: gizmos.example.com}, spec: {group: example.com, "
                          "names: {plural: gizmos, singular: widget, kind: Gizmo, listKind: "
                          "GizmoList, shortNames: [wd, gz]}}}"),
                "{\"conditions\":[{\"lastTransitionTime\":\"1970-01-01T00:16:40Z\",\"message\":"
                "\"\\\"wd\\\" is already in use\",\"reason\":\"ShortNamesConflict\",\"status\":"
                "\"False\",\"type\":\"NamesAccepted\"},{\"lastTransitionTime\":"
                "\"1970-01-01T00:16:40Z\",\"message\":\"not all names are accepted\",\"reason\":"
                "\"NotAccepted\",\"status\":\"False\",\"type\":\"Established\"}],\"acceptedNames\":"
                "{\"kind\":\"Gizmo\",\"plural\":\"gizmos\",\"listKind\":\"GizmoList\"}}");
        define(&fixture,
               "{metadata: {name: gadgets.example.com}, spec: {group: example.com, names: "
               "{plural: gadgets, kind: Widget}, versions: [{name: v1, served: true}]}}");
        assert_null(kinds_find(fixture.kinds, "example.com", "v1", "gadgets"));
}

static void test_kinds__once_established_always_so(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const char *text;

        (void)state;
        fixture_init(&fixture);
        define(&fixture, WIDGETS(WIDGET_NAMES, ""));
        text = status_of(&fixture,
                         "{metadata: {name: other.example.com}, spec: {group: example.com, names: "
                         "{plural: other, kind: Widget}}, status: {conditions: [{type: "
                         "Established, status: 'True', lastTransitionTime: "
                         "'1970-01-01T00:00:00Z'}]}}");
        assert_non_null(strstr(text, "\"reason\":\"KindConflict\""));
        assert_non_null(strstr(text, "\"type\":\"Established\",\"status\":\"True\""));
}

enum { SAMPLE_DEPTH = 7 };

/* Something of each member that the schema names. */
static struct json *sample_of(const struct schema *schema, int depth) {
        struct json *sample = NULL;

        switch (schema->type) {
        case SCHEMA_ANY:
        case SCHEMA_OBJECT:
                sample = json_new_object();
                for (size_t i = 0; i < schema->n_properties && depth < SAMPLE_DEPTH; i++)
                        json_set(sample, schema->properties[i].name,
                                 sample_of(schema->properties[i].schema, depth + 1));
                if (schema->additional)
                        json_set(sample, "key", sample_of(schema->additional, depth + 1));
                break;
        case SCHEMA_ARRAY:
                sample = json_new_array();
                if (schema->items)
                        json_append(sample, sample_of(schema->items, depth + 1));
                break;
        case SCHEMA_STRING:
                sample = json_new_string(bytes_of("1970-01-01T00:00:00Z"));
                break;
        case SCHEMA_INTEGER:
        case SCHEMA_NUMBER:
        case SCHEMA_INT_OR_STRING:
                sample = json_new_int(1);
                break;
        case SCHEMA_BOOLEAN:
                sample = json_new_bool(true);
                break;
        }
        return sample;
}

static struct json *value_of(int which) {
        static const char *const values[] = { "null", "true",           "7",
                                              "text", "[{}, 1, [], x]", "{a: {}, b: [1]}" };

        return tree_of(values[which]);
}

/* Puts the value in the place of the one with this number, counting from the root down. */
static bool replace(struct json *tree, size_t *countdown, int which) {
        const struct json *value;
        const char *key;
        void *cursor = NULL;

        if (json_kind(tree) == JSON_ARRAY) {
                for (size_t i = 0; i < json_length(tree); i++) {
                        if ((*countdown)-- == 0) {
                                json_set_at(tree, i, value_of(which));
                                return true;
                        }
                        if (replace(json_at_mut(tree, i), countdown, which))
                                return true;
                }
                return false;
        }
        while (json_kind(tree) == JSON_OBJECT && json_next(tree, &cursor, &key, &value)) {
                if ((*countdown)-- == 0) {
                        json_set(tree, key, value_of(which));
                        return true;
                }
                if (replace(json_get_mut(tree, key), countdown, which))
                        return true;
        }
        return false;
}

static void run_hooks(struct fixture *fixture, const struct kind *kind, struct json *tree,
                      const struct json *before, enum part part) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct field_errors errors = { .arena = &arena };
        struct json *cells JSON_CLEANUP = json_new_array();
        struct err err;

        (void)fixture;
        schema_prune(kind->schema, tree, NULL);
        if (kind_complete(kind, tree, before, part, 0, &err) < 0)
                return;
        metadata_validate(kind, tree, before, &errors);
        if (!kind->hooks)
                return;
        if (kind->hooks->validate)
                kind->hooks->validate(kind, tree, before, part, &errors);
        if (kind->hooks->forbidden)
                kind->hooks->forbidden(kind, tree, before, &arena);
        if (kind->hooks->out_of_scope)
                kind->hooks->out_of_scope(kind, tree, before, &arena);
        if (kind->hooks->cells) {
                kind->hooks->cells(kind, tree, 0, cells);
                assert_int_equal(json_length(cells), kind->n_columns);
        }
}

static void test_kinds__bear_any_value_anywhere(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct kind *kind;
        size_t cursor = 0;

        (void)state;
        fixture_init(&fixture);
        while (kinds_next(fixture.kinds, &cursor, &kind)) {
                struct json *sample JSON_CLEANUP = sample_of(kind->schema, 0);
                struct json *before JSON_CLEANUP = json_clone(sample);
                bool more = true;

                run_hooks(&fixture, kind, before, NULL, PART_OBJECT);
                for (size_t i = 0; more; i++) {
                        struct json *tree JSON_CLEANUP = json_clone(sample);
                        size_t countdown = i;

                        more = replace(tree, &countdown, (int)(i % 6));
                        run_hooks(&fixture, kind, tree, i % 2 ? before : NULL,
                                  i % 4 == 3 ? PART_STATUS : PART_OBJECT);
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kinds__finds_what_is_built_in),
                cmocka_unit_test(test_kinds__every_one_has_a_schema_and_its_columns),
                cmocka_unit_test(test_kinds__are_made_of_definitions),
                cmocka_unit_test(test_kinds__may_bound_their_names),
                cmocka_unit_test(test_kinds__stay_where_they_are_when_redefined),
                cmocka_unit_test(test_kinds__bad_definitions_change_nothing),
                cmocka_unit_test(test_kinds__names_are_had_by_one),
                cmocka_unit_test(test_kinds__once_established_always_so),
                cmocka_unit_test(test_kinds__bear_any_value_anywhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
