#include "requirement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/api/resource.h"

static struct json *labels_of(const char *text) {
        struct json *json = NULL;
        struct err err;

        assert_int_equal(json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err), 0);
        return json;
}

/* want is the text of the requirement that labels do not meet; NULL = they meet all. */
static void assert_unmet(const struct label_selector *selector, const char *labels_text,
                         const char *want) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *labels = labels_of(labels_text);
        struct requirement unmet;
        bool found = requirement_find_unmet(selector, labels, &arena, &unmet);

        assert_true(found == (want != NULL));
        if (want)
                assert_string_equal(unmet.text, want);
}

static void test_requirement__labels_are_wanted_in_their_order(void **state) {
        const struct str_pair pairs[] = { { LABEL_HASH, "6d8f" }, { "a", "1" }, { "b", "2" } };
        const struct label_selector selector = { .match_labels = pairs, .n_match_labels = 3 };
        const struct label_selector nothing = { .n_match_labels = 0 };

        (void)state;
        assert_unmet(&nothing, "{}", NULL);
        assert_unmet(&selector, "{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}", NULL);
        assert_unmet(&selector, "{\"a\":\"1\",\"b\":\"3\",\"rollouts-pod-template-hash\":\"x\"}",
                     "b=2");
        assert_unmet(&selector, "{}", "a=1");
        assert_unmet(&selector, "{\"a\":1,\"b\":\"2\"}", "a=1");
        assert_unmet(&selector, "null", "a=1");
}

static void assert_expression_unmet(struct selector_expression expression, const char *labels,
                                    const char *want) {
        const struct selector_expression expressions[] = {
                { .key = LABEL_HASH, .operator_ = SELECTOR_EXISTS },
                expression,
        };
        const struct label_selector selector = { .match_expressions = expressions,
                                                 .n_match_expressions = 2 };

        assert_unmet(&selector, labels, want);
}

static void test_requirement__expressions_read_as_kubectl_takes_them(void **state) {
        static const char *const values[] = { "x", "y" };
        struct selector_expression expression = { .key = "a", .values = values, .n_values = 2 };

        (void)state;
        expression.operator_ = SELECTOR_IN;
        assert_expression_unmet(expression, "{\"a\":\"y\"}", NULL);
        assert_expression_unmet(expression, "{\"a\":\"z\"}", "a in (x,y)");
        expression.operator_ = SELECTOR_NOT_IN;
        assert_expression_unmet(expression, "{}", NULL);
        assert_expression_unmet(expression, "{\"a\":\"y\"}", "a notin (x,y)");
        expression.operator_ = SELECTOR_EXISTS;
        assert_expression_unmet(expression, "{\"a\":\"\"}", NULL);
        assert_expression_unmet(expression, "{}", "a");
        expression.operator_ = SELECTOR_DOES_NOT_EXIST;
        assert_expression_unmet(expression, "{}", NULL);
        assert_expression_unmet(expression, "{\"a\":\"\"}", "!a");
        expression.operator_ = 0;
        assert_expression_unmet(expression, "{\"a\":\"x\"}", "a in an unknown way");
}

static void test_requirement__many_values_are_cut(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const char *values[100];
        const struct selector_expression expression = {
                .key = "a", .operator_ = SELECTOR_IN, .values = values, .n_values = 100
        };
        const struct label_selector selector = { .match_expressions = &expression,
                                                 .n_match_expressions = 1 };
        JSON_CLEANUP struct json *labels = labels_of("{}");
        struct requirement unmet;

        (void)state;
        for (size_t i = 0; i < 100; i++)
                values[i] = "value";
        assert_true(requirement_find_unmet(&selector, labels, &arena, &unmet));
        assert_string_equal(unmet.key, "a");
        assert_true(strlen(unmet.text) < 220);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_requirement__labels_are_wanted_in_their_order),
                cmocka_unit_test(test_requirement__expressions_read_as_kubectl_takes_them),
                cmocka_unit_test(test_requirement__many_values_are_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
