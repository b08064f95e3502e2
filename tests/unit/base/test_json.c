#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/base/json.h"

static struct json *must_parse(const char *text) {
        struct json *json = NULL;
        struct err err = { .msg = "" };

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return json;
}

static void assert_written(const struct json *json, const char *expected) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1u << 20);

        json_write(json, &out);
        assert_true(strbuf_ok(&out));
        assert_string_equal(strbuf_str(&out), expected);
}

static void test_json__numbers_are_read_as_such(void **state) {
        JSON_CLEANUP struct json *json = must_parse("[2,1.5,-1e3]");

        (void)state;
        assert_true(json_as_number(json_at(json, 0)) == 2);
        assert_true(json_as_number(json_at(json, 1)) == 1.5);
        assert_true(json_as_number(json_at(json, 2)) == -1000);
}

static void test_json__null_is_told_from_absent(void **state) {
        JSON_CLEANUP struct json *json = must_parse("{\"here\":null}");

        (void)state;
        assert_null(json_get(json, "here"));
        assert_null(json_get(json, "gone"));
        assert_true(json_has(json, "here"));
        assert_false(json_has(json, "gone"));
}

static void test_json__null_is_accepted_everywhere(void **state) {
        JSON_CLEANUP struct json *null = must_parse("null");
        void *cursor = NULL;
        const char *key;
        const struct json *value;

        (void)state;
        assert_null(null);
        assert_int_equal(json_kind(NULL), JSON_NULL);
        assert_int_equal(json_length(NULL), 0);
        assert_null(json_get(NULL, "a"));
        assert_false(json_has(NULL, "a"));
        assert_false(json_next(NULL, &cursor, &key, &value));
        assert_null(json_clone(NULL));
        assert_true(json_equal(NULL, NULL));
        json_free(NULL);
        assert_written(NULL, "null");
}

static void test_json__get_from_what_is_no_object_is_null(void **state) {
        static const char *const texts[] = { "[{\"a\":1}]", "\"a\"", "1", "true", "1.5" };

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                JSON_CLEANUP struct json *json = must_parse(texts[i]);
                void *cursor = NULL;
                const char *key;
                const struct json *value;

                assert_null(json_get(json, "a"));
                assert_false(json_has(json, "a"));
                assert_false(json_next(json, &cursor, &key, &value));
        }
}

static void test_json__kinds(void **state) {
        static const char text[] = "[null,true,1,1.0,\"s\",[],{}]";
        static const char *const names[] = { "null",   "bool",  "int",   "double",
                                             "string", "array", "object" };
        JSON_CLEANUP struct json *json = must_parse(text);

        (void)state;
        assert_int_equal(json_length(json), 7);
        for (size_t i = 0; i < 7; i++) {
                assert_int_equal(json_kind(json_at(json, i)), (int)i);
                assert_string_equal(json_kind_name((enum json_kind)i), names[i]);
        }
        assert_true(json_as_bool(json_at(json, 1)));
        assert_int_equal(json_as_int(json_at(json, 2)), 1);
        assert_null(json_at(json, 7));
}

static void test_json__integers_are_exact(void **state) {
        JSON_CLEANUP struct json *json = must_parse("[9223372036854775807,-9223372036854775808,"
                                                    "9007199254740993,-1,0]");

        (void)state;
        assert_true(json_as_int(json_at(json, 0)) == INT64_MAX);
        assert_true(json_as_int(json_at(json, 1)) == INT64_MIN);
        assert_true(json_as_int(json_at(json, 2)) == 9007199254740993);
        assert_written(json, "[9223372036854775807,-9223372036854775808,9007199254740993,-1,0]");
}

static void test_json__numbers_keep_their_text(void **state) {
        static const char text[] = "[1.0,1.10,1e5,1E+05,1e-7,0.1,-0.0,1e400,-1e400,"
                                   "3.14159265358979323846264338327950288,0e0,100000000000.5]";
        JSON_CLEANUP struct json *json = must_parse(text);
        JSON_CLEANUP struct json *clone = json_clone(json);
        JSON_CLEANUP struct json *minus_zero = must_parse("-0");

        (void)state;
        assert_written(json, text);
        assert_written(clone, text);
        assert_int_equal(json_kind(json_at(json, 0)), JSON_DOUBLE);
        assert_written(minus_zero, "0");
}

static void test_json__strings_may_contain_nul(void **state) {
        JSON_CLEANUP struct json *json = must_parse("{\"s\":\"a\\u0000b\"}");
        struct bytes s = json_as_string(json_get(json, "s"));
        JSON_CLEANUP struct json *same = json_new_object();
        JSON_CLEANUP struct json *shorter = must_parse("{\"s\":\"a\"}");

        (void)state;
        assert_int_equal(s.len, 3);
        assert_memory_equal(s.ptr, "a\0b", 4);
        assert_written(json, "{\"s\":\"a\\u0000b\"}");
        json_set(same, "s", json_new_string((struct bytes){ .ptr = "a\0b", .len = 3 }));
        assert_true(json_equal(json, same));
        assert_false(json_equal(json, shorter));
}

static void test_json__escapes_are_decoded(void **state) {
        static const struct {
                const char *text, *value;
        } cases[] = {
                { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
                { "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac" },
                { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
                { "\"\\uD800\"", "\xef\xbf\xbd" }, /* half a pair */
                { "\"\\udc00x\"", "\xef\xbf\xbdx" },
                { "\"\\ud800\\n\"", "\xef\xbf\xbd\n" },
                { "\"\\ud800\\u0041\"", "\xef\xbf\xbd"
                                        "A" },
                { "\"\\ud800\\\\\"", "\xef\xbf\xbd\\" },
                { "\"\\ud800\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
                { "\"\\uffff\"", "\xef\xbf\xbf" },
                { "\"\x7f\"", "\x7f" },
                { "\"\"", "" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                JSON_CLEANUP struct json *json = must_parse(cases[i].text);

                assert_true(bytes_is(json_as_string(json), cases[i].value));
        }
}

static void test_json__written_text_reads_back_equal(void **state) {
        static const char *const texts[] = {
                "{}",
                "[]",
                "[[],[{}]]",
                "{\"\":\"\"}",
                "{\"a\":{\"b\":[null,true,false]}}",
                "\"\\u0001\\u001f\\\"\\\\/ \xc3\xa9\"",
                "{\"a\\\"b\":1}",
                "[1,1.5,\"x\"]",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                JSON_CLEANUP struct json *json = must_parse(texts[i]);
                STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1000);
                JSON_CLEANUP struct json *again = NULL;

                json_write(json, &out);
                again = must_parse(strbuf_str(&out));
                assert_true(json_equal(json, again));
                assert_string_equal(strbuf_str(&out), texts[i]);
        }
}

static void test_json__write_appends_and_respects_the_cap(void **state) {
        JSON_CLEANUP struct json *json = must_parse("[1,2]");
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(9);

        (void)state;
        strbuf_puts(&out, "x=");
        json_write(json, &out);
        assert_string_equal(strbuf_str(&out), "x=[1,2]");
        json_write(json, &out);
        assert_false(strbuf_ok(&out));
        assert_string_equal(strbuf_str(&out), "x=[1,2]");
}

static void test_json__last_of_duplicate_members_counts(void **state) {
        JSON_CLEANUP struct json *json = must_parse("{\"a\":{\"x\":1},\"b\":2,\"a\":3}");

        (void)state;
        assert_int_equal(json_length(json), 2);
        assert_int_equal(json_as_int(json_get(json, "a")), 3);
}

static void test_json__equality(void **state) {
        static const struct {
                const char *a, *b;
                bool equal;
        } cases[] = {
                { "{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2],\"a\":1}", true },
                { "[1,2]", "[2,1]", false },
                { "{\"a\":null}", "{}", false },
                { "{\"a\":null}", "{\"a\":null}", true },
                { "{}", "{\"a\":null}", false },
                { "1", "1.0", false },
                { "1.0", "1.00", true },
                { "1", "\"1\"", false },
                { "null", "false", false },
                { "[]", "{}", false },
                { "[null]", "[]", false },
                { "\"a\"", "\"A\"", false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                JSON_CLEANUP struct json *a = must_parse(cases[i].a);
                JSON_CLEANUP struct json *b = must_parse(cases[i].b);

                assert_int_equal(json_equal(a, b), cases[i].equal);
                assert_int_equal(json_equal(b, a), cases[i].equal);
        }
}

static void test_json__building(void **state) {
        JSON_CLEANUP struct json *root = json_new_object();
        struct json *labels = json_object_at(json_object_at(root, "metadata"), "labels");
        struct json *list = json_new_array();

        (void)state;
        assert_ptr_equal(json_object_at(json_object_at(root, "metadata"), "labels"), labels);
        json_set_str(labels, "app", "checkout");
        json_set_str(labels, "app", "canary");
        json_set_int(root, "n", INT64_MIN);
        json_set_bool(root, "ok", true);
        json_set(root, "none", NULL);
        json_set(root, "list", list);
        json_append(list, json_new_string(BYTES_NULL));
        json_append(list, NULL);
        json_append(list, json_new_int(5));
        json_remove_at(list, 0);
        assert_written(root, "{\"metadata\":{\"labels\":{\"app\":\"canary\"}},"
                             "\"n\":-9223372036854775808,\"ok\":true,\"none\":null,"
                             "\"list\":[null,5]}");
        json_remove(root, "metadata");
        json_remove(root, "not there");
        assert_false(json_has(root, "metadata"));
        assert_int_equal(json_kind(json_object_at(root, "none")), JSON_OBJECT);
        json_set_int(json_at_mut(list, 1) ? root : NULL, "n", 1);
        assert_int_equal(json_as_int(json_get_mut(root, "n")), 1);
}

static void test_json__taking_leaves_the_rest(void **state) {
        JSON_CLEANUP struct json *json = must_parse("{\"a\":{\"b\":1},\"n\":null,\"l\":[1,[2],3]}");
        JSON_CLEANUP struct json *member = json_take(json, "a");
        JSON_CLEANUP struct json *item = json_take_at(json_get_mut(json, "l"), 1);

        (void)state;
        assert_written(member, "{\"b\":1}");
        assert_written(item, "[2]");
        assert_written(json, "{\"n\":null,\"l\":[1,null,3]}");
        assert_null(json_take(json, "n"));
        assert_null(json_take(json, "not there"));
        assert_written(json, "{\"l\":[1,null,3]}");
}

static void test_json__items_are_inserted_and_replaced(void **state) {
        JSON_CLEANUP struct json *json = json_new_array();

        (void)state;
        json_insert_at(json, 0, json_new_int(2));
        json_insert_at(json, 0, json_new_int(0));
        json_insert_at(json, 1, json_new_int(1));
        json_insert_at(json, 3, json_new_int(3));
        assert_written(json, "[0,1,2,3]");
        json_set_at(json, 2, json_new_bool(true));
        json_set_at(json, 0, NULL);
        assert_written(json, "[null,1,true,3]");
}

static void test_json__clone_is_apart(void **state) {
        JSON_CLEANUP struct json *json = must_parse("{\"a\":{\"b\":[1]}}");
        JSON_CLEANUP struct json *clone = json_clone(json);

        (void)state;
        assert_true(json_equal(json, clone));
        json_append(json_get_mut(json_get_mut(clone, "a"), "b"), json_new_bool(false));
        assert_written(json, "{\"a\":{\"b\":[1]}}");
        assert_written(clone, "{\"a\":{\"b\":[1,false]}}");
}

static void test_json__walk_is_in_order(void **state) {
        JSON_CLEANUP struct json *json = must_parse("{\"z\":1,\"a\":null,\"m\":3}");
        static const char *const keys[] = { "z", "a", "m" };
        const struct json *value;
        const char *key;
        void *cursor = NULL;
        size_t n = 0;

        (void)state;
        for (; json_next(json, &cursor, &key, &value); n++) {
                assert_true(n < 3);
                assert_string_equal(key, keys[n]);
                assert_ptr_equal(value, json_get(json, key));
        }
        assert_int_equal(n, 3);
}

static void test_json__members_of_any_kind_are_asked_for(void **state) {
        JSON_CLEANUP struct json *json =
                must_parse("{\"text\":\"a\",\"number\":7,\"yes\":true,\"no\":false,\"none\":null}");

        (void)state;
        assert_string_equal(json_text_at(json, "text"), "a");
        assert_string_equal(json_text_at(json, "number"), "");
        assert_string_equal(json_text_at(json, "none"), "");
        assert_string_equal(json_text_at(NULL, "text"), "");
        assert_int_equal(json_int_at(json, "number", -1), 7);
        assert_int_equal(json_int_at(json, "text", -1), -1);
        assert_int_equal(json_int_at(json, "absent", -1), -1);
        assert_true(json_is_true_at(json, "yes"));
        assert_false(json_is_true_at(json, "no"));
        assert_false(json_is_true_at(json, "number"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_json__null_is_told_from_absent),
                cmocka_unit_test(test_json__numbers_are_read_as_such),
                cmocka_unit_test(test_json__null_is_accepted_everywhere),
                cmocka_unit_test(test_json__get_from_what_is_no_object_is_null),
                cmocka_unit_test(test_json__kinds),
                cmocka_unit_test(test_json__members_of_any_kind_are_asked_for),
                cmocka_unit_test(test_json__integers_are_exact),
                cmocka_unit_test(test_json__numbers_keep_their_text),
                cmocka_unit_test(test_json__strings_may_contain_nul),
                cmocka_unit_test(test_json__escapes_are_decoded),
                cmocka_unit_test(test_json__written_text_reads_back_equal),
                cmocka_unit_test(test_json__write_appends_and_respects_the_cap),
                cmocka_unit_test(test_json__last_of_duplicate_members_counts),
                cmocka_unit_test(test_json__equality),
                cmocka_unit_test(test_json__building),
                cmocka_unit_test(test_json__taking_leaves_the_rest),
                cmocka_unit_test(test_json__items_are_inserted_and_replaced),
                cmocka_unit_test(test_json__clone_is_apart),
                cmocka_unit_test(test_json__walk_is_in_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
