#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <string.h>

#include "thing.h"

static int make(const char *text, struct object **ret_object, struct err *err) {
        JSON_CLEANUP struct json *json = NULL;

        assert_int_equal(json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, err), 0);
        return object_new(json, thing_decode, thing_index, ret_object, err);
}

static void test_object__key_has_namespace(void **state) {
        struct object *object = thing_new("x", "u1", "5", "red");

        (void)state;
        assert_string_equal(object->key, "a/x");
        assert_string_equal(object->meta->uid, "u1");
        assert_string_equal(thing_color(object), "red");
        assert_string_equal(object->index_key, "a/red");
        assert_false(object->unreadable);
        object_free(object);
}

static void test_object__key_without_namespace(void **state) {
        struct object *object;
        struct err err;

        (void)state;
        assert_int_equal(make("{\"metadata\":{\"name\":\"n\",\"uid\":\"u\",\"resourceVersion\":"
                              "\"1\"}}",
                              &object, &err),
                         0);
        assert_string_equal(object->key, "n");
        object_free(object);
}

static void test_object__identity_is_required(void **state) {
        static const char *const TEXTS[] = {
                "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"1\"}}",
                "{\"metadata\":{\"name\":\"\",\"uid\":\"u\",\"resourceVersion\":\"1\"}}",
                "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"}}",
                "{\"metadata\":{\"name\":\"n\",\"uid\":\"u\"}}",
                "{}",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
                struct object *object = NULL;
                struct err err;

                assert_int_equal(make(TEXTS[i], &object, &err), -1);
                assert_int_equal(err.code, ERR_INVALID);
                assert_null(object);
        }
}

static void test_object__decode_error_is_passed_on(void **state) {
        struct object *object = NULL;
        struct err err;

        (void)state;
        assert_int_equal(make("{\"metadata\":{\"name\":\"n\"},\"color\":5}", &object, &err), -1);
        assert_string_equal(err.msg, "color: expected string, found int");
}

static void test_object__takes_just_its_size(void **state) {
        struct object *object = thing_new("x", "u1", "5", "red");
        size_t content = sizeof(*object) + sizeof(struct identity) + sizeof(struct thing) +
                         sizeof("a/x") + sizeof("x") + sizeof("a") + sizeof("u1") + sizeof("5") +
                         sizeof("red") + sizeof("a/red");

        (void)state;
        /* One block: padding, the arena's own header and malloc's rounding are all that is more. */
        assert_in_range(malloc_usable_size(object), content, content + 96);
        object_free(object);
}

static void test_object__large_one_survives(void **state) {
        static char color[100001];
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1 << 20);
        struct object *object;
        struct err err;

        (void)state;
        memset(color, 'x', sizeof(color) - 1);
        strbuf_printf(&text,
                      "{\"metadata\":{\"name\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"1\"},"
                      "\"color\":\"%s\"}",
                      color);
        assert_int_equal(make(strbuf_str(&text), &object, &err), 0);
        assert_string_equal(thing_color(object), color);
        object_free(object);
}

static void test_object__free_null(void **state) {
        (void)state;
        object_free(NULL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_object__key_has_namespace),
                cmocka_unit_test(test_object__key_without_namespace),
                cmocka_unit_test(test_object__identity_is_required),
                cmocka_unit_test(test_object__decode_error_is_passed_on),
                cmocka_unit_test(test_object__takes_just_its_size),
                cmocka_unit_test(test_object__large_one_survives),
                cmocka_unit_test(test_object__free_null),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
