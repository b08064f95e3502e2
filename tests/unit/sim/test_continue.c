#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/continue.h"

static void test_continue__is_the_real_servers(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        (void)state;
        /* As a server of version 1.34 made them. */
        assert_string_equal(continue_encode(&(struct continuation){ 290, "", "c2" }, &arena),
                            "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjkwLCJzdGFydCI6Ii9jMlx1MDAwMCJ9");
        assert_string_equal(
                continue_encode(&(struct continuation){ 290, "default", "c1" }, &arena),
                "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MjkwLCJzdGFydCI6Ii9kZWZhdWx0L2MxXHUwMDAwIn0");
}

static void test_continue__comes_back(void **state) {
        static const struct continuation rows[] = {
                { 1, "", "a" },
                { -1, "ns", "some-name" },
                { INT64_C(1) << 60, "n", "a.b" },
        };
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct continuation back;
                struct err err;

                assert_int_equal(continue_decode(continue_encode(&rows[i], &arena),
                                                 rows[i].namespace_[0] != '\0', &arena, &back,
                                                 &err),
                                 0);
                assert_int_equal(back.revision, rows[i].revision);
                assert_string_equal(back.namespace_, rows[i].namespace_);
                assert_string_equal(back.name, rows[i].name);
                assert_int_equal(continue_decode(continue_encode(&rows[i], &arena),
                                                 rows[i].namespace_[0] == '\0', &arena, &back,
                                                 &err),
                                 -1);
        }
}

static void test_continue__may_be_nonsense(void **state) {
        static const struct {
                const char *token, *message;
        } rows[] = {
                { "a", "continue key is not valid: illegal base64 data at input byte 1" },
                { "ab=", "continue key is not valid: illegal base64 data at input byte 2" },
                { "xx", "continue key is not valid: JSON byte 0: expected a value" },
                { "e30",
                  "continue key is not valid: server does not recognize this encoded version" },
                /* {"v":"meta.k8s.io/v1","rv":0,"start":"/a"} */
                { "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MCwic3RhcnQiOiIvYSJ9",
                  "continue key is not valid: incorrect encoded start resourceVersion (version "
                  "meta.k8s.io/v1)" },
                /* {"v":"meta.k8s.io/v1","rv":3,"start":""} */
                { "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6Mywic3RhcnQiOiIifQ",
                  "continue key is not valid: encoded start key empty (version meta.k8s.io/v1)" },
                /* {"v":"meta.k8s.io/v1","rv":3,"start":"../x"} */
                { "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6Mywic3RhcnQiOiIuLi94In0",
                  "continue key is not valid: ../x" },
        };
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct continuation back;
                struct err err;

                assert_int_equal(continue_decode(rows[i].token, false, &arena, &back, &err), -1);
                assert_string_equal(err.msg, rows[i].message);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_continue__is_the_real_servers),
                cmocka_unit_test(test_continue__comes_back),
                cmocka_unit_test(test_continue__may_be_nonsense),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
