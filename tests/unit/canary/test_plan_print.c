#include <string.h>

#include "fixture.h"

static const char *printed_body(struct fixture *f, const char *json, struct strbuf *out) {
        struct action action = { .kind = ACTION_CREATE, .name = "p", .reason = "r" };
        const struct plan plan = { .actions = &action, .n_actions = 1 };
        struct err err;
        char *end;

        (void)f;
        assert_int_equal(json_parse(bytes_of(json), &JSON_LIMITS_OBJECT, &action.body, &err), 0);
        strbuf_clear(out);
        plan_print(&plan, out);
        json_free(action.body);
        end = strstr(out->data, "\nstatus");
        assert_non_null(end);
        end[1] = '\0';
        return out->data;
}

static void test_plan_print__breaks_json_into_lines(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1 << 16);

        assert_string_equal(printed_body(*state, "{\"a\":[1,{\"b\":null}],\"c\":true}", &out),
                            "create p: r\n"
                            "    {\n"
                            "      \"a\": [\n"
                            "        1,\n"
                            "        {\n"
                            "          \"b\": null\n"
                            "        }\n"
                            "      ],\n"
                            "      \"c\": true\n"
                            "    }\n");
}

static void test_plan_print__empty_containers_stay_together(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1 << 16);

        assert_string_equal(printed_body(*state, "{\"a\":{},\"b\":[[]]}", &out),
                            "create p: r\n"
                            "    {\n"
                            "      \"a\": {},\n"
                            "      \"b\": [\n"
                            "        []\n"
                            "      ]\n"
                            "    }\n");
}

static void test_plan_print__strings_are_not_broken(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1 << 16);

        assert_string_equal(printed_body(*state, "{\"a\":\"{[,:\\\\\\\"}\"}", &out),
                            "create p: r\n"
                            "    {\n"
                            "      \"a\": \"{[,:\\\\\\\"}\"\n"
                            "    }\n");
}

#define FIXTURE_TEST(name)                                                                         \
        cmocka_unit_test_setup_teardown(test_plan_print__##name, fixture_setup, fixture_teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                FIXTURE_TEST(breaks_json_into_lines),
                FIXTURE_TEST(empty_containers_stay_together),
                FIXTURE_TEST(strings_are_not_broken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
