#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static bool equal(const char *text_a, const char *text_b) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json_a = json_read(text_a);
        JSON_CLEANUP struct json *json_b = json_read(text_b);
        struct toy a, b;
        struct err err;

        assert_int_equal(desc_decode_foreign(&toy_type, json_a, &arena, &a, &err), 0);
        assert_int_equal(desc_decode_foreign(&toy_type, json_b, &arena, &b, &err), 0);
        assert_true(desc_equal(&toy_type, &a, &b) == desc_equal(&toy_type, &b, &a));
        return desc_equal(&toy_type, &a, &b);
}

static void test_desc_equal__each_kind_counts(void **state) {
        static const struct {
                const char *a, *b;
        } cases[] = {
                { "{\"on\":true}", "{\"on\":false}" },
                { "{\"switch\":false}", "{}" },
                { "{\"count\":1}", "{\"count\":2}" },
                { "{\"total\":0}", "{}" },
                { "{\"total\":1}", "{\"total\":4294967297}" },
                { "{\"text\":\"ab\"}", "{\"text\":\"ac\"}" },
                { "{\"text\":\"\"}", "{}" },
                { "{\"color\":\"Red\"}", "{\"color\":\"Green\"}" },
                { "{\"at\":\"2024-01-01T00:00:00Z\"}", "{\"at\":\"2024-01-01T00:00:01Z\"}" },
                { "{\"part\":{\"name\":\"p\"}}", "{}" },
                { "{\"part\":{\"name\":\"p\"}}", "{\"part\":{\"name\":\"q\"}}" },
                { "{\"parts\":[{\"name\":\"p\"}]}", "{\"parts\":[]}" },
                { "{\"parts\":[{\"name\":\"p\"}]}", "{\"parts\":[{\"name\":\"q\"}]}" },
                { "{\"tags\":[\"a\",\"b\"]}", "{\"tags\":[\"b\",\"a\"]}" },
                { "{\"numbers\":[1,2]}", "{\"numbers\":[1]}" },
                { "{\"numbers\":[1,2]}", "{\"numbers\":[1,3]}" },
                { "{\"labels\":{\"k\":\"v\"}}", "{\"labels\":{\"k\":\"w\"}}" },
                { "{\"labels\":{\"k\":\"v\"}}", "{\"labels\":{\"l\":\"v\"}}" },
                { "{\"amount\":2}", "{}" },
                { "{\"amounts\":{\"k\":2}}", "{\"amounts\":{\"k\":3}}" },
                { "{\"words\":[]}", "{}" },
                { "{\"spares\":[]}", "{}" },
                { "{\"words\":[]}", "{\"words\":[\"w\"]}" },
                { "{\"place\":{\"street\":\"a\"}}", "{\"place\":{\"street\":\"b\"}}" },
                { "{\"place\":{\"street\":\"a\"}}", "{}" },
                { "{\"raw\":{\"a\":1}}", "{\"raw\":{\"a\":2}}" },
                { "{\"raw\":{}}", "{}" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                if (equal(cases[i].a, cases[i].b))
                        fail_msg("%s equals %s", cases[i].a, cases[i].b);
                assert_true(equal(cases[i].a, cases[i].a));
                assert_true(equal(cases[i].b, cases[i].b));
        }
}

static void test_desc_equal__what_is_said_in_two_ways_is_the_same(void **state) {
        (void)state;
        assert_true(equal("{\"amount\":2}", "{\"amount\":\"2\"}"));
        assert_true(equal("{\"amounts\":{\"k\":2}}", "{\"amounts\":{\"k\":\"2\"}}"));
        assert_true(equal("{\"parts\":[]}", "{}"));
}

static void test_desc_equal__order_of_members_does_not_matter(void **state) {
        (void)state;
        assert_true(equal("{\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"text\":\"xy\"}",
                          "{\"text\":\"xy\",\"labels\":{\"b\":\"2\",\"a\":\"1\"}}"));
}

static void test_desc_equal__absent_values_do_not_count(void **state) {
        const struct toy a = { .total = 1, .switch_ = true };
        const struct toy b = { .total = 2 };

        (void)state;
        assert_true(desc_equal(&toy_type, &a, &b));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_desc_equal__each_kind_counts),
                cmocka_unit_test(test_desc_equal__what_is_said_in_two_ways_is_the_same),
                cmocka_unit_test(test_desc_equal__order_of_members_does_not_matter),
                cmocka_unit_test(test_desc_equal__absent_values_do_not_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
