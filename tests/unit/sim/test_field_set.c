#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "patch/element.h"
#include "patch/field_set.h"

static struct json *must_parse(struct arena *arena, const char *quoted) {
        char *text = arena_strdup(arena, quoted);
        struct json *json = NULL;
        struct err err = { .msg = "" };

        for (char *c = text; *c; c++)
                *c = *c == '\'' ? '"' : *c;
        if (json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                fail_msg("%s: %s", quoted, err.msg);
        return json;
}

static const struct field_set *set_of(struct arena *arena, const char *text) {
        struct json *json JSON_CLEANUP = must_parse(arena, text);
        const struct field_set *set;
        struct err err = { .msg = "" };

        if (field_set_parse(json, arena, &set, &err) < 0)
                fail_msg("%s: %s", text, err.msg);
        return set;
}

static void assert_set(struct arena *arena, const struct field_set *set, const char *expected) {
        struct json *wanted JSON_CLEANUP = must_parse(arena, expected);
        struct json *found JSON_CLEANUP = field_set_json(set);
        struct strbuf a STRBUF_CLEANUP = STRBUF_INIT(1u << 20);
        struct strbuf b STRBUF_CLEANUP = STRBUF_INIT(1u << 20);

        json_write(found, &a);
        json_write(wanted, &b);
        assert_string_equal(strbuf_str(&a), strbuf_str(&b));
}

static void test_field_set__reads_what_it_writes(void **state) {
        static const char *const TEXTS[] = {
                "{}",
                "{'f:a':{},'f:b':{'.':{},'f:c':{}}}",
                "{'f:l':{'k:{\\'name\\':\\'a\\',\\'port\\':80}':{'.':{},'f:name':{}},"
                "'v:\\'x\\'':{},'v:\\'y\\'':{},'i:3':{}}}",
        };
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof(TEXTS) / sizeof(*TEXTS); i++)
                assert_set(&arena, set_of(&arena, TEXTS[i]), TEXTS[i]);
}

static void test_field_set__is_one_however_it_was_written(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        (void)state;
        assert_set(&arena,
                   set_of(&arena, "{'k:{ \\'port\\':80, \\'name\\':\\'a\\'}':null,"
                                  "'f:b':{'.':{}},'f:a':{},'z:later':{}}"),
                   "{'f:a':{},'f:b':{},'k:{\\'name\\':\\'a\\',\\'port\\':80}':{}}");
}

static void test_field_set__bad_texts_are_refused(void **state) {
        static const char *const TEXTS[] = { "{'':{}}",     "{'x':{}}",          "{'fa':{}}",
                                             "{'k:[]':{}}", "{'k:{':{}}",        "{'v:':{}}",
                                             "{'f:a':1}",   "{'f:a':{'f:b':[]}}" };
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        (void)state;
        for (size_t i = 0; i < sizeof(TEXTS) / sizeof(*TEXTS); i++) {
                struct json *json JSON_CLEANUP = must_parse(&arena, TEXTS[i]);
                const struct field_set *set;
                struct err err = { .code = ERR_NONE };

                if (field_set_parse(json, &arena, &set, &err) == 0)
                        fail_msg("%s", TEXTS[i]);
                assert_int_equal(err.code, ERR_INVALID);
        }
}

static void test_field_set__operations(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        const struct field_set *a = set_of(&arena, "{'f:a':{},'f:b':{'.':{},'f:c':{},'f:d':{}},"
                                                   "'f:e':{'f:f':{}}}");
        const struct field_set *b = set_of(&arena, "{'f:a':{},'f:b':{'f:c':{}},'f:e':{}}");

        (void)state;
        assert_set(&arena, field_set_union(a, b, &arena),
                   "{'f:a':{},'f:b':{'.':{},'f:c':{},'f:d':{}},'f:e':{'.':{},'f:f':{}}}");
        assert_set(&arena, field_set_intersection(a, b, &arena), "{'f:a':{},'f:b':{'f:c':{}}}");
        assert_set(&arena, field_set_difference(a, b, &arena),
                   "{'f:b':{'.':{},'f:d':{}},'f:e':{'f:f':{}}}");
        assert_set(&arena, field_set_without(a, b, &arena), "{'f:b':{'.':{},'f:d':{}}}");
        assert_null(field_set_difference(a, a, &arena));
        assert_null(field_set_intersection(a, NULL, &arena));
        assert_set(&arena, field_set_union(NULL, b, &arena),
                   "{'f:a':{},'f:b':{'f:c':{}},'f:e':{}}");
        assert_set(&arena, field_set_difference(b, NULL, &arena),
                   "{'f:a':{},'f:b':{'f:c':{}},'f:e':{}}");
}

/* Members first, then what is below; numbers by their size. */
static void test_field_set__paths_are_named_as_in_conflicts(void **state) {
        static const char *const PATHS[] = {
                ".e",
                ".a.b",
                ".l[=\"x\"]",
                ".l[=9]",
                ".l[=10]",
                ".p[name=\"a\",port=80].name",
                ".p[name=\"a\",port=443].name",
        };
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct strings paths = { .arena = &arena };

        (void)state;
        field_set_paths(set_of(&arena,
                               "{'f:a':{'f:b':{}},'f:e':{},'f:l':{'v:10':{},'v:9':{},"
                               "'v:\\'x\\'':{}},'f:p':{'k:{\\'name\\':\\'a\\',\\'port\\':443}'"
                               ":{'f:name':{}},'k:{\\'port\\':80,\\'name\\':\\'a\\'}':"
                               "{'f:name':{}}}}"),
                        &paths);
        assert_int_equal(paths.n, sizeof(PATHS) / sizeof(*PATHS));
        for (size_t i = 0; i < paths.n; i++)
                assert_string_equal(paths.items[i], PATHS[i]);
}

static void test_element__order(void **state) {
        static const char *const ELEMENTS[] = {
                "f:a",
                "f:b",
                "k:{\"n\":\"a10\"}",
                "k:{\"n\":\"a9\"}",
                "k:{\"p\":9}",
                "k:{\"p\":80}",
                "k:{\"p\":8080}",
                "v:\"a\\\"1\"",
                "v:3",
                "v:20",
                "i:4",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(ELEMENTS) / sizeof(*ELEMENTS); i++)
                for (size_t j = 0; j < sizeof(ELEMENTS) / sizeof(*ELEMENTS); j++) {
                        int order = element_compare(ELEMENTS[i], ELEMENTS[j]);

                        if ((order > 0) - (order < 0) != (i > j) - (i < j))
                                fail_msg("%s %s: %d", ELEMENTS[i], ELEMENTS[j], order);
                }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_field_set__reads_what_it_writes),
                cmocka_unit_test(test_field_set__is_one_however_it_was_written),
                cmocka_unit_test(test_field_set__bad_texts_are_refused),
                cmocka_unit_test(test_field_set__operations),
                cmocka_unit_test(test_field_set__paths_are_named_as_in_conflicts),
                cmocka_unit_test(test_element__order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
