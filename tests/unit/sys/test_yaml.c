#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/sys/yaml.h"

/* The tree of a document as JSON text, or "! " and the error. */
static const char *as_json(const char *yaml) {
        static char text[8192];
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(sizeof(text) - 1);
        JSON_CLEANUP struct json *json = NULL;
        struct err err;

        if (yaml_parse(bytes_of(yaml), &json, &err) < 0)
                strbuf_printf(&out, "! %s", err.msg);
        else
                json_write(json, &out);
        memcpy(text, strbuf_str(&out), out.len + 1);
        return text;
}

/* What `kubectl create --dry-run=client -o json` (sigs.k8s.io/yaml 1.6) makes of these. */
static const char *const KUBECTL_SAYS[][2] = {
        { "yes", "true" },
        { "Off", "false" },
        { "y", "true" },
        { "True", "true" },
        { "tRue", "\"tRue\"" },
        { "~", "null" },
        { "Null", "null" },
        { "", "null" },
        { "nULL", "\"nULL\"" },
        { "0777", "511" },
        { "0o17", "15" },
        { "-0o17", "-15" },
        { "0x1F", "31" },
        { "-0x1F", "-31" },
        { "0b11", "3" },
        { "1_000", "1000" },
        { "0x_1", "1" },
        { "1e3", "1000" },
        { "1E3", "1000" },
        { "1.5e3", "1500" },
        { "1.5", "1.5" },
        { "+5", "5" },
        { "+.5", "0.5" },
        { "-.5", "-0.5" },
        { ".5", "0.5" },
        { "5.", "5" },
        { "0.1", "0.1" },
        { "00.25", "0.25" },
        { "1.0", "1" },
        { "08", "8" },
        { "09.5", "9.5" },
        { "00", "0" },
        { "-0", "0" },
        { "1_", "1" },
        { "_1", "\"_1\"" },
        { "0o8", "\"0o8\"" },
        { "0x", "\"0x\"" },
        { "1e", "\"1e\"" },
        { ".e3", "\".e3\"" },
        { ".", "\".\"" },
        { "+", "\"+\"" },
        { "1.2.3", "\"1.2.3\"" },
        { "1e400", "\"1e400\"" },
        { "190:20:30", "\"190:20:30\"" },
        { "2001-01-01", "\"2001-01-01\"" },
        { "2001-01-01T00:00:00Z", "\"2001-01-01T00:00:00Z\"" },
        { "<<", "\"<<\"" },
        { "=", "\"=\"" },
        { "-9223372036854775808", "-9223372036854775808" },
        { "9223372036854775807", "9223372036854775807" },
        { "!!str 5", "\"5\"" },
        { "! 12", "\"12\"" },
        { "'5'", "\"5\"" },
        { "\"true\"", "\"true\"" },
        { "|-\n  no", "\"no\"" },
};

static void test_yaml__plain_scalars_mean_what_kubectl_says(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(KUBECTL_SAYS) / sizeof(KUBECTL_SAYS[0]); i++) {
                char yaml[64], expected[64];

                snprintf(yaml, sizeof(yaml), "a: %s\n", KUBECTL_SAYS[i][0]);
                snprintf(expected, sizeof(expected), "{\"a\":%s}", KUBECTL_SAYS[i][1]);
                assert_string_equal(as_json(yaml), expected);
        }
}

static void test_yaml__what_json_cannot_say_is_refused_with_its_line(void **state) {
        (void)state;
        assert_string_equal(as_json("a: 1\nb: .inf\n"), "! YAML line 2: JSON has no such number");
        assert_string_equal(as_json("- 1\n\n- -.NaN\n- .nan\n"),
                            "! YAML line 4: JSON has no such number");
        assert_string_equal(as_json("a: 9223372036854775808"),
                            "! YAML line 1: an integer beyond 64 bits");
        assert_string_equal(as_json("a: -9223372036854775809"),
                            "! YAML line 1: an integer beyond 64 bits");
        assert_string_equal(as_json("a: 0xFFFFFFFFFFFFFFFF"),
                            "! YAML line 1: an integer beyond 64 bits");
}

static void test_yaml__tree_keeps_shape_and_order(void **state) {
        (void)state;
        assert_string_equal(as_json("z: [1, {x: 2}, []]\na:\n- b: c\n  d: {}\n- - e\n"),
                            "{\"z\":[1,{\"x\":2},[]],\"a\":[{\"b\":\"c\",\"d\":{}},[\"e\"]]}");
        assert_string_equal(as_json("{\"json\": [true, null, 1.25, \"\\u00e9\\n\"]}"),
                            "{\"json\":[true,null,1.25,\"\xc3\xa9\\n\"]}");
        assert_string_equal(as_json("a: |\n  x\n  y\nb: >\n  p\n  q\n"),
                            "{\"a\":\"x\\ny\\n\",\"b\":\"p q\\n\"}");
        assert_string_equal(as_json("a: \"nul\\0inside\""), "{\"a\":\"nul\\u0000inside\"}");
}

static void test_yaml__documents(void **state) {
        JSON_CLEANUP struct json *all = NULL;
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1000);
        struct err err;

        (void)state;
        assert_string_equal(as_json(""), "null");
        assert_string_equal(as_json("# nothing\n"), "null");
        assert_string_equal(as_json("---\na: 1\n...\n"), "{\"a\":1}");
        assert_string_equal(as_json("a: 1\n---\nb: 2\n"),
                            "! YAML line 2: only one document is expected");
        assert_int_equal(yaml_parse_all(bytes_of("---\n# x\n---\na: 1\n---\n---\n- 2\n"), &all,
                                        &err),
                         0);
        json_write(all, &out);
        assert_string_equal(strbuf_str(&out), "[{\"a\":1},[2]]");
}

static void test_yaml__second_document_may_be_broken(void **state) {
        JSON_CLEANUP struct json *all = NULL;
        struct err err;

        (void)state;
        assert_int_equal(yaml_parse_all(bytes_of("a: 1\n---\nb: [\n"), &all, &err), -1);
        assert_null(all);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.msg, "YAML line 4"));
        assert_memory_equal(as_json("a: 1\n---\nb: *x\n"), "! YAML line 3", 13);
}

static void test_yaml__aliases_anchors_merges_and_tags_are_refused(void **state) {
        (void)state;
        assert_string_equal(as_json("a: &x 1\n"), "! YAML line 1: anchors are not supported");
        assert_string_equal(as_json("a: &x [1]\n"), "! YAML line 1: anchors are not supported");
        assert_string_equal(as_json("&x {a: 1}\n"), "! YAML line 1: anchors are not supported");
        assert_string_equal(as_json("a: 1\nb: *a\n"), "! YAML line 2: aliases are not supported");
        assert_string_equal(as_json("a: 1\n<<: {b: 1}\n"),
                            "! YAML line 2: merge keys are not supported");
        assert_string_equal(as_json("a: !!binary aGVsbG8=\n"),
                            "! YAML line 1: tags are not supported, but !!str");
        assert_string_equal(as_json("a: !x {}\n"),
                            "! YAML line 1: tags are not supported, but !!str");
        assert_string_equal(as_json("a: !!map {}\nb: !!seq []\n'<<': 1"),
                            "{\"a\":{},\"b\":[],\"<<\":1}");
}

static void test_yaml__keys(void **state) {
        (void)state;
        assert_string_equal(as_json("1: a\ntrue: b\n'yes': c\n"),
                            "{\"1\":\"a\",\"true\":\"b\",\"yes\":\"c\"}");
        assert_string_equal(as_json("a: 1\nyes: c\n"),
                            "! YAML line 2: key \"yes\" reads as bool: quote it");
        assert_string_equal(as_json("0777: c\n"),
                            "! YAML line 1: key \"0777\" reads as int: quote it");
        assert_string_equal(as_json("null: c\n"),
                            "! YAML line 1: key \"null\" reads as null: quote it");
        assert_string_equal(as_json("a: 1\nb: 2\n\"a\": 3\n"),
                            "! YAML line 3: key \"a\" is there twice");
        assert_string_equal(as_json("a: 1\n? [b]\n: 2\n"), "! YAML line 2: a key must be a string");
        assert_string_equal(as_json("\"a\\0b\": 1\n"), "! YAML line 1: NUL in a key");
}

/* n nested lists in flow style. */
static char *nested(size_t n) {
        char *text = malloc(2 * n + 1);

        memset(text, '[', n);
        memset(text + n, ']', n);
        text[2 * n] = '\0';
        return text;
}

static void test_yaml__caps_are_exact(void **state) {
        JSON_CLEANUP struct json *json = NULL;
        char *deep = nested(64), *deeper = nested(65), *abyss = nested(1 << 20);
        char *many = malloc(2 * 20001 + 2), *large = malloc((4 << 20) + 1);
        struct err err;

        (void)state;
        assert_int_equal(yaml_parse(bytes_of(deep), &json, &err), 0);
        json_free(json);
        json = NULL;
        assert_int_equal(yaml_parse(bytes_of(deeper), &json, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        assert_string_equal(err.msg, "YAML line 1: nested deeper than 64");
        assert_int_equal(yaml_parse(bytes_of(abyss), &json, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);

        /* A list and 19,999 numbers are 20,000 values. */
        many[0] = '[';
        for (size_t i = 0; i < 20000; i++)
                memcpy(many + 1 + 2 * i, "1,", 2);
        assert_int_equal(yaml_parse((struct bytes){ many, 1 + 2 * 19999 }, &json, &err), -1);
        assert_int_equal(err.code, ERR_INVALID); /* only the bracket is missing */
        many[2 * 19999] = ']';
        assert_int_equal(yaml_parse((struct bytes){ many, 1 + 2 * 19999 }, &json, &err), 0);
        assert_int_equal(json_length(json), 19999);
        json_free(json);
        json = NULL;
        many[2 * 19999] = ',';
        many[2 * 20000] = ']';
        assert_int_equal(yaml_parse((struct bytes){ many, 1 + 2 * 20000 }, &json, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);

        memset(large, ' ', (4 << 20) + 1);
        assert_int_equal(yaml_parse((struct bytes){ large, 4 << 20 }, &json, &err), 0);
        assert_int_equal(yaml_parse((struct bytes){ large, (4 << 20) + 1 }, &json, &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        free(deep);
        free(deeper);
        free(abyss);
        free(many);
        free(large);
}

static void test_yaml__broken_text_is_refused(void **state) {
        static const char *const cases[] = {
                "a: [1\n",   "a: 'x\n",      "\ta: 1\n",    "a: b: c\n",
                "a: \xff\n", "a: \"\\q\"\n", "- 1\nb: 2\n", "a: \x01\n",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_memory_equal(as_json(cases[i]), "! YAML ", 7);
        assert_string_equal(as_json("a: b: secret\n"),
                            "! YAML line 1: mapping values are not allowed in this context");
        /* UTF-16 is not guessed. */
        assert_memory_equal(as_json("\xff\xfe"), "! YAML ", 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_yaml__plain_scalars_mean_what_kubectl_says),
                cmocka_unit_test(test_yaml__what_json_cannot_say_is_refused_with_its_line),
                cmocka_unit_test(test_yaml__tree_keeps_shape_and_order),
                cmocka_unit_test(test_yaml__documents),
                cmocka_unit_test(test_yaml__second_document_may_be_broken),
                cmocka_unit_test(test_yaml__aliases_anchors_merges_and_tags_are_refused),
                cmocka_unit_test(test_yaml__keys),
                cmocka_unit_test(test_yaml__caps_are_exact),
                cmocka_unit_test(test_yaml__broken_text_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
