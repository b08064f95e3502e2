#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "storage/selector.h"

/* app=web, rank=7, empty= */
static const char LABELS[] = "app\0web\0empty\0\0rank\0"
                             "7\0";

static bool matches(const char *text) {
        struct arena arena = ARENA_INIT;
        const struct selector *selector;
        struct err err;
        bool result;

        assert_int_equal(selector_parse(text, &arena, &selector, &err), 0);
        result = selector_matches(selector, LABELS);
        arena_deinit(&arena);
        return result;
}

static void assert_refused(const char *text, const char *message) {
        struct arena arena = ARENA_INIT;
        const struct selector *selector;
        struct err err;

        assert_int_equal(selector_parse(text, &arena, &selector, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, message);
        arena_deinit(&arena);
}

static void test_selector__equality(void **state) {
        (void)state;
        assert_true(matches(""));
        assert_true(matches("app=web"));
        assert_true(matches("app==web"));
        assert_true(matches(" app = web , rank\t!= 8 "));
        assert_false(matches("app=api"));
        assert_false(matches("app=web,rank=8"));
        assert_false(matches("other=web"));
        assert_true(matches("other!=web"));
        assert_false(matches("app!=web"));
        assert_true(matches("empty="));
        assert_true(matches("empty=,app=web"));
        assert_false(matches("other="));
}

static void test_selector__sets(void **state) {
        (void)state;
        assert_true(matches("app in (api, web)"));
        assert_true(matches("app in(web)"));
        assert_false(matches("app in (api)"));
        assert_false(matches("other in (api)"));
        assert_false(matches("app notin (api,web)"));
        assert_true(matches("app notin (api)"));
        assert_true(matches("other notin (api)"));
        assert_true(matches("empty in ()"));
        assert_true(matches("empty in (,a)"));
        assert_true(matches("empty in (a,)"));
        assert_true(matches("empty in (a,,b)"));
        assert_false(matches("empty in (a,b)"));
}

static void test_selector__presence(void **state) {
        (void)state;
        assert_true(matches("app"));
        assert_true(matches("empty"));
        assert_false(matches("other"));
        assert_true(matches("!other"));
        assert_false(matches("! app"));
        assert_true(matches("app,!other"));
}

static void test_selector__comparison(void **state) {
        (void)state;
        assert_true(matches("rank>6"));
        assert_false(matches("rank>7"));
        assert_true(matches("rank < 8"));
        assert_false(matches("rank<7"));
        assert_false(matches("app<7")); /* no number */
        assert_false(matches("other<7"));
}

static void test_selector__keywords_are_names_too(void **state) {
        (void)state;
        assert_false(matches("in"));
        assert_true(matches("notin notin (in,notin)"));
        assert_false(matches("app=in"));
        assert_true(matches("!in,!notin"));
}

static void test_selector__errors_are_the_api_servers(void **state) {
        (void)state;
        assert_refused("=a", "found '=', expected: !, identifier, or 'end of string'");
        assert_refused(",a", "found ',', expected: !, identifier, or 'end of string'");
        assert_refused("a,", "found '', expected: identifier after ','");
        assert_refused("a,,b", "found ',', expected: identifier after ','");
        assert_refused("!", "unable to parse requirement: found '', expected: identifier");
        assert_refused("!=a", "found '!=', expected: !, identifier, or 'end of string'");
        assert_refused("!a=b", "found '=', expected: ',' or 'end of string'");
        assert_refused("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, "
                              "!=, gt, lt");
        assert_refused("a=b c", "found 'c', expected: ',' or 'end of string'");
        assert_refused("a=b=c", "found '=', expected: ',' or 'end of string'");
        assert_refused("a=(", "unable to parse requirement: found '(', expected: identifier");
        assert_refused("a in", "unable to parse requirement: found '' expected: '('");
        assert_refused("a in b", "unable to parse requirement: found 'b' expected: '('");
        assert_refused("a in (", "unable to parse requirement: found '', expected: ',', ')' or "
                                 "identifier");
        assert_refused("a in (b", "unable to parse requirement: found '', expected: ',' or ')'");
        assert_refused("a in (b,=", "unable to parse requirement: found '=', expected: ',', or "
                                    "identifier");
        assert_refused("a in (b,,)", "unable to parse requirement: found ')', expected: ',', or "
                                     "identifier");
}

static void test_selector__bad_names_are_refused(void **state) {
        (void)state;
        assert_refused("a/b/c",
                       "unable to parse requirement: <nil>: Invalid value: \"a/b/c\": a qualified "
                       "name must consist of alphanumeric characters, '-', '_' or '.', and must "
                       "start and end with an alphanumeric character (e.g. 'MyName',  or "
                       "'my.name',  or '123-abc', regex used for validation is "
                       "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain "
                       "prefix and '/' (e.g. 'example.com/MyName')");
        assert_refused("a in (b,-c)",
                       "unable to parse requirement: values[0][a]: Invalid value: \"-c\": a valid "
                       "label must be an empty string or consist of alphanumeric characters, '-', "
                       "'_' or '.', and must start and end with an alphanumeric character (e.g. "
                       "'MyValue',  or 'my_value',  or '12345', regex used for validation is "
                       "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
        assert_refused("a>b", "unable to parse requirement: values[0]: Invalid value: \"b\": for "
                              "'Gt', 'Lt' operators, the value must be an integer");
        assert_refused("a>9223372036854775808",
                       "unable to parse requirement: values[0]: Invalid value: "
                       "\"9223372036854775808\": for 'Gt', 'Lt' operators, the value must be an "
                       "integer");
}

static struct json *tree_of(const char *text) {
        struct json *tree = NULL;
        struct err err;

        assert_int_equal(json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &tree, &err), 0);
        return tree;
}

static bool object_matches(const char *text) {
        struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *tree = tree_of(text);
        JSON_CLEANUP struct json *labels =
                tree_of("{\"app\":\"web\",\"rank\":\"7\",\"empty\":\"\"}");
        const struct selector *selector;
        struct err err;
        bool result;

        assert_int_equal(selector_of_json(tree, &arena, &selector, &err), 0);
        result = selector_matches(selector, LABELS);
        assert_int_equal(selector_matches_json(selector, labels), result);
        arena_deinit(&arena);
        return result;
}

static void test_selector__object_form(void **state) {
        (void)state;
        assert_false(object_matches("null"));
        assert_true(object_matches("{}"));
        assert_true(object_matches("{\"matchLabels\":null,\"matchExpressions\":[]}"));
        assert_true(object_matches("{\"matchLabels\":{\"app\":\"web\",\"rank\":\"7\"}}"));
        assert_false(object_matches("{\"matchLabels\":{\"app\":\"web\",\"rank\":\"8\"}}"));
        assert_true(object_matches("{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"In\","
                                   "\"values\":[\"api\",\"web\"]}]}"));
        assert_false(
                object_matches("{\"matchLabels\":{\"app\":\"web\"},\"matchExpressions\":[{"
                               "\"key\":\"rank\",\"operator\":\"NotIn\",\"values\":[\"7\"]}]}"));
        assert_true(object_matches(
                "{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\"},{\"key\":"
                "\"other\",\"operator\":\"DoesNotExist\"}]}"));
        assert_false(object_matches(
                "{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"DoesNotExist\"}]}"));
}

static void assert_object_refused(const char *text, const char *message) {
        struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *tree = tree_of(text);
        const struct selector *selector;
        struct err err;

        assert_int_equal(selector_of_json(tree, &arena, &selector, &err), -1);
        assert_string_equal(err.msg, message);
        arena_deinit(&arena);
}

static void test_selector__object_form_is_checked(void **state) {
        (void)state;
        assert_object_refused("{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Gt\","
                              "\"values\":[\"1\"]}]}",
                              "\"Gt\" is not a valid label selector operator");
        assert_object_refused("{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}",
                              "values: Invalid value: []: for 'in', 'notin' operators, values set "
                              "can't be empty");
        assert_object_refused("{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\","
                              "\"values\":[\"b\"]}]}",
                              "values: Invalid value: [\"b\"]: values set must be empty for exists "
                              "and does not exist");
        assert_object_refused("{\"matchExpressions\":[{\"key\":7,\"operator\":\"In\"}]}",
                              "key must be a string");
        assert_object_refused("{\"matchLabels\":{\"/a\":\"b\"}}",
                              "key: Invalid value: \"/a\": prefix part must be non-empty");
}

static void test_selector__map_form(void **state) {
        struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *web = tree_of("{\"app\":\"web\"}");
        JSON_CLEANUP struct json *api = tree_of("{\"app\":\"api\"}");
        JSON_CLEANUP struct json *empty = tree_of("{}");

        (void)state;
        assert_true(selector_matches(selector_of_map(web, &arena), LABELS));
        assert_false(selector_matches(selector_of_map(api, &arena), LABELS));
        assert_false(selector_matches(selector_of_map(empty, &arena), LABELS));
        assert_false(selector_matches(selector_of_map(NULL, &arena), LABELS));
        arena_deinit(&arena);
}

static void assert_fields(const char *text, const char *const *expected) {
        struct arena arena = ARENA_INIT;
        struct field_selector selector;
        struct err err;

        assert_int_equal(field_selector_parse(text, &arena, &selector, &err), 0);
        for (size_t i = 0; i < selector.n_terms; i++, expected += 3) {
                assert_non_null(expected[0]);
                assert_string_equal(selector.terms[i].path, expected[0]);
                assert_string_equal(selector.terms[i].equal ? "=" : "!=", expected[1]);
                assert_string_equal(selector.terms[i].value, expected[2]);
        }
        assert_null(expected[0]);
        arena_deinit(&arena);
}

static void test_selector__field_terms(void **state) {
        (void)state;
        assert_fields("", (const char *const[]){ NULL });
        assert_fields(",,", (const char *const[]){ NULL });
        assert_fields("metadata.name=a", (const char *const[]){ "metadata.name", "=", "a", NULL });
        assert_fields("b==1,a!=2", (const char *const[]){ "a", "!=", "2", "b", "=", "1", NULL });
        assert_fields("a=", (const char *const[]){ "a", "=", "", NULL });
        assert_fields("=,!=,=b", (const char *const[]){ "", "=", "b", NULL });
        assert_fields("a!b=c", (const char *const[]){ "a!b", "=", "c", NULL });
        assert_fields("a=x\\,y\\=z\\\\", (const char *const[]){ "a", "=", "x,y=z\\", NULL });
}

static void assert_fields_refused(const char *text, const char *message) {
        struct arena arena = ARENA_INIT;
        struct field_selector selector;
        struct err err;

        assert_int_equal(field_selector_parse(text, &arena, &selector, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.msg, message);
        arena_deinit(&arena);
}

static void test_selector__field_errors_are_the_api_servers(void **state) {
        (void)state;
        assert_fields_refused("a", "invalid selector: 'a'; can't understand 'a'");
        assert_fields_refused("a=b,c", "invalid selector: 'a=b,c'; can't understand 'c'");
        assert_fields_refused("a=b=c", "invalid field selector: unescaped character in value: 61");
        assert_fields_refused("a=\\x", "invalid field selector: invalid escape sequence: \\x");
        assert_fields_refused("a=\\\303\251",
                              "invalid field selector: invalid escape sequence: \\\303\251");
        assert_fields_refused("a=b\\", "invalid field selector: invalid escape sequence: \\");
}

static void test_selector__field_value(void **state) {
        struct arena arena = ARENA_INIT;
        struct field_selector selector;
        struct err err;

        (void)state;
        assert_int_equal(field_selector_parse("a!=1,b=2", &arena, &selector, &err), 0);
        assert_null(field_selector_value(&selector, "a"));
        assert_string_equal(field_selector_value(&selector, "b"), "2");
        assert_null(field_selector_value(&selector, "c"));
        arena_deinit(&arena);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_selector__equality),
                cmocka_unit_test(test_selector__sets),
                cmocka_unit_test(test_selector__presence),
                cmocka_unit_test(test_selector__comparison),
                cmocka_unit_test(test_selector__keywords_are_names_too),
                cmocka_unit_test(test_selector__errors_are_the_api_servers),
                cmocka_unit_test(test_selector__bad_names_are_refused),
                cmocka_unit_test(test_selector__object_form),
                cmocka_unit_test(test_selector__object_form_is_checked),
                cmocka_unit_test(test_selector__map_form),
                cmocka_unit_test(test_selector__field_terms),
                cmocka_unit_test(test_selector__field_errors_are_the_api_servers),
                cmocka_unit_test(test_selector__field_value),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
