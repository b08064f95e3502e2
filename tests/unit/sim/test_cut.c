#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/cut.h"

static const char POD[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\","
                          "\"annotations\":{\"x\":\"}\\\"{\"},\"resourceVersion\":\"7\"},"
                          "\"spec\":{\"nodeName\":\"n\\u0041\",\"list\":[{\"a\":[]},\"]\"],"
                          "\"replicas\":3,\"on\":true,\"none\":null}}";

static const char *scalar(const char *path, struct arena *arena) {
        return cut_scalar(cut_path(bytes_of(POD), path), arena);
}

static void test_cut__finds_values(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        (void)state;
        assert_string_equal(scalar("kind", &arena), "Pod");
        assert_string_equal(scalar("metadata.resourceVersion", &arena), "7");
        assert_string_equal(scalar("metadata.annotations.x", &arena), "}\"{");
        assert_string_equal(scalar("spec.nodeName", &arena), "nA");
        assert_string_equal(scalar("spec.replicas", &arena), "3");
        assert_string_equal(scalar("spec.on", &arena), "true");
        assert_string_equal(scalar("spec.none", &arena), "");
        assert_string_equal(scalar("spec.list", &arena), "");
        assert_string_equal(scalar("spec.nodeName.x", &arena), "");
        assert_string_equal(scalar("status.phase", &arena), "");
        assert_true(bytes_is(cut_member(bytes_of("{\"a\":{},\"b\":[1]}"), "b"), "[1]"));
        assert_null(cut_member(bytes_of("{}"), "b").ptr);
        assert_null(cut_member(BYTES_NULL, "b").ptr);
}

static void test_cut__leaves_the_type_out(void **state) {
        static const char *const pairs[][2] = {
                { "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"a\":{\"kind\":1},\"b\":2}",
                  "{\"a\":{\"kind\":1},\"b\":2}" },
                { "{\"a\":1,\"kind\":\"Pod\",\"b\":2,\"apiVersion\":\"v1\"}", "{\"a\":1,\"b\":2}" },
                { "{\"apiVersion\":\"v1\",\"a\":1,\"kind\":\"Pod\"}", "{\"a\":1}" },
                { "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", "{}" },
                { "{\"a\":1}", "{\"a\":1}" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
                struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(1024);

                cut_untyped(bytes_of(pairs[i][0]), &out);
                assert_string_equal(strbuf_str(&out), pairs[i][1]);
        }
}

static void test_cut__gives_another_version(void **state) {
        struct strbuf out STRBUF_CLEANUP = STRBUF_INIT(1024);

        (void)state;
        cut_versioned(bytes_of("{\"metadata\":{\"resourceVersion\":\"7\",\"name\":\"a\"},\"b\":1}"),
                      "12", &out);
        assert_string_equal(strbuf_str(&out),
                            "{\"metadata\":{\"resourceVersion\":\"12\",\"name\":\"a\"},\"b\":1}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cut__finds_values),
                cmocka_unit_test(test_cut__leaves_the_type_out),
                cmocka_unit_test(test_cut__gives_another_version),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
