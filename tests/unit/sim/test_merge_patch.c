#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "patch/patch.h"

static struct json *must_parse(const char *text) {
        struct json *json = NULL;
        struct err err = { .msg = "" };

        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return json;
}

static void assert_merged(const char *document, const char *patch, const char *result) {
        struct json *object JSON_CLEANUP = must_parse(document);
        struct json *tree JSON_CLEANUP = must_parse(patch);
        struct json *before JSON_CLEANUP = json_clone(tree);
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        if (patch_merge(object, tree, &refusal) < 0)
                fail_msg("%s: %s", patch, refusal.message);
        json_write(object, &text);
        assert_string_equal(strbuf_str(&text), result);
        assert_true(json_equal(tree, before));
}

/* RFC 7386, appendix A. The API server takes objects only, so what is none stands in one. */
static void test_merge_patch__examples_of_rfc_7386(void **state) {
        static const struct {
                const char *original, *patch, *result; /* result NULL: null, which is absent */
        } ROWS[] = {
                { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
                { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
                { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
                { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
                { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
                { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
                { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
                  "{\"a\":{\"b\":\"d\"}}" },
                { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
                { "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
                { "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
                { "{\"a\":\"foo\"}", "null", NULL },
                { "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
                { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
                { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
                { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;

                assert_merged(arena_printf(&arena, "{\"x\":%s}", ROWS[i].original),
                              arena_printf(&arena, "{\"x\":%s}", ROWS[i].patch),
                              ROWS[i].result ? arena_printf(&arena, "{\"x\":%s}", ROWS[i].result)
                                             : "{}");
        }
}

/* evanphx/json-patch does so, beyond the RFC. */
static void test_merge_patch__null_in_a_new_list_is_left_out_of_its_objects(void **state) {
        (void)state;
        assert_merged("{}", "{\"a\":[{\"b\":null,\"c\":1},null]}", "{\"a\":[{\"c\":1},null]}");
}

static void test_merge_patch__members_keep_their_places(void **state) {
        (void)state;
        assert_merged("{\"a\":1,\"b\":{\"c\":1},\"d\":2}", "{\"b\":{\"e\":2},\"a\":3,\"f\":4}",
                      "{\"a\":3,\"b\":{\"c\":1,\"e\":2},\"d\":2,\"f\":4}");
}

/* A label of a large object is changed where it stands: nothing else is touched or copied. */
static void test_merge_patch__what_is_not_named_is_not_copied(void **state) {
        struct json *object JSON_CLEANUP =
                must_parse("{\"metadata\":{\"labels\":{\"a\":\"1\"}},\"spec\":{\"x\":[1,2,3]}}");
        struct json *patch JSON_CLEANUP = must_parse("{\"metadata\":{\"labels\":{\"a\":\"2\"}}}");
        const struct json *spec = json_get(object, "spec");
        const struct json *labels = json_get(json_get(object, "metadata"), "labels");
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        (void)state;
        assert_int_equal(patch_merge(object, patch, &refusal), 0);
        assert_ptr_equal(json_get(object, "spec"), spec);
        assert_ptr_equal(json_get(json_get(object, "metadata"), "labels"), labels);
        assert_true(bytes_is(json_as_string(json_get(labels, "a")), "2"));
        assert_int_equal(arena.used_bytes, 0);
}

static void assert_refused(const char *patch, const char *message) {
        struct json *object JSON_CLEANUP = must_parse("{\"a\":1}");
        struct json *tree JSON_CLEANUP = must_parse(patch);
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        assert_int_equal(patch_merge(object, tree, &refusal), -1);
        assert_int_equal(refusal.code, 400);
        assert_string_equal(refusal.reason, "BadRequest");
        assert_string_equal(refusal.message, message);
}

static void test_merge_patch__what_is_no_object_is_refused(void **state) {
        (void)state;
        assert_refused("null", "Invalid JSON Patch");
        assert_refused("[1]", "error decoding patch: json: cannot unmarshal array into Go value of "
                              "type map[string]interface {}");
        assert_refused("5", "error decoding patch: json: cannot unmarshal number into Go value of "
                            "type map[string]interface {}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_merge_patch__examples_of_rfc_7386),
                cmocka_unit_test(test_merge_patch__null_in_a_new_list_is_left_out_of_its_objects),
                cmocka_unit_test(test_merge_patch__members_keep_their_places),
                cmocka_unit_test(test_merge_patch__what_is_not_named_is_not_copied),
                cmocka_unit_test(test_merge_patch__what_is_no_object_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
