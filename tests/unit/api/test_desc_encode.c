#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

/* What decodes from text encodes to want. */
static void assert_encodes(const char *text, const char *want) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json = json_read(text);
        JSON_CLEANUP struct json *back = NULL;
        struct toy toy;
        struct err err;

        assert_int_equal(desc_decode(&toy_type, json, &arena, &toy, &err), 0);
        back = desc_encode(&toy_type, &toy);
        assert_json(back, want);
}

static void test_desc_encode__every_kind_round_trips(void **state) {
        static const char text[] =
                "{\"on\":true,\"switch\":true,\"count\":10,\"total\":-1,\"text\":\"te\xc3\xa4xt\","
                "\"amount\":\"x\",\"choice\":\"right\",\"color\":\"Green\","
                "\"at\":\"2024-02-29T12:00:00Z\",\"part\":{\"name\":\"p\",\"size\":1},"
                "\"parts\":[{\"name\":\"a\",\"size\":2},{\"name\":\"b\",\"size\":3}],"
                "\"tags\":[\"t1\",\"t2\"],\"numbers\":[0,9],\"labels\":{\"k\":\"v\",\"l\":\"\"},"
                "\"picked\":{\"a.b/one\":\"1\"},\"amounts\":{\"k\":\"1\"},"
                "\"words\":[\"w\"],\"spares\":[{\"name\":\"s\",\"size\":4}],"
                "\"place\":{\"street\":\"s\"},\"raw\":[{\"x\":1.50},[]]}";

        (void)state;
        assert_encodes(text, text);
}

static void test_desc_encode__absent_is_left_out(void **state) {
        (void)state;
        assert_encodes("{}", "{\"on\":false,\"count\":0,\"amount\":\"1\"}");
        assert_encodes("{\"parts\":[],\"numbers\":[],\"labels\":{},\"place\":{}}",
                       "{\"on\":false,\"count\":0,\"amount\":\"1\"}");
}

static void test_desc_encode__present_zeros_are_kept(void **state) {
        (void)state;
        assert_encodes("{\"switch\":false,\"total\":0,\"part\":{\"name\":\"p\",\"size\":0}}",
                       "{\"on\":false,\"count\":0,\"amount\":\"1\",\"switch\":false,\"total\":0,"
                       "\"part\":{\"name\":\"p\",\"size\":0}}");
}

static void test_desc_encode__defaults_are_written(void **state) {
        (void)state;
        assert_encodes(
                "{\"part\":{\"name\":\"p\"}}",
                "{\"on\":false,\"count\":0,\"amount\":\"1\",\"part\":{\"name\":\"p\",\"size\":7}}");
}

static void test_desc_encode__members_in_the_table_s_order(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        static const struct toy toy = { .text = "te", .color = 1, .count = 3 };
        JSON_CLEANUP struct json *json = desc_encode(&toy_type, &toy);

        (void)state;
        assert_string_equal(json_text(json, &arena),
                            "{\"on\":false,\"count\":3,\"text\":\"te\",\"color\":\"Red\"}");
}

static void test_desc_encode__an_integer_taken_as_text_stays_text(void **state) {
        (void)state;
        assert_encodes("{\"amount\":2,\"amounts\":{\"k\":3}}",
                       "{\"on\":false,\"count\":0,\"amount\":\"2\",\"amounts\":{\"k\":\"3\"}}");
}

static void test_desc_encode__an_empty_list_is_not_an_absent_one(void **state) {
        (void)state;
        assert_encodes("{\"words\":[],\"spares\":[],\"parts\":[]}",
                       "{\"on\":false,\"count\":0,\"amount\":\"1\",\"words\":[],\"spares\":[]}");
}

static void test_desc_encode__raw_is_a_copy(void **state) {
        JSON_CLEANUP struct json *raw = json_read("{\"deep\":[1]}");
        const struct toy toy = { .raw = raw };
        JSON_CLEANUP struct json *json = desc_encode(&toy_type, &toy);

        (void)state;
        assert_ptr_not_equal(json_get(json, "raw"), raw);
        json_remove(raw, "deep");
        assert_json(json_get(json, "raw"), "{\"deep\":[1]}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_desc_encode__every_kind_round_trips),
                cmocka_unit_test(test_desc_encode__absent_is_left_out),
                cmocka_unit_test(test_desc_encode__present_zeros_are_kept),
                cmocka_unit_test(test_desc_encode__defaults_are_written),
                cmocka_unit_test(test_desc_encode__members_in_the_table_s_order),
                cmocka_unit_test(test_desc_encode__an_integer_taken_as_text_stays_text),
                cmocka_unit_test(test_desc_encode__an_empty_list_is_not_an_absent_one),
                cmocka_unit_test(test_desc_encode__raw_is_a_copy),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
