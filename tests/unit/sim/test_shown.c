#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/shown.h"

static const char *shown(struct strbuf *text, const char *json) {
        struct json *value JSON_CLEANUP = NULL;
        struct err err;

        assert_int_equal(json_parse(bytes_of(json), &JSON_LIMITS_OBJECT, &value, &err), 0);
        strbuf_clear(text);
        shown_value(value, text);
        return strbuf_str(text);
}

static void test_shown__texts_are_quoted_as_go_does(void **state) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(4096);

        (void)state;
        assert_string_equal(shown(&text, "\"a/<b>\""), "\"a/<b>\"");
        assert_string_equal(shown(&text, "\"\\\"\\\\\\n\\u0001\\u007f\""),
                            "\"\\\"\\\\\\n\\x01\\x7f\"");
        assert_string_equal(shown(&text, "\"\u00e4\u20ac\U0001f600\""),
                            "\"\u00e4\u20ac\U0001f600\"");
        assert_string_equal(shown(&text, "\"\\u00ad\\ufeff\""), "\"\\u00ad\\ufeff\"");
}

static void test_shown__numbers_are_short(void **state) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(4096);

        (void)state;
        assert_string_equal(shown(&text, "17"), "17");
        assert_string_equal(shown(&text, "1.50"), "1.5");
        assert_string_equal(shown(&text, "2.0"), "2");
        assert_string_equal(shown(&text, "0.1"), "0.1");
        assert_string_equal(shown(&text, "100000.0"), "100000");
        assert_string_equal(shown(&text, "1000000.0"), "1e+06");
        assert_string_equal(shown(&text, "123456789.5"), "1.234567895e+08");
        assert_string_equal(shown(&text, "0.00001"), "1e-05");
        assert_string_equal(shown(&text, "-1e21"), "-1e+21");
}

static void test_shown__the_rest_is_json_as_go_writes_it(void **state) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(4096);

        (void)state;
        assert_string_equal(shown(&text, "null"), "null");
        assert_string_equal(shown(&text, "{\"b\":[1,2.0,1e9,null,true],\"a\":{\"c\":\"<&>\"}}"),
                            "{\"a\":{\"c\":\"\\u003c\\u0026\\u003e\"},"
                            "\"b\":[1,2,1000000000,null,true]}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_shown__texts_are_quoted_as_go_does),
                cmocka_unit_test(test_shown__numbers_are_short),
                cmocka_unit_test(test_shown__the_rest_is_json_as_go_writes_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
