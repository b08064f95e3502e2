#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/duplicates.h"

static void assert_found(const char *text, const char *first, const char *second) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct strings found = { .arena = &arena };

        duplicates_find(bytes_of(text), &found);
        assert_int_equal(found.n, (first ? 1 : 0) + (second ? 1 : 0));
        if (first)
                assert_string_equal(found.items[0], first);
        if (second)
                assert_string_equal(found.items[1], second);
}

static void test_duplicates__are_found_by_path(void **state) {
        (void)state;
        assert_found("{\"a\": 1, \"a\" : 2}", "a", NULL);
        assert_found("{\"data\":{\"k\":\"1\",\"k\":\"2\"}, \"spec\":{\"ports\":[{\"n\":1},"
                     "{\"n\":1,\"p\":[],\"n\":2}]}}",
                     "data.k", "spec.ports[1].n");
        assert_found("[{\"a\":{\"b\":1}},{\"a\":{\"b\":1,\"b\":{}}}]", "[1].a.b", NULL);
}

static void test_duplicates__are_of_one_object(void **state) {
        (void)state;
        assert_found("{\"a\":{\"a\":{\"b\":1}},\"b\":[\"a\",\"a\",1,true,null,-1.5e3]}", NULL,
                     NULL);
        assert_found(" \"a\" ", NULL, NULL);
        assert_found("{}", NULL, NULL);
        assert_found("{\"a\\\"b\":\"\\\\\",\"a\":\"}\"}", NULL, NULL);
}

static void test_duplicates__end_with_the_text(void **state) {
        static const char TEXT[] = "{\"a\":[1,{\"b\\\"\":\"c\"},tru";

        (void)state;
        for (size_t length = 0; length < sizeof(TEXT); length++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                struct strings found = { .arena = &arena };

                duplicates_find((struct bytes){ TEXT, length }, &found);
                assert_int_equal(found.n, 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_duplicates__are_found_by_path),
                cmocka_unit_test(test_duplicates__are_of_one_object),
                cmocka_unit_test(test_duplicates__end_with_the_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
