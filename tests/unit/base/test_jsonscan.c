/* What json_parse() accepts: the grammar of RFC 8259, UTF-8, and the caps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/json.h"

/* Parses an exact heap copy, so that reading past the end is seen by valgrind and ASan. */
static enum err_code code_of(struct bytes text, const struct json_limits *limits, struct err *err) {
        char *exact = malloc(text.len ? text.len : 1);
        struct json *json = NULL;
        int r;

        if (text.len > 0)
                memcpy(exact, text.ptr, text.len);
        *err = (struct err){ .code = ERR_NONE };
        r = json_parse((struct bytes){ .ptr = exact, .len = text.len }, limits, &json, err);
        assert_int_equal(r, err->code == ERR_NONE ? 0 : -1);
        assert_true(r == 0 || !json); /* outputs stay as they were */
        json_free(json);
        free(exact);
        return err->code;
}

#define BYTES(literal) ((struct bytes){ .ptr = (literal), .len = sizeof(literal) - 1 })

static void assert_codes(const struct bytes *texts, size_t n, enum err_code code) {
        for (size_t i = 0; i < n; i++) {
                struct err err;

                if (code_of(texts[i], &JSON_LIMITS_OBJECT, &err) != code)
                        fail_msg("%zu: %.*s: %s", i, (int)texts[i].len, texts[i].ptr, err.msg);
        }
}

#define ASSERT_CODES(texts, code) assert_codes((texts), sizeof(texts) / sizeof((texts)[0]), (code))

static void test_jsonscan__accepts_structure(void **state) {
        static const struct bytes texts[] = {
                BYTES("[]"),
                BYTES("{}"),
                BYTES(" [ ] "),
                BYTES("\t\r\n {} \n"),
                BYTES("[[]   ]"),
                BYTES("[1\n]"),
                BYTES("[1,null,2]"),
                BYTES("{\"a\":[]}"),
                BYTES("{\"a\":\"b\",\"a\":\"b\"}"),
                BYTES("{\"\":0}"),
                BYTES("{ \"a\" : 1 }"),
                BYTES("true"),
                BYTES("false"),
                BYTES("null"),
                BYTES("\"\""),
                BYTES("0"),
                BYTES("[\"a\", {}]"),
                BYTES("{\"a\":{\"b\":{}}, \"c\":[[0]]}"),
        };

        (void)state;
        ASSERT_CODES(texts, ERR_NONE);
}

static void test_jsonscan__refuses_structure(void **state) {
        static const struct bytes texts[] = {
                BYTES(""),
                BYTES(" "),
                BYTES("["),
                BYTES("]"),
                BYTES("{"),
                BYTES("}"),
                BYTES("[}"),
                BYTES("{]"),
                BYTES("[1}"),
                BYTES("{\"a\":1]"),
                BYTES("[]]"),
                BYTES("{}}"),
                BYTES("[] []"),
                BYTES("{}{}"),
                BYTES("1 2"),
                BYTES("[1,]"),
                BYTES("[,1]"),
                BYTES("[,]"),
                BYTES("[1,,2]"),
                BYTES("[1 2]"),
                BYTES("[1:2]"),
                BYTES("[\"a\""),
                BYTES("[1"),
                BYTES("[1,"),
                BYTES("{\"a\"}"),
                BYTES("{\"a\":}"),
                BYTES("{\"a\" 1}"),
                BYTES("{:1}"),
                BYTES("{,}"),
                BYTES("{\"a\":1,}"),
                BYTES("{a:1}"),
                BYTES("{'a':1}"),
                BYTES("{1:1}"),
                BYTES("{null:1}"),
                BYTES("{\"a\":1 \"b\":2}"),
                BYTES("{\"a\"::1}"),
                BYTES("{\"a\":1:2}"),
                BYTES("{\"a\",1}"),
                BYTES("{[]:1}"),
                BYTES("{\"a\":1,,\"b\":2}"),
                BYTES("{\"a\":"),
                BYTES("{\"a\""),
                BYTES("{\"a\":1"),
                BYTES("{\"a\":1,"),
                BYTES(","),
                BYTES(":"),
                BYTES("[1]x"),
                BYTES("[1],"),
                BYTES("[]\0"),
                BYTES("\0"),
                BYTES("[\0]"),
                BYTES("\f[]"),
                BYTES("\v1"),
                BYTES("[\xc2\xa0]"), /* not JSON space */
                BYTES("[\xe2\x81\xa0]"),
                BYTES("\xef\xbb\xbf{}"), /* no BOM either */
                BYTES("/**/[]"),
                BYTES("[] // x"),
                BYTES("# x\n[]"),
        };

        (void)state;
        ASSERT_CODES(texts, ERR_INVALID);
}

static void test_jsonscan__refuses_words(void **state) {
        static const struct bytes texts[] = {
                BYTES("nul"),       BYTES("tru"),      BYTES("fals"),        BYTES("nulll"),
                BYTES("True"),      BYTES("NULL"),     BYTES("truth"),       BYTES("NaN"),
                BYTES("nan"),       BYTES("Infinity"), BYTES("inf"),         BYTES("-inf"),
                BYTES("undefined"), BYTES("[nul]"),    BYTES("[truefalse]"), BYTES("'a'"),
                BYTES("`a`"),       BYTES("a"),        BYTES("\xc3\xa9"),    BYTES("$"),
        };

        (void)state;
        ASSERT_CODES(texts, ERR_INVALID);
}

static void test_jsonscan__accepts_numbers(void **state) {
        static const struct bytes texts[] = {
                BYTES("0"),
                BYTES("-0"),
                BYTES("-1"),
                BYTES("123"),
                BYTES("1.5"),
                BYTES("0.0"),
                BYTES("-0.0"),
                BYTES("1e5"),
                BYTES("1E5"),
                BYTES("1e+5"),
                BYTES("1e-5"),
                BYTES("0e1"),
                BYTES("0E+00"),
                BYTES("1.5e09"),
                BYTES("1e400"),
                BYTES("1e-400"),
                BYTES("9223372036854775807"),
                BYTES("-9223372036854775808"),
                BYTES("9223372036854775808.0"),
                BYTES("1e19"),
                BYTES("123456789012345678901234567890.0"),
        };

        (void)state;
        ASSERT_CODES(texts, ERR_NONE);
}

static void test_jsonscan__refuses_numbers(void **state) {
        static const struct bytes texts[] = {
                BYTES("-"),
                BYTES("+1"),
                BYTES("+0"),
                BYTES("--1"),
                BYTES("-+1"),
                BYTES("01"),
                BYTES("-01"),
                BYTES("00"),
                BYTES("-00"),
                BYTES("00.5"),
                BYTES(".5"),
                BYTES("-.5"),
                BYTES("1."),
                BYTES("0.e1"),
                BYTES("1.e5"),
                BYTES("1e"),
                BYTES("1e+"),
                BYTES("1E-"),
                BYTES("1e5.0"),
                BYTES("1e1e1"),
                BYTES("1.2.3"),
                BYTES("1-2"),
                BYTES("1+2"),
                BYTES("0x10"),
                BYTES("1_000"),
                BYTES("1,5"),
                BYTES("1a"),
                BYTES("- 1"),
                BYTES("1 .5"),
                BYTES("[1.]"),
                BYTES("[-]"),
                BYTES("[-a]"),
                BYTES("[1e]"),
                BYTES("\xef\xbc\x91"),
                /* Exact or not at all: json-c would clamp these. */
                BYTES("9223372036854775808"),
                BYTES("-9223372036854775809"),
                BYTES("18446744073709551615"),
                BYTES("18446744073709551616"),
                BYTES("100000000000000000000000000000"),
        };

        (void)state;
        ASSERT_CODES(texts, ERR_INVALID);
}

static void test_jsonscan__refuses_strings(void **state) {
        static const struct bytes texts[] = {
                BYTES("\""),
                BYTES("\"a"),
                BYTES("\"\\"),
                BYTES("\"\\\""),
                BYTES("\"\\u"),
                BYTES("\"\\u12"),
                BYTES("\"\\u12\""),
                BYTES("\"\\u12g4\""),
                BYTES("\"\\U0041\""),
                BYTES("\"\\x41\""),
                BYTES("\"\\a\""),
                BYTES("\"\\v\""),
                BYTES("\"\\0\""),
                BYTES("\"\\'\""),
                BYTES("\"\\ \""),
                BYTES("\"\\\n\""),
                BYTES("\"\\\0\""),
                BYTES("\"\\\xc3\xa9\""),
                BYTES("\"\n\""),
                BYTES("\"\t\""),
                BYTES("\"\r\""),
                BYTES("\"\0\""),
                BYTES("\"\x1f\""),
                BYTES("\"a\"b\""),
                /* A name with NUL would read as its beginning. */
                BYTES("{\"a\\u0000b\":1}"),
                BYTES("{\"\\u0000\":1}"),
                BYTES("{\"x\":[{\"metadata\\u0000\":{}}]}"),
        };
        static const struct bytes fine[] = {
                BYTES("{\"\\\\u0000\":1}"), /* an escaped backslash, then text */
                BYTES("{\"\\u0001\":\"\\u0000\"}"),
        };

        (void)state;
        ASSERT_CODES(texts, ERR_INVALID);
        ASSERT_CODES(fine, ERR_NONE);
}

static void test_jsonscan__utf8_is_checked(void **state) {
        static const struct bytes good[] = {
                BYTES("\"\x7f\""),
                BYTES("\"\xc2\x80\""),
                BYTES("\"\xdf\xbf\""),
                BYTES("\"\xe0\xa0\x80\""),
                BYTES("\"\xed\x9f\xbf\""),
                BYTES("\"\xee\x80\x80\""),
                BYTES("\"\xef\xbf\xbf\""),
                BYTES("\"\xf0\x90\x80\x80\""),
                BYTES("\"\xf4\x8f\xbf\xbf\""),
                BYTES("{\"\xc3\xa9\":1}"),
        };
        static const struct bytes bad[] = {
                BYTES("\"\x80\""),
                BYTES("\"\xbf\""),
                BYTES("\"\xc0\x80\""),
                BYTES("\"\xc1\xbf\""),
                BYTES("\"\xc3\""),
                BYTES("\"\xc3"),
                BYTES("\"\xc3(\""),
                BYTES("\"\xe0\x9f\xbf\""),
                BYTES("\"\xe2\x82\""),
                BYTES("\"\xe2\x82"),
                BYTES("\"\xe2(\xa1\""),
                BYTES("\"\xed\xa0\x80\""),
                BYTES("\"\xed\xbf\xbf\""),
                BYTES("\"\xf0\x8f\xbf\xbf\""),
                BYTES("\"\xf0\x9f\x98\""),
                BYTES("\"\xf0\x9f\x98"),
                BYTES("\"\xf4\x90\x80\x80\""),
                BYTES("\"\xf5\x80\x80\x80\""),
                BYTES("\"\xf8\x88\x80\x80\x80\""),
                BYTES("\"\xfe\""),
                BYTES("\"\xff\""),
                BYTES("{\"\xff\":1}"),
        };

        (void)state;
        ASSERT_CODES(good, ERR_NONE);
        ASSERT_CODES(bad, ERR_INVALID);
}

static void test_jsonscan__every_prefix_of_a_document_is_refused(void **state) {
        static const char text[] =
                "{\"a\":[1.5e+3,true,false,null,\"\\u00e9\\n\xc3\xa9\",{\"b\":-7}]}";

        (void)state;
        for (size_t n = 0; n < sizeof(text) - 1; n++) {
                struct err err;

                assert_int_equal(code_of((struct bytes){ .ptr = text, .len = n },
                                         &JSON_LIMITS_OBJECT, &err),
                                 ERR_INVALID);
        }
}

/* Whatever one byte is changed to, the answer is a value or an error, not a crash. */
static void test_jsonscan__every_changed_byte_is_survived(void **state) {
        char text[] = "{\"a\":[1.5e+3,true,null,\"\\ud83d\\ude00\xc3\xa9\",{\"b\":-7}]}";

        (void)state;
        for (size_t i = 0; i < sizeof(text) - 1; i++) {
                char kept = text[i];

                for (int c = 0; c < 256; c++) {
                        struct err err;

                        text[i] = (char)c;
                        code_of((struct bytes){ .ptr = text, .len = sizeof(text) - 1 },
                                &JSON_LIMITS_OBJECT, &err);
                        assert_true(err.code == ERR_NONE || err.code == ERR_INVALID);
                }
                text[i] = kept;
        }
}

/* depth opening brackets, an inner value, the closing ones. */
static char *nested(size_t depth, const char *open, const char *inner, const char *close) {
        size_t size = depth * (strlen(open) + strlen(close)) + strlen(inner) + 1, n = 0;
        char *text = malloc(size);

        for (size_t i = 0; i < depth; i++)
                n += (size_t)snprintf(text + n, size - n, "%s", open);
        n += (size_t)snprintf(text + n, size - n, "%s", inner);
        for (size_t i = 0; i < depth; i++)
                n += (size_t)snprintf(text + n, size - n, "%s", close);
        return text;
}

static void test_jsonscan__depth_cap_is_exact(void **state) {
        static const char *const shapes[][3] = {
                { "[", "", "]" },         { "[", "1", "]" },  { "{\"a\":", "1", "}" },
                { "{\"a\":", "{}", "}" }, { "[", "[]", "]" },
        };
        static const size_t caps[] = { 1, 7, 8, 9, 32, 128, 1024, 10000 };

        (void)state;
        for (size_t c = 0; c < sizeof(caps) / sizeof(caps[0]); c++) {
                struct json_limits limits = { 1u << 20, caps[c], 20000 };

                for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
                        size_t depth = caps[c] - (i > 2); /* the last two are one deeper */
                        char *fits = nested(depth, shapes[i][0], shapes[i][1], shapes[i][2]);
                        char *over = nested(depth + 1, shapes[i][0], shapes[i][1], shapes[i][2]);
                        struct err err;

                        assert_int_equal(code_of(bytes_of(fits), &limits, &err), ERR_NONE);
                        assert_int_equal(code_of(bytes_of(over), &limits, &err), ERR_TOO_LARGE);
                        free(fits);
                        free(over);
                }
        }
}

static void test_jsonscan__depth_is_of_open_brackets_only(void **state) {
        const struct json_limits limits = { 1000, 2, 1000 }, scalars = { 1000, 0, 1 };
        struct err err;

        (void)state;
        assert_int_equal(code_of(BYTES("[[],[],{\"a\":1},[2]]"), &limits, &err), ERR_NONE);
        assert_int_equal(code_of(BYTES("{\"a\":[],\"b\":[[]]}"), &limits, &err), ERR_TOO_LARGE);
        assert_int_equal(code_of(BYTES("1"), &scalars, &err), ERR_NONE);
        assert_int_equal(code_of(BYTES("[]"), &scalars, &err), ERR_TOO_LARGE);
}

static void test_jsonscan__node_cap_counts_values_not_names(void **state) {
        const struct json_limits limits = { 1000, 10, 5 };
        struct err err;

        (void)state;
        assert_int_equal(code_of(BYTES("[1,2,3,4]"), &limits, &err), ERR_NONE);
        assert_int_equal(code_of(BYTES("[1,2,3,4,5]"), &limits, &err), ERR_TOO_LARGE);
        assert_int_equal(code_of(BYTES("{\"a\":1,\"b\":{\"c\":1,\"d\":2}}"), &limits, &err),
                         ERR_NONE);
        assert_int_equal(code_of(BYTES("{\"a\":1,\"b\":{\"c\":1,\"d\":{}}, \"e\":1}"), &limits,
                                 &err),
                         ERR_TOO_LARGE);
}

static void test_jsonscan__byte_cap_is_exact(void **state) {
        const struct json_limits limits = { 6, 10, 10 };
        struct err err;

        (void)state;
        assert_int_equal(code_of(BYTES("[1,23]"), &limits, &err), ERR_NONE);
        assert_int_equal(code_of(BYTES("[1,23] "), &limits, &err), ERR_TOO_LARGE);
        assert_non_null(strstr(err.msg, "7 bytes"));
}

static void test_jsonscan__object_limits_hold(void **state) {
        struct err err;
        char *text = nested(128, "[", "", "]");
        struct json *json;

        (void)state;
        assert_int_equal(code_of(bytes_of(text), &JSON_LIMITS_OBJECT, &err), ERR_NONE);
        free(text);
        text = nested(20000, "1,", "1", ""); /* 20,002 values with the array */
        text[0] = '[';
        text[strlen(text) - 1] = ']';
        assert_int_equal(json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &json, &err), -1);
        free(text);
        text = malloc((4u << 20) + 1);
        memset(text, 'x', (4u << 20) + 1);
        text[0] = '"';
        text[(4u << 20) - 1] = '"';
        assert_int_equal(code_of((struct bytes){ .ptr = text, .len = 4u << 20 },
                                 &JSON_LIMITS_OBJECT, &err),
                         ERR_NONE);
        assert_int_equal(code_of((struct bytes){ .ptr = text, .len = (4u << 20) + 1 },
                                 &JSON_LIMITS_OBJECT, &err),
                         ERR_TOO_LARGE);
        free(text);
}

static void test_jsonscan__messages_name_the_byte(void **state) {
        static const struct {
                const char *text, *message;
        } cases[] = {
                { "", "JSON ends at byte 0: expected a complete value" },
                { "[1,x]", "JSON byte 3: expected a value" },
                { "{\"a\" 1}", "JSON byte 5: expected ':'" },
                { "[1", "JSON ends at byte 2: expected a complete value" },
                { "01", "JSON byte 1: expected no digit after a leading zero" },
                { "[\"\xff\"]", "JSON byte 2: expected a UTF-8 character" },
                { "{\"a\\u0000\":1}", "JSON byte 1: expected a member name without NUL" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct err err;

                code_of(bytes_of(cases[i].text), &JSON_LIMITS_OBJECT, &err);
                assert_string_equal(err.msg, cases[i].message);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_jsonscan__accepts_structure),
                cmocka_unit_test(test_jsonscan__refuses_structure),
                cmocka_unit_test(test_jsonscan__refuses_words),
                cmocka_unit_test(test_jsonscan__accepts_numbers),
                cmocka_unit_test(test_jsonscan__refuses_numbers),
                cmocka_unit_test(test_jsonscan__refuses_strings),
                cmocka_unit_test(test_jsonscan__utf8_is_checked),
                cmocka_unit_test(test_jsonscan__every_prefix_of_a_document_is_refused),
                cmocka_unit_test(test_jsonscan__every_changed_byte_is_survived),
                cmocka_unit_test(test_jsonscan__depth_cap_is_exact),
                cmocka_unit_test(test_jsonscan__depth_is_of_open_brackets_only),
                cmocka_unit_test(test_jsonscan__node_cap_counts_values_not_names),
                cmocka_unit_test(test_jsonscan__byte_cap_is_exact),
                cmocka_unit_test(test_jsonscan__object_limits_hold),
                cmocka_unit_test(test_jsonscan__messages_name_the_byte),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
