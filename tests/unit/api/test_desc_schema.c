#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static void assert_property(const char *key, const char *want) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *schema = desc_schema(&toy_type);
        const struct json *property = json_get(json_get(schema, "properties"), key);

        assert_string_equal(json_text(property, &arena), want);
}

static void test_desc_schema__every_kind(void **state) {
        (void)state;
        assert_property("on", "{\"description\":\"Whether it runs.\",\"type\":\"boolean\"}");
        assert_property("count", "{\"description\":\"How many.\",\"type\":\"integer\","
                                 "\"format\":\"int32\",\"minimum\":0,\"maximum\":10}");
        assert_property("total", "{\"description\":\"All of them.\",\"type\":\"integer\","
                                 "\"format\":\"int64\",\"minimum\":-1}");
        assert_property("text", "{\"description\":\"Some text.\",\"type\":\"string\","
                                "\"minLength\":2,\"maxLength\":8,\"pattern\":\"^\\\\S+$\"}");
        assert_property("choice", "{\"description\":\"One of two.\",\"type\":\"string\","
                                  "\"enum\":[\"left\",\"right\"]}");
        assert_property("color", "{\"description\":\"Its color.\",\"type\":\"string\","
                                 "\"enum\":[\"Red\",\"Green\"]}");
        assert_property("at", "{\"description\":\"When.\",\"type\":\"string\","
                              "\"format\":\"date-time\"}");
        assert_property("tags", "{\"description\":\"Its tags.\",\"type\":\"array\",\"minItems\":1,"
                                "\"maxItems\":2,\"x-kubernetes-list-type\":\"atomic\","
                                "\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":4}}");
        assert_property("numbers",
                        "{\"description\":\"Its numbers.\",\"type\":\"array\",\"maxItems\":3,"
                        "\"x-kubernetes-list-type\":\"atomic\",\"items\":{\"type\":\"integer\","
                        "\"format\":\"int32\",\"minimum\":0,\"maximum\":9}}");
        assert_property("labels",
                        "{\"description\":\"Its labels.\",\"type\":\"object\",\"maxProperties\":3,"
                        "\"additionalProperties\":{\"type\":\"string\",\"maxLength\":4}}");
        assert_property("place",
                        "{\"description\":\"Where it is.\",\"type\":\"object\",\"properties\":{"
                        "\"street\":{\"description\":\"A street.\",\"type\":\"string\","
                        "\"maxLength\":8}}}");
        assert_property("raw", "{\"description\":\"Anything.\",\"type\":\"object\","
                               "\"x-kubernetes-preserve-unknown-fields\":true}");
}

static void test_desc_schema__an_integer_or_a_string_has_no_type(void **state) {
        (void)state;
        assert_property("amount",
                        "{\"description\":\"How much.\",\"anyOf\":[{\"type\":\"integer\"},"
                        "{\"type\":\"string\"}],\"x-kubernetes-int-or-string\":true,"
                        "\"minimum\":0,\"default\":1,\"minLength\":1,\"maxLength\":8}");
        assert_property("amounts",
                        "{\"description\":\"How much of each.\",\"type\":\"object\","
                        "\"maxProperties\":3,\"additionalProperties\":{\"anyOf\":["
                        "{\"type\":\"integer\"},{\"type\":\"string\"}],"
                        "\"x-kubernetes-int-or-string\":true,\"minimum\":0,\"minLength\":1,"
                        "\"maxLength\":4,\"x-kubernetes-validations\":[{"
                        "\"rule\":\"self != 'none'\",\"message\":\"say how much\"}]}}");
}

static void test_desc_schema__a_list_that_may_be_empty_is_a_list(void **state) {
        (void)state;
        assert_property("words", "{\"description\":\"Its words.\",\"type\":\"array\","
                                 "\"maxItems\":2,\"x-kubernetes-list-type\":\"atomic\","
                                 "\"items\":{\"type\":\"string\",\"maxLength\":4}}");
}

#define PART_MEMBERS                                                                               \
        "\"required\":[\"name\"],\"properties\":{"                                                 \
        "\"name\":{\"description\":\"Its name.\",\"type\":\"string\",\"minLength\":1,"             \
        "\"maxLength\":8},"                                                                        \
        "\"size\":{\"description\":\"Its size.\",\"type\":\"integer\",\"default\":7,"              \
        "\"format\":\"int64\"}}"

static void test_desc_schema__objects_and_lists_of_them(void **state) {
        (void)state;
        assert_property("part", "{\"description\":\"Its main part.\",\"type\":\"object\","
                                "\"x-kubernetes-validations\":[{\"rule\":\"self == oldSelf\","
                                "\"message\":\"part is immutable\"}]," PART_MEMBERS "}");
        assert_property("parts",
                        "{\"description\":\"Its parts.\",\"type\":\"array\",\"maxItems\":3,"
                        "\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":"
                        "[\"name\"],\"items\":{\"description\":\"A "
                        "part.\",\"type\":\"object\"," PART_MEMBERS "}}");
}

static void test_desc_schema__root_and_its_rules(void **state) {
        JSON_CLEANUP struct json *schema = desc_schema(&toy_type);

        (void)state;
        assert_json(json_get(schema, "description"), "\"A toy of every kind.\"");
        assert_json(json_get(schema, "type"), "\"object\"");
        assert_json(json_get(schema, "x-kubernetes-validations"),
                    "[{\"rule\":\"has(self.on)\",\"message\":\"say whether it is on\","
                    "\"fieldPath\":\".on\"}]");
        assert_false(json_has(schema, "required"));
}

static void test_desc_schema__hidden_fields_are_left_out(void **state) {
        JSON_CLEANUP struct json *schema = desc_schema(&toy_type);

        (void)state;
        assert_int_equal(json_length(json_get(schema, "properties")), toy_type.n_fields - 1);
        assert_false(json_has(json_get(schema, "properties"), "picked"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_desc_schema__every_kind),
                cmocka_unit_test(test_desc_schema__objects_and_lists_of_them),
                cmocka_unit_test(test_desc_schema__an_integer_or_a_string_has_no_type),
                cmocka_unit_test(test_desc_schema__a_list_that_may_be_empty_is_a_list),
                cmocka_unit_test(test_desc_schema__root_and_its_rules),
                cmocka_unit_test(test_desc_schema__hidden_fields_are_left_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
