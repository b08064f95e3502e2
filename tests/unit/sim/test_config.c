#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

static void test_config__comes_back_as_from_a_real_server(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}, "
                  "binaryData: {}}",
                  "{data: {a: b}}" },
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, immutable: false, data: "
                  "{a: ''}}",
                  "{immutable: false, data: {a: ''}}" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {a: b, c: hello "
                  "world!}}",
                  "{data: {a: Yg==, c: aGVsbG8gd29ybGQh}, type: Opaque}" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: eA==}, "
                  "stringData: {a: 'xy'}, type: foo}",
                  "{data: {a: eHk=}, type: foo}" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_comes_back(&fixture, cases[i][0], cases[i][1]);
}

static void test_config__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {'a b': x}}",
                  "data[a b]: Invalid value: \"a b\": a valid config key must consist of "
                  "alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
                  "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')\n" },
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {'..': x}}",
                  "data[..]: Invalid value: \"..\": must not be '..'\n" },
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {d: x}, "
                  "binaryData: {d: YQ==}}",
                  "data[d]: Invalid value: \"d\": duplicate of key present in binaryData\n" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: kubernetes.io/tls}",
                  "data[tls.crt]: Required value\ndata[tls.key]: Required value\n" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: "
                  "kubernetes.io/service-account-token}",
                  "metadata.annotations[kubernetes.io/service-account.name]: Required value\n" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: "
                  "kubernetes.io/dockerconfigjson}",
                  "data[.dockerconfigjson]: Required value\n" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: "
                  "kubernetes.io/basic-auth}",
                  "data[username]: Required value\ndata[password]: Required value\n" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: "
                  "kubernetes.io/basic-auth, data: {password: eA==}}",
                  "" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture, cases[i][0]), cases[i][1]);
}

static void test_config__cannot_be_decoded(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, binaryData: {d: '%%'}}",
                  "illegal base64 data at input byte 0" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {d: 'YWJj!'}}",
                  "illegal base64 data at input byte 4" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {d: YWJj}}", "" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(undecodable(&fixture, cases[i][0]), cases[i][1]);
}

static void test_config__what_may_not_change(void **state) {
        static const char *const cases[][3] = {
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, immutable: true, data: "
                  "{a: b}}",
                  "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, immutable: true, data: "
                  "{a: c}}",
                  "data: Forbidden: field is immutable when `immutable` is set\n" },
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, immutable: true, data: "
                  "{a: b}}",
                  "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}",
                  "immutable: Forbidden: field is immutable when `immutable` is set\n" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: foo}",
                  "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: bar}",
                  "type: Invalid value: \"bar\": field is immutable\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_update(&fixture, cases[i][0], cases[i][1],
                                                     PART_OBJECT),
                                    cases[i][2]);
}

static void test_config__row(void **state) {
        static const char *const cases[][2] = {
                { "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, data: {a: b}, binaryData: {c: d}}",
                  "[\"a\",2,\"10s\"]" },
                { "{apiVersion: v1, kind: Secret, metadata: {name: a, creationTimestamp: "
                  "'1970-01-01T00:16:30Z'}, type: Opaque, data: {a: b}}",
                  "[\"a\",\"Opaque\",1,\"10s\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, cases[i][0]), cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_config__comes_back_as_from_a_real_server),
                cmocka_unit_test(test_config__says_what_is_wrong),
                cmocka_unit_test(test_config__cannot_be_decoded),
                cmocka_unit_test(test_config__what_may_not_change),
                cmocka_unit_test(test_config__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
