#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"

struct fixture {
        struct arena arena;
        struct json *json;
        struct toy toy;
        struct err err;
};

static int setup(void **state) {
        static struct fixture fixture;

        fixture = (struct fixture){ .arena = ARENA_INIT };
        *state = &fixture;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        json_free(f->json);
        arena_deinit(&f->arena);
        return 0;
}

static int decode(struct fixture *f, const char *text) {
        json_free(f->json);
        f->json = json_read(text);
        return desc_decode(&toy_type, f->json, &f->arena, &f->toy, &f->err);
}

static int decode_foreign(struct fixture *f, const char *text) {
        json_free(f->json);
        f->json = json_read(text);
        return desc_decode_foreign(&toy_type, f->json, &f->arena, &f->toy, &f->err);
}

static void assert_good(struct fixture *f, const char *text) {
        if (decode(f, text) < 0)
                fail_msg("%s: %s", f->err.msg, text);
}

/* Refused with exactly this message, and the result is untouched. */
static void assert_bad(struct fixture *f, const char *text, const char *msg) {
        struct toy before;

        memset(&f->toy, 0x5a, sizeof(f->toy));
        before = f->toy;
        f->err = (struct err){ .code = ERR_NONE };
        assert_int_equal(decode(f, text), -1);
        assert_int_equal(f->err.code, ERR_INVALID);
        assert_string_equal(f->err.msg, msg);
        assert_memory_equal(&f->toy, &before, sizeof(before));
}

static void test_desc_decode__every_kind(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"on\":true,\"switch\":false,\"count\":10,\"total\":-1,\"text\":\"text\","
                       "\"choice\":\"right\",\"color\":\"Green\",\"at\":\"2024-02-29T12:00:00Z\","
                       "\"part\":{\"name\":\"p\",\"size\":1},"
                       "\"parts\":[{\"name\":\"a\",\"size\":2},{\"name\":\"b\",\"size\":3}],"
                       "\"tags\":[\"t1\",\"t2\"],\"numbers\":[0,9],"
                       "\"labels\":{\"k\":\"v\"},\"place\":{\"street\":\"s\"},"
                       "\"raw\":[{\"x\":null}]}");
        assert_true(f->toy.on);
        assert_true(f->toy.has_switch_);
        assert_false(f->toy.switch_);
        assert_int_equal(f->toy.count, 10);
        assert_true(f->toy.has_total);
        assert_int_equal(f->toy.total, -1);
        assert_string_equal(f->toy.text, "text");
        assert_string_equal(f->toy.choice, "right");
        assert_int_equal(f->toy.color, 2);
        assert_int_equal(f->toy.at, 1709208000000);
        assert_string_equal(f->toy.part->name, "p");
        assert_int_equal(f->toy.part->size, 1);
        assert_int_equal(f->toy.n_parts, 2);
        assert_string_equal(f->toy.parts[1].name, "b");
        assert_int_equal(f->toy.parts[1].size, 3);
        assert_int_equal(f->toy.n_tags, 2);
        assert_string_equal(f->toy.tags[1], "t2");
        assert_int_equal(f->toy.n_numbers, 2);
        assert_int_equal(f->toy.numbers[1], 9);
        assert_int_equal(f->toy.n_labels, 1);
        assert_string_equal(f->toy.labels[0].key, "k");
        assert_string_equal(f->toy.labels[0].value, "v");
        assert_string_equal(f->toy.street, "s");
        assert_ptr_equal(f->toy.raw, json_get(f->json, "raw"));
}

static void test_desc_decode__absent_and_null_are_the_same(void **state) {
        static const char *const texts[] = {
                "{}",
                "{\"on\":null,\"switch\":null,\"count\":null,\"total\":null,\"text\":null,"
                "\"choice\":null,\"color\":null,\"at\":null,\"part\":null,\"parts\":null,"
                "\"tags\":null,\"numbers\":null,\"labels\":null,\"raw\":null}",
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < 2; i++) {
                assert_good(f, texts[i]);
                assert_false(f->toy.on);
                assert_false(f->toy.has_switch_);
                assert_false(f->toy.has_total);
                assert_null(f->toy.text);
                assert_null(f->toy.choice);
                assert_int_equal(f->toy.color, 0);
                assert_int_equal(f->toy.at, 0);
                assert_null(f->toy.part);
                assert_int_equal(f->toy.n_parts, 0);
                assert_int_equal(f->toy.n_tags, 0);
                assert_int_equal(f->toy.n_numbers, 0);
                assert_int_equal(f->toy.n_labels, 0);
                assert_null(f->toy.raw);
        }
}

static void test_desc_decode__unknown_members_are_ignored(void **state) {
        assert_good(*state, "{\"colour\":\"Blue\",\"part\":{\"name\":\"p\",\"weight\":{}}}");
}

static void test_desc_decode__defaults_only_where_absent(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"part\":{\"name\":\"p\"},\"parts\":[{\"name\":\"a\",\"size\":null},"
                       "{\"name\":\"b\",\"size\":0}]}");
        assert_int_equal(f->toy.part->size, 7);
        assert_int_equal(f->toy.parts[0].size, 7);
        assert_int_equal(f->toy.parts[1].size, 0);
}

static void test_desc_decode__wrong_kinds_name_the_path(void **state) {
        static const struct {
                const char *text, *msg;
        } cases[] = {
                { "[]", "expected object, found array" },
                { "\"\"", "expected object, found string" },
                { "{\"on\":1}", "on: expected bool, found int" },
                { "{\"count\":\"1\"}", "count: expected int, found string" },
                { "{\"count\":1.0}", "count: expected int, found double" },
                { "{\"count\":1e1}", "count: expected int, found double" },
                { "{\"text\":1}", "text: expected string, found int" },
                { "{\"amount\":1.5}", "amount: expected string, found double" },
                { "{\"color\":true}", "color: expected string, found bool" },
                { "{\"at\":1709208000}", "at: expected string, found int" },
                { "{\"part\":[]}", "part: expected object, found array" },
                { "{\"part\":{\"name\":{}}}", "part.name: expected string, found object" },
                { "{\"place\":[]}", "place: expected object, found array" },
                { "{\"place\":{\"street\":1}}", "place.street: expected string, found int" },
                { "{\"parts\":{}}", "parts: expected array, found object" },
                { "{\"parts\":[null]}", "parts[0]: expected object, found null" },
                { "{\"parts\":[{\"name\":\"a\"},{\"name\":2}]}",
                  "parts[1].name: expected string, found int" },
                { "{\"tags\":[\"a\",null]}", "tags[1]: expected string, found null" },
                { "{\"numbers\":[0,\"1\"]}", "numbers[1]: expected int, found string" },
                { "{\"labels\":[]}", "labels: expected object, found array" },
                { "{\"labels\":{\"a.b/c\":1}}", "labels[\"a.b/c\"]: expected string, found int" },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_bad(*state, cases[i].text, cases[i].msg);
}

static void test_desc_decode__required(void **state) {
        assert_bad(*state, "{\"part\":{}}", "part.name: required, but missing");
        assert_bad(*state, "{\"parts\":[{\"name\":null}]}", "parts[0].name: required, but missing");
}

static void test_desc_decode__bounds(void **state) {
        static const struct {
                const char *text, *msg;
        } cases[] = {
                { "{\"count\":-1}", "count: -1 is less than 0" },
                { "{\"count\":11}", "count: 11 is more than 10" },
                { "{\"total\":-2}", "total: -2 is less than -1" },
                { "{\"text\":\"x\"}", "text: 1 characters, at least 2 needed" },
                { "{\"text\":\"123456789\"}", "text: 9 characters, at most 8 allowed" },
                { "{\"parts\":[{},{},{},{}]}", "parts: 4 items, at most 3 allowed" },
                { "{\"tags\":[]}", "tags: 0 items, at least 1 needed" },
                { "{\"tags\":[\"\"]}", "tags[0]: 0 characters, at least 1 needed" },
                { "{\"tags\":[\"a\",\"12345\"]}", "tags[1]: 5 characters, at most 4 allowed" },
                { "{\"numbers\":[1,2,3,4]}", "numbers: 4 items, at most 3 allowed" },
                { "{\"numbers\":[10]}", "numbers[0]: 10 is more than 9" },
                { "{\"numbers\":[1,-1]}", "numbers[1]: -1 is less than 0" },
                { "{\"labels\":{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\"}}",
                  "labels: 4 entries, at most 3 allowed" },
                { "{\"labels\":{\"a\":\"12345\"}}",
                  "labels[\"a\"]: 5 characters, at most 4 allowed" },
                { "{\"choice\":\"up\"}", "choice: \"up\" is none of: left, right" },
                { "{\"color\":\"red\"}", "color: \"red\" is none of: Red, Green" },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_bad(*state, cases[i].text, cases[i].msg);
}

static void test_desc_decode__integers_are_exact(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"total\":9223372036854775807}");
        assert_true(f->toy.total == INT64_MAX);
        assert_good(f, "{\"part\":{\"name\":\"p\",\"size\":-9223372036854775808}}");
        assert_true(f->toy.part->size == INT64_MIN);
}

static void test_desc_decode__length_counts_characters(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"text\":\"\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80xyz\"}");
        assert_bad(f, "{\"text\":\"\xf0\x9f\x98\x80\"}", "text: 1 characters, at least 2 needed");
}

static void test_desc_decode__double_key_of_a_map_list(void **state) {
        assert_bad(*state, "{\"parts\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"a\"}]}",
                   "parts[2].name: \"a\" is there twice");
}

static void test_desc_decode__a_nul_would_cut_the_text(void **state) {
        assert_bad(*state, "{\"text\":\"ab\\u0000cd\"}", "text: contains a NUL byte");
        assert_bad(*state, "{\"color\":\"Red\\u0000\"}", "color: contains a NUL byte");
        assert_bad(*state, "{\"at\":\"\\u0000\"}", "at: contains a NUL byte");
        assert_bad(*state, "{\"labels\":{\"k\":\"\\u0000\"}}",
                   "labels[\"k\"]: contains a NUL byte");
        assert_bad(*state, "{\"tags\":[\"\\u0000\"]}", "tags[0]: contains a NUL byte");
}

static void test_desc_decode__messages_stay_one_printable_line(void **state) {
        assert_bad(*state, "{\"labels\":{\"a\\nb\\u001b[1m\\\"\":1}}",
                   "labels[\"a?b?[1m?\"]: expected string, found int");
        assert_bad(*state,
                   "{\"color\":\"0123456789012345678901234567890123456789"
                   "0123456789012345678901234567890123456789\"}",
                   "color: \"01234567890123456789012345678901234567890123456789012345678901234567"
                   "...\" is none of: Red, Green");
        assert_bad(*state, "{\"choice\":\"\xc3\xa4\x7f\"}",
                   "choice: \"???\" is none of: left, right");
        assert_bad(*state, "{\"at\":\"now\\n\"}", "at: \"now?\" is not an RFC 3339 time");
}

static void test_desc_decode__time_has_whole_seconds(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"at\":\"1970-01-01T00:00:01.999Z\"}");
        assert_int_equal(f->toy.at, 1000);
        assert_good(f, "{\"at\":\"1969-12-31T23:59:59.5Z\"}");
        assert_int_equal(f->toy.at, -1000);
        assert_bad(f, "{\"at\":\"2023-02-29T00:00:00Z\"}",
                   "at: \"2023-02-29T00:00:00Z\" is not an RFC 3339 time");
}

static void test_desc_decode__time_can_be_said_in_utc(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"at\":\"0000-01-01T00:00:00Z\"}");
        assert_good(f, "{\"at\":\"9999-12-31T23:59:59.999Z\"}");
        assert_bad(f, "{\"at\":\"0000-01-01T00:00:00+00:01\"}",
                   "at: \"0000-01-01T00:00:00+00:01\" is not an RFC 3339 time");
        assert_bad(f, "{\"at\":\"9999-12-31T23:59:59-00:01\"}",
                   "at: \"9999-12-31T23:59:59-00:01\" is not an RFC 3339 time");
}

static void test_desc_decode__an_integer_may_be_taken_as_its_text(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{}");
        assert_string_equal(f->toy.amount, "1");
        assert_good(f, "{\"amount\":42,\"amounts\":{\"b\":0,\"a\":\"25%\"}}");
        assert_string_equal(f->toy.amount, "42");
        assert_string_equal(f->toy.amounts[0].value, "25%");
        assert_string_equal(f->toy.amounts[1].value, "0");
        assert_good(f, "{\"amount\":\"042\"}");
        assert_string_equal(f->toy.amount, "042");
}

static void test_desc_decode__an_integer_as_text_has_bounds(void **state) {
        assert_bad(*state, "{\"amount\":-1}", "amount: -1 is less than 0");
        assert_bad(*state, "{\"amount\":123456789}", "amount: 9 characters, at most 8 allowed");
        assert_bad(*state, "{\"amount\":\"\"}", "amount: 0 characters, at least 1 needed");
        assert_bad(*state, "{\"amounts\":{\"a\":-1}}", "amounts[\"a\"]: -1 is less than 0");
        assert_bad(*state, "{\"amounts\":{\"a\":12345}}",
                   "amounts[\"a\"]: 5 characters, at most 4 allowed");
        assert_bad(*state, "{\"amounts\":{\"a\":true}}",
                   "amounts[\"a\"]: expected string, found bool");
        /* nowhere else */
        assert_bad(*state, "{\"labels\":{\"a\":1}}", "labels[\"a\"]: expected string, found int");
}

static void test_desc_decode__an_empty_list_is_not_an_absent_one(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"words\":[],\"spares\":[]}");
        assert_non_null(f->toy.words);
        assert_int_equal(f->toy.n_words, 0);
        assert_non_null(f->toy.spares);
        assert_int_equal(f->toy.n_spares, 0);
        assert_good(f, "{\"words\":null}");
        assert_null(f->toy.words);
        assert_null(f->toy.spares);
}

static void test_desc_decode__maps_are_sorted_and_nulls_dropped(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"labels\":{\"z\":\"1\",\"m\":null,\"a\":\"2\"}}");
        assert_int_equal(f->toy.n_labels, 2);
        assert_string_equal(f->toy.labels[0].key, "a");
        assert_string_equal(f->toy.labels[0].value, "2");
        assert_string_equal(f->toy.labels[1].key, "z");
}

static void test_desc_decode__only_picked_keys_of_a_map(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"picked\":{\"a.b/two\":\"2\",\"other\":3,\"a.b/one\":\"1\"}}");
        assert_int_equal(f->toy.n_picked, 2);
        assert_string_equal(f->toy.picked[0].value, "1");
        assert_string_equal(f->toy.picked[1].value, "2");
}

static void test_desc_decode__nothing_but_raw_borrows(void **state) {
        struct fixture *f = *state;

        assert_good(f, "{\"text\":\"text\",\"tags\":[\"tag\"],\"labels\":{\"k\":\"v\"},"
                       "\"amount\":7,\"amounts\":{\"k\":8}}");
        json_free(f->json);
        f->json = NULL;
        assert_string_equal(f->toy.text, "text");
        assert_string_equal(f->toy.tags[0], "tag");
        assert_string_equal(f->toy.labels[0].key, "k");
        assert_string_equal(f->toy.labels[0].value, "v");
        assert_string_equal(f->toy.amount, "7");
        assert_string_equal(f->toy.amounts[0].value, "8");
}

static void test_desc_decode__foreign_kinds_may_widen(void **state) {
        struct fixture *f = *state;

        assert_int_equal(decode_foreign(f, "{\"count\":-5,\"text\":\"x\",\"choice\":\"up\","
                                           "\"color\":\"Blue\",\"tags\":[],\"numbers\":[99],"
                                           "\"labels\":{\"k\":\"12345\"},"
                                           "\"parts\":[{\"name\":\"a\"},{\"name\":\"a\"}]}"),
                         0);
        assert_int_equal(f->toy.count, -5);
        assert_string_equal(f->toy.choice, "up");
        assert_int_equal(f->toy.color, 0);
        assert_int_equal(f->toy.numbers[0], 99);
        assert_int_equal(f->toy.n_parts, 2);
}

static void test_desc_decode__foreign_wrong_kinds_are_errors(void **state) {
        struct fixture *f = *state;

        assert_int_equal(decode_foreign(f, "{\"part\":{\"name\":1}}"), -1);
        assert_int_equal(f->err.code, ERR_INVALID);
        assert_string_equal(f->err.msg, "part.name: expected string, found int");
        assert_int_equal(decode_foreign(f, "{\"part\":{}}"), -1);
        assert_string_equal(f->err.msg, "part.name: required, but missing");
        assert_int_equal(decode_foreign(f, "{\"text\":\"\\u0000\"}"), -1);
        assert_string_equal(f->err.msg, "text: contains a NUL byte");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_desc_decode__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(every_kind),
                TEST(absent_and_null_are_the_same),
                TEST(unknown_members_are_ignored),
                TEST(defaults_only_where_absent),
                TEST(wrong_kinds_name_the_path),
                TEST(required),
                TEST(bounds),
                TEST(integers_are_exact),
                TEST(length_counts_characters),
                TEST(double_key_of_a_map_list),
                TEST(a_nul_would_cut_the_text),
                TEST(messages_stay_one_printable_line),
                TEST(time_has_whole_seconds),
                TEST(time_can_be_said_in_utc),
                TEST(an_integer_may_be_taken_as_its_text),
                TEST(an_integer_as_text_has_bounds),
                TEST(an_empty_list_is_not_an_absent_one),
                TEST(maps_are_sorted_and_nulls_dropped),
                TEST(only_picked_keys_of_a_map),
                TEST(nothing_but_raw_borrows),
                TEST(foreign_kinds_may_widen),
                TEST(foreign_wrong_kinds_are_errors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
