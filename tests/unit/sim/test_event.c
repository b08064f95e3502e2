#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_event__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, involvedObject: {kind: Pod, "
                  "name: x}}",
                  "{eventTime: null, firstTimestamp: null, lastTimestamp: null, involvedObject: "
                  "{kind: Pod, name: x}, reportingComponent: '', reportingInstance: '', source: "
                  "{}}" },
                { "{apiVersion: events.k8s.io/v1, kind: Event, metadata: {name: a}, regarding: "
                  "{kind: Pod, name: x}, deprecatedCount: 0}",
                  "{eventTime: null, deprecatedFirstTimestamp: null, deprecatedLastTimestamp: "
                  "null, regarding: {kind: Pod, name: x}, deprecatedSource: {}}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_event__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, involvedObject: {namespace: "
                  "kube-system}}",
                  "involvedObject.namespace: Invalid value: \"kube-system\": does not match "
                  "event.namespace\n" },
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01.000000Z', action: Do, reason: R, type: Normal, "
                  "reportingComponent: x/z, reportingInstance: i, involvedObject: {namespace: "
                  "default}}",
                  "" },
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01.000000Z', reason: R, type: foo, reportingComponent: x/z, "
                  "reportingInstance: i, involvedObject: {namespace: default}}",
                  "action: Required value\ntype: Invalid value: \"\": has invalid value: foo\n" },
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01.000000Z', action: Do, reason: R, type: Normal, "
                  "reportingComponent: x/z, reportingInstance: i, involvedObject: {namespace: "
                  "default}, series: {count: 1}}",
                  "series.count: Invalid value: \"\": should be at least 2\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_event__cannot_be_decoded(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01Z'}",
                  "parsing time \"1970-01-01T00:00:01Z\" as \"2006-01-02T15:04:05.000000Z07:00\": "
                  "cannot parse \"Z\" as \".000000\"" },
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01.000Z'}",
                  "parsing time \"1970-01-01T00:00:01.000Z\" as "
                  "\"2006-01-02T15:04:05.000000Z07:00\": cannot parse \".000Z\" as \".000000\"" },
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, firstTimestamp: x}",
                  "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as "
                  "\"2006\"" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(undecodable(&fixture, cases[i][0]), cases[i][1]);
}

static void test_event__what_may_not_change(void **state) {
        static const char *const cases[][3] = {
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01.000000Z', action: Do, reason: R, type: Normal, "
                  "reportingComponent: x/z, reportingInstance: i, involvedObject: {namespace: "
                  "default}}",
                  "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01.000000Z', action: Do, reason: R, type: Normal, "
                  "reportingComponent: x/z, reportingInstance: i, involvedObject: {namespace: "
                  "default}, message: zz}",
                  "message: Invalid value: \"zz\": field is immutable\n" },
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01.000000Z', action: Do, reason: R, type: Normal, "
                  "reportingComponent: x/z, reportingInstance: i, involvedObject: {namespace: "
                  "default}}",
                  "{apiVersion: v1, kind: Event, metadata: {name: a}, eventTime: "
                  "'1970-01-01T00:00:01.000000Z', action: Do, reason: R, type: Normal, "
                  "reportingComponent: x/z, reportingInstance: i, involvedObject: {namespace: "
                  "default}, series: {count: 2, lastObservedTime: '1970-01-01T00:00:02.000000Z'}}",
                  "" },
                { "{apiVersion: v1, kind: Event, metadata: {name: a}, involvedObject: {}}",
                  "{apiVersion: v1, kind: Event, metadata: {name: a}, involvedObject: {}, message: "
                  "zz}",
                  "" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_update(&fixture, cases[i][0], cases[i][1],
                                                     PART_OBJECT),
                                    cases[i][2]);
}

static void test_event__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: Event, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, involvedObject: {kind: ReplicaSet, name: x, fieldPath: "
                  "p}, type: Normal, reason: R, message: ' m\n', source: {component: me, host: h}, "
                  "firstTimestamp: '1970-01-01T00:16:00Z', lastTimestamp: '1970-01-01T00:16:10Z', "
                  "count: 3}",
                  "[\"30s\",\"Normal\",\"R\",\"replicaset/x\",\"p\",\"me, "
                  "h\",\"m\",\"40s\",3,\"a\"]" },
                { "{apiVersion: events.k8s.io/v1, kind: Event, metadata: {name: a, "
                  "creationTimestamp: '1970-01-01T00:16:30Z'}, regarding: {kind: Pod}, type: "
                  "Warning, reason: R, note: m, reportingController: c, eventTime: "
                  "'1970-01-01T00:16:00.000000Z', series: {count: 4, lastObservedTime: "
                  "'1970-01-01T00:16:20.000000Z'}}",
                  "[\"20s\",\"Warning\",\"R\",\"pod\",\"\",\"c\",\"m\",\"40s\",4,\"a\"]" },
                { "{apiVersion: v1, kind: Event, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, involvedObject: {kind: Pod, name: x}, eventTime: "
                  "'1970-01-01T00:16:00.000000Z'}",
                  "[\"40s\",\"\",\"\",\"pod/x\",\"\",\"\",\"\",\"40s\",1,\"a\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

static void test_event__is_one_under_two_names(void **state) {
        struct fixture fixture FIXTURE_CLEANUP = { 0 };
        const struct kind *core, *view;
        struct json *event JSON_CLEANUP = NULL, *shown JSON_CLEANUP = NULL;
        struct record *record, *seen;

        (void)state;
        fixture_init(&fixture);
        core = kinds_find(fixture.kinds, "", "v1", "events");
        view = kinds_find(fixture.kinds, "events.k8s.io", "v1", "events");
        assert_ptr_equal(view->stored_as, core);
        assert_ptr_equal(view->objects, core->objects);
        event = created(&fixture,
                        "{apiVersion: events.k8s.io/v1, kind: Event, metadata: {name: a}, "
                        "regarding: {name: x}, note: said, eventTime: "
                        "'1970-01-01T00:16:00.000000Z', reportingController: c}");
        kind_to_stored(view, event);
        assert_string_equal(json_text_at(event, "apiVersion"), "v1");
        assert_string_equal(json_text_at(event, "message"), "said");
        assert_string_equal(json_text_at(event, "reportingComponent"), "c");
        assert_string_equal(json_text_at(json_get(event, "involvedObject"), "name"), "x");
        assert_false(json_has(event, "note"));

        complete(&fixture, event, NULL, PART_OBJECT);
        record = storage_put(fixture.storage, core->objects, event);
        seen = kind_shown(view, record);
        shown = record_tree(seen);
        assert_int_equal(seen->revision, record->revision);
        assert_string_equal(json_text_at(shown, "apiVersion"), "events.k8s.io/v1");
        assert_string_equal(json_text_at(shown, "note"), "said");
        assert_string_equal(json_text_at(shown, "reportingController"), "c");
        assert_false(json_has(shown, "reportingInstance"));
        assert_false(json_has(shown, "message"));
        record_unref(seen);

        seen = kind_shown(core, record);
        assert_ptr_equal(seen, record);
        record_unref(seen);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_event__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_event__says_what_is_wrong),
                cmocka_unit_test(test_event__cannot_be_decoded),
                cmocka_unit_test(test_event__what_may_not_change),
                cmocka_unit_test(test_event__row),
                cmocka_unit_test(test_event__is_one_under_two_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
