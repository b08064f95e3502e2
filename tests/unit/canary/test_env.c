#include "env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct json *parsed(const char *text) {
        struct json *json = NULL;
        struct err err;

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return json;
}

/* What becomes of the env of a container. */
static void assert_merged(const char *container_text, const char *entries_text, const char *want) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(64 << 10);
        JSON_CLEANUP struct json *container = parsed(container_text);
        JSON_CLEANUP struct json *entries = parsed(entries_text);

        env_merge(container, entries);
        json_write(json_get(container, "env"), &text);
        assert_string_equal(strbuf_str(&text), want);
}

#define A    "{\"name\":\"A\",\"value\":\"a\"}"
#define B    "{\"name\":\"B\",\"value\":\"b\"}"
#define C    "{\"name\":\"C\",\"value\":\"c\"}"
#define D    "{\"name\":\"D\",\"value\":\"d\"}"
#define NEW  "{\"name\":\"N\",\"value\":\"n\"}"
#define NEW2 "{\"name\":\"M\",\"value\":\"m\"}"

/* What kubectl 1.34 gives, tried on an API server by TestMergeAgreesWithKubectl. */
static void test_env__order_is_that_of_a_strategic_merge(void **state) {
        (void)state;
        assert_merged("{}", "[" NEW "," A "]", "[" NEW "," A "]");
        assert_merged("{\"env\":[" A "," B "]}", "[" NEW "]", "[" NEW "," A "," B "]");
        assert_merged("{\"env\":[" A "," B "," C "]}", "[" B "]", "[" A "," B "," C "]");
        assert_merged("{\"env\":[" A "," B "," C "]}", "[" B "," NEW "]",
                      "[" A "," B "," NEW "," C "]");
        assert_merged("{\"env\":[" A "," B "," C "]}", "[" NEW "," B "," NEW2 "]",
                      "[" NEW "," A "," B "," NEW2 "," C "]");
        assert_merged("{\"env\":[" A "," B "," C "," D "]}", "[" C "," A "]",
                      "[" B "," C "," A "," D "]");
}

static void test_env__an_entry_changes_what_it_names(void **state) {
        (void)state;
        assert_merged("{\"env\":[" A "," B "]}", "[{\"name\":\"B\",\"value\":\"\"}]",
                      "[" A ",{\"name\":\"B\",\"value\":\"\"}]");
        assert_merged("{\"env\":[" A "]}", "[{\"name\":\"A\"}]", "[" A "]");
        assert_merged("{\"env\":[" A "]}", "[{\"name\":\"N\"}]", "[{\"name\":\"N\"}," A "]");
}

#define SECRET(ref)     "{\"name\":\"A\",\"valueFrom\":{\"secretKeyRef\":{" ref "}}}"
#define CONFIG_MAP(ref) "{\"name\":\"A\",\"valueFrom\":{\"configMapKeyRef\":{" ref "}}}"

/* A strategic merge patch would leave both, which the API server refuses. */
static void test_env__sources_replace_each_other(void **state) {
        (void)state;
        assert_merged("{\"env\":[" SECRET("\"name\":\"s\"") "]}", "[" A "]", "[" A "]");
        assert_merged("{\"env\":[" SECRET("\"name\":\"s\"") "]}",
                      "[{\"name\":\"A\",\"value\":\"\"}]", "[{\"name\":\"A\",\"value\":\"\"}]");
        assert_merged("{\"env\":[" A "]}", "[" SECRET("\"name\":\"s\"") "]",
                      "[" SECRET("\"name\":\"s\"") "]");
        assert_merged("{\"env\":[" CONFIG_MAP("\"name\":\"m\"") "]}",
                      "[" SECRET("\"name\":\"s\"") "]", "[" SECRET("\"name\":\"s\"") "]");
}

static void test_env__a_source_of_one_kind_keeps_what_is_not_named(void **state) {
        (void)state;
        assert_merged("{\"env\":[" SECRET("\"name\":\"s\",\"key\":\"k\",\"optional\":true") "]}",
                      "[" SECRET("\"name\":\"t\",\"key\":\"l\"") "]",
                      "[" SECRET("\"name\":\"t\",\"key\":\"l\",\"optional\":true") "]");
}

/* The last one counts in a container: another left behind it would undo the override. */
static void test_env__a_name_that_comes_twice_is_overridden_for_good(void **state) {
        (void)state;
        assert_merged("{\"env\":[" A "," B ",{\"name\":\"A\",\"value\":\"x\"}," C "]}",
                      "[{\"name\":\"A\",\"value\":\"y\"}]",
                      "[" B ",{\"name\":\"A\",\"value\":\"y\"}," C "]");
        assert_merged("{\"env\":[" A "," B "," A "]}", "[" B "]", "[" A "," B "," A "]");
        assert_merged("{\"env\":[" A ",{\"name\":\"A\",\"value\":\"x\"}]}", "[{\"name\":\"A\"}]",
                      "[{\"name\":\"A\",\"value\":\"x\"}]");
}

static void test_env__nothing_malformed_does_harm(void **state) {
        (void)state;
        assert_merged("{\"env\":{\"A\":1}}", "[" A "]", "[" A "]");
        assert_merged("{\"env\":[" SECRET("\"name\":\"s\"") "]}",
                      "[{\"name\":\"A\",\"valueFrom\":{}}]", "[" SECRET("\"name\":\"s\"") "]");
        assert_merged("{\"env\":null}", "[" A "]", "[" A "]");
        assert_merged("{\"env\":[null,7,{},{\"name\":7}]}", "[" A "]",
                      "[" A ",null,7,{},{\"name\":7}]");
        assert_merged("{\"env\":[{\"name\":\"A\",\"valueFrom\":7}]}",
                      "[" SECRET("\"name\":\"s\"") "]", "[" SECRET("\"name\":\"s\"") "]");
        assert_merged("{\"env\":[{\"name\":\"A\",\"valueFrom\":{\"secretKeyRef\":[]}}]}",
                      "[" SECRET("\"name\":\"s\"") "]", "[" SECRET("\"name\":\"s\"") "]");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_env__order_is_that_of_a_strategic_merge),
                cmocka_unit_test(test_env__an_entry_changes_what_it_names),
                cmocka_unit_test(test_env__sources_replace_each_other),
                cmocka_unit_test(test_env__a_source_of_one_kind_keeps_what_is_not_named),
                cmocka_unit_test(test_env__a_name_that_comes_twice_is_overridden_for_good),
                cmocka_unit_test(test_env__nothing_malformed_does_harm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
