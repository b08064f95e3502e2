#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "patch/patch.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

static const char *const FAILED = "the server rejected our request due to an error in our request";

struct example {
        const char *document, *patch;
        const char *result; /* NULL: an operation fails */
};

static struct json *must_parse(const char *text) {
        struct json *json = NULL;
        struct err err = { .msg = "" };

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return json;
}

static void assert_patched(const struct example *example) {
        struct json *document JSON_CLEANUP = must_parse(example->document);
        struct json *patch JSON_CLEANUP = must_parse(example->patch);
        struct json *result JSON_CLEANUP = example->result ? must_parse(example->result) : NULL;
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        if (patch_json(document, patch, &refusal) < 0) {
                if (example->result)
                        fail_msg("%s: %s", example->patch, refusal.message);
                assert_int_equal(refusal.code, 422);
                assert_string_equal(refusal.reason, "Invalid");
                assert_string_equal(refusal.message, FAILED);
                return;
        }
        json_write(document, &text);
        if (!result || !json_equal(document, result))
                fail_msg("%s on %s: %s", example->patch, example->document, strbuf_str(&text));
}

static void assert_all_patched(const struct example *examples, size_t n) {
        for (size_t i = 0; i < n; i++)
                assert_patched(&examples[i]);
}

/* RFC 6902, appendix A, in its order (A.13 is about the parser). */
static void test_json_patch__examples_of_rfc_6902(void **state) {
        static const struct example EXAMPLES[] = {
                { "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
                  "{\"baz\":\"qux\",\"foo\":\"bar\"}" },
                { "{\"foo\":[\"bar\",\"baz\"]}",
                  "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
                  "{\"foo\":[\"bar\",\"qux\",\"baz\"]}" },
                { "{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]",
                  "{\"foo\":\"bar\"}" },
                { "{\"foo\":[\"bar\",\"qux\",\"baz\"]}",
                  "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]", "{\"foo\":[\"bar\",\"baz\"]}" },
                { "{\"baz\":\"qux\",\"foo\":\"bar\"}",
                  "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
                  "{\"baz\":\"boo\",\"foo\":\"bar\"}" },
                { "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
                  "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
                  "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}" },
                { "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
                  "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
                  "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}" },
                { "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
                  "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},"
                  "{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]",
                  "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}" },
                { "{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]",
                  NULL },
                { "{\"foo\":\"bar\"}",
                  "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
                  "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}" },
                { "{\"foo\":\"bar\"}",
                  "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
                  "{\"foo\":\"bar\",\"baz\":\"qux\"}" },
                { "{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]",
                  NULL },
                { "{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]",
                  "{\"/\":9,\"~1\":10}" },
                { "{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]",
                  NULL },
                { "{\"foo\":[\"bar\"]}",
                  "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
                  "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}" },
        };

        (void)state;
        assert_all_patched(EXAMPLES, N(EXAMPLES));
}

/* Seen on a real API server; the RFC would have it otherwise. */
static void test_json_patch__habits_of_the_api_server(void **state) {
        static const struct example EXAMPLES[] = {
                { "{\"a\":1}", "null", "{\"a\":1}" },
                { "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":2}]",
                  "{\"a\":1,\"b\":2}" },
                { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":{}}]", NULL },
                { "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"b\":null}}]",
                  "{\"b\":null}" },
                { "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":5}]", "{\"a\":1}" },
                { "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]}]", NULL },
                { "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":1}}]",
                  "{\"a\":1}" },
                { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"x/b\",\"value\":2}]",
                  "{\"a\":1,\"b\":2}" },
                { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"b\",\"value\":2}]", NULL },
                { "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/b\",\"value\":null}]", "{\"a\":1}" },
                { "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/b\"}]", NULL },
                { "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.0}]", NULL },
                { "{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/b\",\"path\":\"/c\"}]",
                  "{\"a\":1,\"c\":null}" },
                { "{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/c\"}]", NULL },
                { "{\"a\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", NULL },
                { "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", NULL },
                { "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]", NULL },
                { "{\"a\":null}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]", NULL },
                { "{\"a\":{\"\":1}}", "[{\"op\":\"replace\",\"path\":\"/a/\",\"value\":2}]",
                  "{\"a\":{\"\":2}}" },
                { "{\"a/b~c\":1}", "[{\"op\":\"remove\",\"path\":\"/a~1b~0c\"}]", "{}" },
                { "{\"a~\":1}", "[{\"op\":\"remove\",\"path\":\"/a~\"}]", "{}" },
                { "{}", "[{}]", NULL },
                { "{}", "[null]", NULL },
                { "{}", "[{\"op\":\"add\",\"path\":null,\"value\":1}]", NULL },
                { "{}", "[{\"op\":\"foo\",\"path\":\"/a\"}]", NULL },
        };

        (void)state;
        assert_all_patched(EXAMPLES, N(EXAMPLES));
}

static void test_json_patch__indices(void **state) {
        static const struct example EXAMPLES[] = {
                { "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":3}]",
                  "{\"a\":[1,2,3]}" },
                { "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/3\",\"value\":3}]", NULL },
                { "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/-1\",\"value\":3}]",
                  "{\"a\":[1,2,3]}" },
                { "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/-3\",\"value\":0}]",
                  "{\"a\":[0,1,2]}" },
                { "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/-4\",\"value\":0}]", NULL },
                { "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/-1\"}]", "{\"a\":[1]}" },
                { "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/-3\"}]", NULL },
                { "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/2\"}]", NULL },
                { "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/-\"}]", NULL },
                { "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/x\"}]", NULL },
                { "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/\"}]", NULL },
                { "{\"a\":[1,2]}",
                  "[{\"op\":\"remove\",\"path\":\"/a/99999999999999999999999999\"}]", NULL },
                { "{\"a\":[1,2]}", "[{\"op\":\"replace\",\"path\":\"/a/-2\",\"value\":0}]",
                  "{\"a\":[0,2]}" },
                { "{\"a\":[1,2]}", "[{\"op\":\"replace\",\"path\":\"/a/2\",\"value\":0}]", NULL },
                { "{\"a\":[[1],[2]]}",
                  "[{\"op\":\"copy\",\"from\":\"/a/1/0\",\"path\":\"/a/0/0\"}]",
                  "{\"a\":[[2,1],[2]]}" },
        };

        (void)state;
        assert_all_patched(EXAMPLES, N(EXAMPLES));
}

static void assert_refused(const char *patch, int code, const char *message) {
        struct json *document JSON_CLEANUP = must_parse("{\"a\":1}");
        struct json *tree JSON_CLEANUP = must_parse(patch);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        assert_int_equal(patch_json(document, tree, &refusal), -1);
        assert_string_equal(refusal.message, message);
        assert_int_equal(refusal.code, code);
}

static void test_json_patch__what_is_no_patch_is_refused_in_gos_words(void **state) {
        (void)state;
        assert_refused("{}", 400,
                       "error decoding patch: json: cannot unmarshal object into Go value of type "
                       "[]handlers.jsonPatchOp");
        assert_refused("\"x\"", 400,
                       "error decoding patch: json: cannot unmarshal string into Go value of type "
                       "[]handlers.jsonPatchOp");
        assert_refused("[1]", 400,
                       "error decoding patch: json: cannot unmarshal number into Go value of type "
                       "handlers.jsonPatchOp");
        assert_refused("[{\"op\":1,\"path\":\"/a\"}]", 400,
                       "error decoding patch: json: cannot unmarshal number into Go struct field "
                       "jsonPatchOp.op of type string");
        assert_refused("[{\"op\":\"add\",\"path\":false}]", 400,
                       "error decoding patch: json: cannot unmarshal bool into Go struct field "
                       "jsonPatchOp.path of type string");
}

static void test_json_patch__too_many_operations_are_refused(void **state) {
        struct json *document JSON_CLEANUP = must_parse("{\"a\":1}");
        struct json *patch JSON_CLEANUP = json_new_array();
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        (void)state;
        for (int i = 0; i < 10000; i++)
                json_append(patch, must_parse("{\"op\":\"test\",\"path\":\"/a\",\"value\":1}"));
        assert_int_equal(patch_json(document, patch, &refusal), 0);
        json_append(patch, must_parse("{\"op\":\"test\",\"path\":\"/a\",\"value\":1}"));
        assert_int_equal(patch_json(document, patch, &refusal), -1);
        assert_int_equal(refusal.code, 413);
        assert_string_equal(refusal.reason, "RequestEntityTooLarge");
        assert_string_equal(refusal.message,
                            "Request entity is too large: The allowed maximum operations in a JSON "
                            "patch is 10000, got 10001");
}

/* Copies that double the document each time, or nest it in itself, are cut off. */
static void test_json_patch__copies_are_bounded(void **state) {
        struct json *patch JSON_CLEANUP = json_new_array();
        struct json *nested JSON_CLEANUP = must_parse("{\"a\":{\"b\":{}}}");
        struct json *wide JSON_CLEANUP = must_parse("{\"a\":[\"0123456789\"]}");
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        (void)state;
        for (int i = 0; i < 200; i++)
                json_append(patch,
                            must_parse("{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/b\"}"));
        assert_int_equal(patch_json(nested, patch, &refusal), -1);
        assert_string_equal(refusal.message, FAILED);

        json_free(patch);
        patch = json_new_array();
        for (int i = 0; i < 30; i++)
                json_append(patch,
                            must_parse("{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/-\"}"));
        assert_int_equal(patch_json(wide, patch, &refusal), -1);
        assert_int_equal(refusal.code, 422);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_json_patch__examples_of_rfc_6902),
                cmocka_unit_test(test_json_patch__habits_of_the_api_server),
                cmocka_unit_test(test_json_patch__indices),
                cmocka_unit_test(test_json_patch__what_is_no_patch_is_refused_in_gos_words),
                cmocka_unit_test(test_json_patch__too_many_operations_are_refused),
                cmocka_unit_test(test_json_patch__copies_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
