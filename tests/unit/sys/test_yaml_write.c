#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/sys/yaml.h"

/* Writes the tree of a JSON text as YAML, and checks that it reads back as the same tree. */
static const char *as_yaml(const char *json_text) {
        static char text[8192];
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(sizeof(text) - 1);
        JSON_CLEANUP struct json *json = NULL;
        JSON_CLEANUP struct json *again = NULL;
        struct err err;

        assert_int_equal(json_parse(bytes_of(json_text), &JSON_LIMITS_OBJECT, &json, &err), 0);
        yaml_write(json, &out);
        assert_true(strbuf_ok(&out));
        if (yaml_parse(strbuf_bytes(&out), &again, &err) < 0)
                fail_msg("%s: %s", err.msg, strbuf_str(&out));
        assert_true(json_equal(json, again));
        memcpy(text, strbuf_str(&out), out.len + 1);
        return text;
}

static void test_yaml_write__block_style(void **state) {
        (void)state;
        assert_string_equal(as_yaml("{\"apiVersion\":\"v1\",\"spec\":{\"names\":[\"a\",\"b\"],"
                                    "\"list\":[{\"x\":1,\"y\":{\"z\":[]}},[1,[2]],{}],\"on\":true,"
                                    "\"none\":null,\"f\":1.50},\"e\":{}}"),
                            "apiVersion: v1\n"
                            "spec:\n"
                            "  names:\n"
                            "  - a\n"
                            "  - b\n"
                            "  list:\n"
                            "  - x: 1\n"
                            "    \"y\":\n"
                            "      z: []\n"
                            "  - - 1\n"
                            "    - - 2\n"
                            "  - {}\n"
                            "  \"on\": true\n"
                            "  none: null\n"
                            "  f: 1.50\n"
                            "e: {}\n");
        assert_string_equal(as_yaml("[{\"a\":[{\"b\":1}]}]"), "- a:\n  - b: 1\n");
        assert_string_equal(as_yaml("{}"), "{}\n");
        assert_string_equal(as_yaml("null"), "null\n");
        assert_string_equal(as_yaml("\"a\\nb\""), "|-\n  a\n  b\n");
}

static void test_yaml_write__strings_that_read_as_something_else_are_quoted(void **state) {
        static const char *const quoted[] = {
                "",           "yes",      "y",       "Off",
                "true",       "null",     "~",       "1",
                "0777",       "0x1f",     "1e3",     "1_000",
                ".5",         ".inf",     "-",       "+1",
                "2001-01-01", "12:30",    "=",       "<<",
                "- a",        "a: b",     "a #b",    "#a",
                "a:",         "[a",       "{a",      "*a",
                "&a",         "!a",       "|",       ">",
                "%a",         "@a",       "`a",      " a",
                "a ",         "? a",      "---",     "...",
                "'a",         ": a",      ",a",      "0o7",
                "1.0",        "é\\u0085", "\\u2028", "\\ufeff",
                "\\u0000",    "\\t",      "\\u007f", "2001-01-01T00:00:00Z",
                "1.2.3",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++) {
                char json[64];

                snprintf(json, sizeof(json), "{\"k\":\"%s\"}", quoted[i]);
                assert_memory_equal(as_yaml(json), "k: \"", 4);
                snprintf(json, sizeof(json), "{\"%s\":1}",
                         strcmp(quoted[i], "\\u0000") == 0 ? "~" : quoted[i]);
                assert_memory_equal(as_yaml(json), "\"", 1);
        }
}

static void test_yaml_write__ordinary_strings_stay_plain(void **state) {
        static const char *const plain[] = {
                "a",
                "longlivedcanaries.argo-canary.dev",
                "registry/checkout:jdk21",
                "-Xmx1g",
                "a#b",
                "a:b",
                "it's {here}, [there] & so on",
                "100m",
                ".status.ready",
                "a\xc3\xa9",
                "x-y_z",
                "/healthz",
                "self.a == oldSelf.a",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
                char json[64], expected[64];

                snprintf(json, sizeof(json), "{\"k\":\"%s\"}", plain[i]);
                snprintf(expected, sizeof(expected), "k: %s\n", plain[i]);
                assert_string_equal(as_yaml(json), expected);
        }
}

static void test_yaml_write__quotes_and_backslashes_read_well(void **state) {
        (void)state;
        assert_string_equal(as_yaml("{\"p\":\"^[a-z]\\\\d$\"}"), "p: ^[a-z]\\d$\n");
        assert_string_equal(as_yaml("{\"p\":\"\\\"it's\\\"\"}"), "p: '\"it''s\"'\n");
        assert_string_equal(as_yaml("{\"p\":\"[\\\\d]: 'x'\"}"), "p: '[\\d]: ''x'''\n");
        assert_string_equal(as_yaml("{\"p\":\"\\t\\\"\\\\\\u0001\"}"),
                            "p: \"\\t\\\"\\\\\\u0001\"\n");
}

static void test_yaml_write__text_of_several_lines(void **state) {
        (void)state;
        assert_string_equal(as_yaml("{\"a\":{\"t\":\"one\\n\\n  two #\\nthree\"},\"b\":1}"),
                            "a:\n  t: |-\n    one\n\n      two #\n    three\nb: 1\n");
        assert_string_equal(as_yaml("[\"one\\ntwo\\n\",\"x\\n\\n\\n\",3]"),
                            "- |\n  one\n  two\n- |+\n  x\n\n\n- 3\n");
        assert_string_equal(as_yaml("[\"a\\n\"]"), "- |\n  a\n");
        /* What a literal block cannot hold without tricks. */
        assert_string_equal(as_yaml("[\" a\\nb\"]"), "- \" a\\nb\"\n");
        assert_string_equal(as_yaml("[\"\\na\"]"), "- \"\\na\"\n");
        assert_string_equal(as_yaml("[\"\\ta\\nb\"]"), "- \"\\ta\\nb\"\n");
        assert_string_equal(as_yaml("[\"\\n\"]"), "- \"\\n\"\n");
        assert_string_equal(as_yaml("[\"a\\r\\nb\"]"), "- \"a\\u000D\\nb\"\n");
        assert_string_equal(as_yaml("{\"a\\nb\":1}"), "\"a\\nb\": 1\n");
}

static void test_yaml_write__long_keys_are_explicit(void **state) {
        char json[2000], key[1201];

        (void)state;
        memset(key, 'k', sizeof(key) - 1);
        key[sizeof(key) - 1] = '\0';
        snprintf(json, sizeof(json), "{\"a\":{\"%s\":{\"b\":[1]}}}", key);
        assert_memory_equal(as_yaml(json), "a:\n  ? kkk", 9);
        snprintf(json, sizeof(json), "{\"%s\":[1]}", key);
        assert_memory_equal(as_yaml(json), "? kkk", 5);
        snprintf(json, sizeof(json), "[{\"%s\":1}]", key);
        assert_memory_equal(as_yaml(json), "- ? kkk", 7);
}

static void test_yaml_write__bytes_that_are_no_utf8_are_replaced(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(100);
        JSON_CLEANUP struct json *json = json_new_string(bytes_of("a\xff\xed\xa0\x80"));

        (void)state;
        yaml_write(json, &out);
        assert_string_equal(strbuf_str(&out), "\"a\\uFFFD\\uFFFD\\uFFFD\\uFFFD\"\n");
}

static void test_yaml_write__cap_of_the_output_is_kept(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(5);
        JSON_CLEANUP struct json *json = json_new_array();
        struct err err;

        (void)state;
        (void)err;
        for (int i = 0; i < 10; i++)
                json_append(json, json_new_int(i));
        yaml_write(json, &out);
        assert_false(strbuf_ok(&out));
        assert_true(out.len <= 5);
}

/* Every string of up to three characters from the dangerous ones survives. */
static void test_yaml_write__short_strings_round_trip(void **state) {
        static const char alphabet[] = "-: #\n\t'\"\\?!|&*.,[]{}0e_~=<%@`ay\r";
        size_t n = sizeof(alphabet) - 1;

        (void)state;
        for (size_t i = 0; i < n * n * n; i++) {
                char s[3] = { alphabet[i % n], alphabet[i / n % n], alphabet[i / n / n] };
                STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1000);
                JSON_CLEANUP struct json *json = json_new_object();
                JSON_CLEANUP struct json *again = NULL;
                struct err err;

                json_set(json, "key", json_new_string((struct bytes){ s, 3 }));
                yaml_write(json, &out);
                if (yaml_parse(strbuf_bytes(&out), &again, &err) < 0)
                        fail_msg("%s: %s", err.msg, strbuf_str(&out));
                if (!json_equal(json, again))
                        fail_msg("%s", strbuf_str(&out));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_yaml_write__block_style),
                cmocka_unit_test(test_yaml_write__strings_that_read_as_something_else_are_quoted),
                cmocka_unit_test(test_yaml_write__ordinary_strings_stay_plain),
                cmocka_unit_test(test_yaml_write__quotes_and_backslashes_read_well),
                cmocka_unit_test(test_yaml_write__text_of_several_lines),
                cmocka_unit_test(test_yaml_write__long_keys_are_explicit),
                cmocka_unit_test(test_yaml_write__bytes_that_are_no_utf8_are_replaced),
                cmocka_unit_test(test_yaml_write__cap_of_the_output_is_kept),
                cmocka_unit_test(test_yaml_write__short_strings_round_trip),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
