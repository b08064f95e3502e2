#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kind_fixture.h"

#define INGRESS(spec)                                                                              \
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a, "                   \
        "creationTimestamp: '1970-01-01T00:16:30Z'}, spec: " spec "}"
#define RULE(path)                                                                                 \
        "{rules: [{host: a.example, http: {paths: [{" path ", backend: {service: {name: a, port: " \
        "{number: 80}}}}]}}]}"
#define BACKEND(backend) "{defaultBackend: " backend "}"
#define PATH             "spec.rules[0].http.paths[0]"

static void test_ingress__says_what_is_wrong(void **state) {
        static const char *const cases[][2] = {
                { RULE("path: /, pathType: Prefix"), "" },
                { RULE("pathType: ImplementationSpecific"), "" },
                { "{}", "spec: Invalid value: null: either `defaultBackend` or `rules` must be "
                        "specified\n" },
                { RULE("path: x, pathType: Exact"),
                  PATH ".path: Invalid value: \"x\": must be an absolute path\n" },
                { RULE("path: /a//b/., pathType: Exact"),
                  PATH ".path: Invalid value: \"/a//b/.\": must not contain '//'\n" PATH
                       ".path: Invalid value: \"/a//b/.\": cannot end with '/.'\n" },
                { RULE("path: /"), PATH ".pathType: Required value: pathType must be specified\n" },
                { "{rules: [{http: {paths: []}}]}", "spec.rules[0].http.paths: Required value\n" },
                { BACKEND("{}"), "spec.defaultBackend: Invalid value: \"\": resource or service "
                                 "backend is required\n" },
                { BACKEND("{service: {name: a}}"),
                  "spec.defaultBackend: Required value: port name or number is required\n" },
                { BACKEND("{service: {name: a, port: {name: http, number: 80}}}"),
                  "spec.defaultBackend: Invalid value: \"\": cannot set both port name & port "
                  "number\n" },
                { BACKEND("{service: {name: a, port: {number: 70000}}}"),
                  "spec.defaultBackend.service.port.number: Invalid value: 70000: must be between "
                  "1 and 65535, inclusive\n" },
                { BACKEND("{service: {name: a, port: {number: 80}}, resource: {kind: a, name: b}}"),
                  "spec.defaultBackend: Invalid value: \"\": cannot set both resource and service "
                  "backends\n" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(errors_of_new(&fixture,
                                                  arena_printf(&fixture.arena, INGRESS("%s"),
                                                               cases[i][0])),
                                    cases[i][1]);
}

static void test_ingress__row(void **state) {
        static const char *const cases[][2] = {
                { "{}", "[\"a\",\"<none>\",\"*\",\"\",\"80\",\"10s\"]" },
                { "{ingressClassName: nginx, tls: [{}], rules: [{host: a}, {}, {host: b}, {host: "
                  "c}, {host: d}]}, status: {loadBalancer: {ingress: [{ip: 10.0.0.1}, {hostname: "
                  "x}]}}",
                  "[\"a\",\"nginx\",\"a,b,c + 1 more...\",\"10.0.0.1,x\",\"80, 443\",\"10s\"]" },
        };
        struct fixture fixture FIXTURE_CLEANUP = { 0 };

        (void)state;
        fixture_init(&fixture);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(cells_of(&fixture, arena_printf(&fixture.arena, INGRESS("%s"),
                                                                    cases[i][0])),
                                    cases[i][1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ingress__says_what_is_wrong),
                cmocka_unit_test(test_ingress__row),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
