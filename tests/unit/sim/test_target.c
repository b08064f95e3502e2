#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/target.h"

struct row {
        const char *method, *text;
        const char *says; /* asked group/version namespace resource name subresource */
};

static void test_target__names_what_is_asked_for(void **state) {
        static const struct row rows[] = {
                { "GET", "/api/v1/pods", "list /v1 - pods - -" },
                { "GET", "/api/v1/pods/", "list /v1 - pods - -" },
                { "GET", "/api/v1/pods?watch=1", "watch /v1 - pods - -" },
                { "GET", "/api/v1/pods?watch=", "watch /v1 - pods - -" },
                { "GET", "/api/v1/pods?watch=false", "list /v1 - pods - -" },
                { "GET", "/api/v1/namespaces/a/pods/b?watch=1", "get /v1 a pods b -" },
                { "GET", "/api/v1/namespaces/a", "get /v1 a namespaces a -" },
                { "PUT", "/api/v1/namespaces/a/status", "update /v1 a namespaces a status" },
                { "PUT", "/api/v1/namespaces/a/finalize", "update /v1 a namespaces a finalize" },
                { "DELETE", "/api/v1/namespaces/a/pods", "deletecollection /v1 a pods - -" },
                { "DELETE", "/api/v1/namespaces/a/pods/b", "delete /v1 a pods b -" },
                { "POST", "/api/v1/namespaces/a/pods/b/eviction", "create /v1 a pods b eviction" },
                { "PATCH", "/apis/apps/v1/namespaces/a/deployments/b/scale",
                  "patch apps/v1 a deployments b scale" },
                { "GET", "/api/v1/watch/namespaces/a/pods/b", "watch /v1 a pods b -" },
                { "GET", "/api/v1/watch/namespaces", "watch /v1 - namespaces - -" },
                { "POST", "/api/v1/watch/pods", " /v1 - pods - -" },
                { "FOO", "/api/v1/pods", " /v1 - pods - -" },
                { "GET", "/api/v1/namespaces/a%2Fpods", "list /v1 a pods - -" },
                { "GET", "/api/v1/pods?fieldSelector=metadata.name%3Dx", "list /v1 - pods x -" },
                { "GET", "/api/v1/pods?fieldSelector=metadata.name%3D%3Dx", "list /v1 - pods x -" },
                { "GET", "/api/v1/pods?fieldSelector=metadata.name!=x", "list /v1 - pods - -" },
                { "GET", "/api/v1/pods?fieldSelector=metadata.name=x,a=b", "list /v1 - pods - -" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                struct target t;
                struct err err;
                const char *says;

                assert_int_equal(target_parse(rows[i].method, rows[i].text, &arena, &t, &err), 0);
                assert_true(t.is_resource);
                says = arena_printf(&arena, "%s %s/%s %s %s %s %s", asked_name(t.asked), t.group,
                                    t.version, t.namespace_[0] ? t.namespace_ : "-", t.resource,
                                    t.name[0] ? t.name : "-",
                                    t.subresource[0] ? t.subresource : "-");
                assert_string_equal(says, rows[i].says);
        }
}

static void test_target__may_be_none_of_a_resource(void **state) {
        static const char *const texts[] = {
                "/", "/api", "/api/v1", "/api/v1/", "/apis/apps/v1", "/healthz", "//api/v1/pods"
        };
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct target target;
        struct err err;

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
                assert_int_equal(target_parse("GET", texts[i], &arena, &target, &err), 0);
                assert_false(target.is_resource);
                assert_int_equal(target.asked, ASKED_GET);
        }
        assert_int_equal(target_parse("GET", "/apis/apps/v1", &arena, &target, &err), 0);
        assert_string_equal(target.group, "apps");
        assert_string_equal(target.version, "v1");
}

static void test_target__must_be_decodable(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct target target;
        struct err err;

        (void)state;
        assert_int_equal(target_parse("GET", "/api/v1/pods/a%zz", &arena, &target, &err), -1);
        assert_int_equal(target_parse("GET", "/api/v1/pods/a%2", &arena, &target, &err), -1);
        assert_int_equal(target_parse("", "/api", &arena, &target, &err), -1);
        assert_int_equal(target_parse("\xffGET", "/api", &arena, &target, &err), -1);
        assert_int_equal(target_parse("G(T", "/api", &arena, &target, &err), -1);
        assert_int_equal(target_parse("GET", "api/v1", &arena, &target, &err), -1);
        assert_int_equal(target_parse("GET", "", &arena, &target, &err), -1);

        assert_int_equal(target_parse("GET", "/a%ff%00b%c3%bc", &arena, &target, &err), 0);
        assert_string_equal(target.path, "/a\xEF\xBF\xBD\xEF\xBF\xBD"
                                         "b\xC3\xBC");
}

static void test_target__has_options(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct target t;
        struct err err;
        int64_t number;

        (void)state;
        assert_int_equal(target_parse("GET", "/x?a=1&b=x+y%2Bz&c&d=%zz&&e=;&a=2&f=9z&g=-7", &arena,
                                      &t, &err),
                         0);
        assert_string_equal(target_option(&t, "a"), "1");
        assert_string_equal(target_option(&t, "b"), "x y+z");
        assert_true(target_has(&t, "c") && target_flag(&t, "c"));
        assert_false(target_has(&t, "d") || target_has(&t, "e") || target_has(&t, ""));
        assert_false(target_flag(&t, "h"));
        assert_int_equal(t.n_query, 6);

        assert_int_equal(target_number(&t, "g", &number, &err), 0);
        assert_int_equal(number, -7);
        assert_int_equal(target_number(&t, "h", &number, &err), 0);
        assert_int_equal(number, 0);
        assert_int_equal(target_number(&t, "f", &number, &err), -1);
        assert_string_equal(err.msg, "strconv.ParseInt: parsing \"9z\": invalid syntax");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_target__names_what_is_asked_for),
                cmocka_unit_test(test_target__may_be_none_of_a_resource),
                cmocka_unit_test(test_target__must_be_decodable),
                cmocka_unit_test(test_target__has_options),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
