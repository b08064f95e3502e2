/* Objects that are too big, too deep, or made of bytes that no JSON has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <string.h>

#include "llc/base/json.h"
#include "llc/kube/decoder.h"
#include "support/decoder_run.h"

#define N(array) (sizeof(array) / sizeof(*(array)))

enum { BIG = 1400000, DEEP = 9000 };

static const struct projection METADATA[] = {
        { .key = "name" },
        { .key = "labels" },
};
static const struct projection MEMBERS[] = {
        { .key = "metadata", .children = METADATA, .n_children = N(METADATA) },
        { .key = "spec" },
};
static const struct projection PROJECTION = { .children = MEMBERS, .n_children = N(MEMBERS) };

static const struct decoder_limits SMALL = {
        .item_bytes = 120,
        .kept_bytes = 60,
        .depth = 4,
        .nodes = 10,
};

static void check_bytes(const struct decoder_limits *limits, struct bytes text,
                        const char *expected) {
        static const uint8_t SIZES[] = { 0, 1, 3, 7, 64, 251 };

        for (size_t i = 0; i < N(SIZES); i++) {
                STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(8u << 20);

                decoder_run(
                        &(struct decoder_run){
                                .kind = DECODER_WATCH,
                                .projection = &PROJECTION,
                                .limits = limits,
                                .chunks = &SIZES[i],
                                .n_chunks = i > 0,
                        },
                        text, &out);
                assert_string_equal(strbuf_str(&out), expected);
        }
}

static void check_small(const char *object, const char *expected) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1u << 20), out = STRBUF_INIT(1u << 20);

        strbuf_printf(&text, "{\"type\":\"ADDED\",\"object\":%s}\n", object);
        strbuf_printf(&out, "ADDED %s\nend\n", expected);
        check_bytes(&SMALL, strbuf_bytes(&text), strbuf_str(&out));
}

static void put_many(struct strbuf *out, const char *unit, size_t n) {
        for (size_t i = 0; i < n; i++)
                strbuf_puts(out, unit);
}

/* An event whose object has junk of the shape open*n close*n before its metadata. */
static void put_event(struct strbuf *out, const char *key, const char *open, const char *middle,
                      const char *close, size_t n) {
        strbuf_printf(out, "{\"type\":\"ADDED\",\"object\":{\"%s\":", key);
        put_many(out, open, n);
        strbuf_puts(out, middle);
        put_many(out, close, n);
        strbuf_puts(out, ",\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"7\"}}}\n");
}

static void test_decoder__skipped_bulk_costs_nothing(void **state) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(4u << 20);
        const char *readable = "ADDED a rv=7 {\"metadata\":{\"name\":\"a\"}}\nend\n";

        (void)state;
        strbuf_puts(&text, "{\"type\":\"ADDED\",\"object\":{\"junk\":[{}");
        put_many(&text, ",{}", BIG / 3);
        strbuf_puts(&text, "],\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"7\"}}}\n");
        check_bytes(NULL, strbuf_bytes(&text), readable);
}

static void test_decoder__skipped_depth_costs_nothing(void **state) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(4u << 20);
        const char *readable = "ADDED a rv=7 {\"metadata\":{\"name\":\"a\"}}\nend\n";

        (void)state;
        put_event(&text, "junk", "[{\"a\":", "1", "}]", DEEP);
        check_bytes(NULL, strbuf_bytes(&text), readable);
}

/* Beyond 1024 levels only the number of brackets is known; within, a wrong one is found. */
static void test_decoder__skipped_brackets_match_in_the_outer_levels(void **state) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1u << 20);

        (void)state;
        put_event(&text, "junk", "[", "[}", "]", 1024);
        check_bytes(NULL, strbuf_bytes(&text),
                    "ADDED a rv=7 {\"metadata\":{\"name\":\"a\"}}\nend\n");
        strbuf_clear(&text);
        put_event(&text, "junk", "[", "[}", "]", 1023);
        check_bytes(NULL, strbuf_bytes(&text),
                    "ADDED unreadable: Invalid: byte 1032: brackets do not match\nend\n");
}

static void test_decoder__kept_depth_is_capped(void **state) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1u << 20);

        (void)state;
        put_event(&text, "spec", "[{\"a\":", "1", "}]", DEEP);
        check_bytes(NULL, strbuf_bytes(&text),
                    "ADDED a rv=7 unreadable: TooLarge: byte 387: nested deeper than 128\nend\n");
        check_small("{\"spec\":[[{}]],\"metadata\":{\"name\":\"a\"}}",
                    "a {\"spec\":[[{}]],\"metadata\":{\"name\":\"a\"}}");
        check_small("{\"spec\":[[{\"x\":[]}]],\"metadata\":{\"name\":\"a\"}}",
                    "a unreadable: TooLarge: byte 15: nested deeper than 4");
}

static void test_decoder__kept_values_are_capped(void **state) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(4u << 20);

        (void)state;
        strbuf_puts(&text, "{\"type\":\"ADDED\",\"object\":{\"spec\":[{}");
        put_many(&text, ",{}", BIG / 3);
        strbuf_puts(&text, "],\"metadata\":{\"uid\":\"u\"}}}\n");
        check_bytes(NULL, strbuf_bytes(&text),
                    "ADDED uid=u unreadable: TooLarge: byte 60003: more than 20000 values\nend\n");
}

/* The object, spec and eight in it are ten. */
static void test_decoder__identity_is_found_where_a_cap_is_hit(void **state) {
        (void)state;
        check_small("{\"spec\":[1,2,3,4,5,6,7,8]}", "{\"spec\":[1,2,3,4,5,6,7,8]}");
        check_small("{\"spec\":[1,2,3,4,5,6,7,8,9],\"metadata\":{\"uid\":\"u\"}}",
                    "uid=u unreadable: TooLarge: byte 25: more than 10 values");
        check_small("{\"metadata\":{\"uid\":\"u\",\"labels\":[1,2,3,4,5,6,7,8],\"name\":\"a\"}}",
                    "a uid=u unreadable: TooLarge: byte 47: more than 10 values");
        check_small("{\"spec\":[1,2,3,4,5,6,7],\"metadata\":{\"name\":\"a\",\"uid\":\"u\"}}",
                    "a uid=u unreadable: TooLarge: byte 43: more than 10 values");
}

static void test_decoder__kept_bytes_are_capped(void **state) {
        (void)state;
        check_small("{\"spec\":\"0123456789012345678901234567890123456789012345678\"}",
                    "{\"spec\":\"0123456789012345678901234567890123456789012345678\"}");
        check_small("{\"spec\":\"012345678901234567890123456789012345678901234567890\","
                    "\"metadata\":{\"name\":\"a\"}}",
                    "a unreadable: TooLarge: byte 61: more than 60 bytes are kept");
        check_small("{\"metadata\":{\"name\":\"a\"},\"spec\":{\"0123456789012345678901234567890123"
                    "456789012345678901234567890123456789\":1}}",
                    "a unreadable: TooLarge: byte 107: more than 60 bytes are kept");
        /* Which of two reasons comes first does not hang on the chunks. */
        check_small("{\"spec\":[\"01234567890123456789012345678901234567890123456789\",01]}",
                    "unreadable: TooLarge: byte 61: more than 60 bytes are kept");
}

/* An object of just so many bytes, its identity before and behind what is skipped. */
static void check_length(size_t length, const char *expected) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1024);
        const char *start = "{\"metadata\":{\"uid\":\"u\",\"x\":\"", *end = "\",\"name\":\"a\"}}";

        strbuf_puts(&text, start);
        put_many(&text, "x", length - strlen(start) - strlen(end));
        strbuf_puts(&text, end);
        check_small(strbuf_str(&text), expected);
}

static void test_decoder__bytes_on_the_wire_are_capped(void **state) {
        (void)state;
        check_length(120, "a uid=u {\"metadata\":{\"name\":\"a\"}}");
        check_length(121, "a uid=u unreadable: TooLarge: byte 120: longer than 120 bytes");
        check_length(122, "a uid=u unreadable: TooLarge: byte 120: longer than 120 bytes");
        check_length(1000, "a uid=u unreadable: TooLarge: byte 120: longer than 120 bytes");
}

/* The object comes first, so it is an error that must be cut once more, whole. */
static void test_decoder__late_errors_are_capped_too(void **state) {
        (void)state;
        check_bytes(&SMALL,
                    bytes_of("{\"object\":{\"code\":410,\"a\":{\"b\":[]}},\"type\":\"ERROR\"}\n"
                             "{\"object\":{\"code\":410,\"a\":{\"b\":[[]]}},\"type\":\"ERROR\"}\n"
                             "{\"object\":{\"code\":410,\"a\":[[[[]]]]},\"type\":\"ADDED\"}\n"
                             "{\"object\":{\"message\":\"0123456789012345678901234567890123456789"
                             "01234567890123456789\"},\"type\":\"ERROR\"}\n"),
                    "ERROR {\"code\":410,\"a\":{\"b\":[]}}\n"
                    "ERROR {\"code\":410,\"a\":{\"b\":[[]]}}\n"
                    "ADDED {}\n"
                    "ERROR unreadable: TooLarge: byte 0: more than 60 bytes\nend\n");
}

static void test_decoder__odd_bytes_stay_in_their_item(void **state) {
        static const char TEXT[] =
                "{\"type\":\"ADDED\",\"object\":{\"junk\":\"\0\x01\xff\",\"metadata\":{\"name\":"
                "\"a\"}}}\n"
                "{\"type\":\"ADDED\",\"object\":{\"junk\":[\0\xff],\"metadata\":{\"name\":\"b\"}}}"
                "\n"
                "\xef\xbb\xbf{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"c\"}\0}}\n"
                "\0\n"
                "{\"type\":\"ADDED\",\"object\":{\"spec\":\0,\"metadata\":{\"name\":\"d\"}}}\n"
                "{\"type\":\"ADDED\",\"object\":{\"spec\":[123456789012345678901234567890e400]}}\n";

        (void)state;
        check_bytes(NULL, (struct bytes){ TEXT, sizeof(TEXT) - 1 },
                    "ADDED a {\"metadata\":{\"name\":\"a\"}}\n"
                    "ADDED b {\"metadata\":{\"name\":\"b\"}}\n"
                    "ADDED c unreadable: Invalid: byte 24: not JSON\n"
                    "MODIFIED unreadable: Invalid: byte 0: not a JSON object\n"
                    "ADDED d unreadable: Invalid: byte 9: not JSON\n"
                    "ADDED {\"spec\":[123456789012345678901234567890e400]}\nend\n");
}

static void test_decoder__scalars_that_are_kept_are_checked(void **state) {
        static const char *const BAD[] = { "tru", "True", "01",  "-",    "1.",  "1e",
                                           "+1",  ".5",   "0x1", "1e+",  "--1", "nulll",
                                           "NaN", "'a'",  "1 2", "1.e1", "-01", "\\" };
        static const char *const GOOD[] = { "true", "null", "false", "0",       "-0",
                                            "1.5",  "1e5",  "1E-05", "-1.25e+1" };

        (void)state;
        for (size_t i = 0; i < N(BAD); i++) {
                STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1024), out = STRBUF_INIT(1024);

                strbuf_printf(&text, "{\"items\":[{\"spec\":%s}]}", BAD[i]);
                decoder_run(&(struct decoder_run){ DECODER_LIST, .projection = &PROJECTION },
                            strbuf_bytes(&text), &out);
                assert_non_null(strstr(strbuf_str(&out), "unreadable: Invalid"));
        }
        for (size_t i = 0; i < N(GOOD); i++) {
                STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1024), out = STRBUF_INIT(1024);

                strbuf_printf(&text, "{\"items\":[{\"spec\":%s}]}", GOOD[i]);
                decoder_run(&(struct decoder_run){ DECODER_LIST, .projection = &PROJECTION },
                            strbuf_bytes(&text), &out);
                assert_null(strstr(strbuf_str(&out), "unreadable"));
                assert_non_null(strstr(strbuf_str(&out), GOOD[i]));
        }
}

static void test_decoder__identities_are_capped(void **state) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1u << 20), expected = STRBUF_INIT(1u << 20);

        (void)state;
        strbuf_puts(&text, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"uid\":\"");
        put_many(&text, "u", 2048);
        strbuf_puts(&text, "\",\"namespace\":\"");
        put_many(&text, "n", 2049);
        strbuf_puts(&text, "\",\"");
        put_many(&text, "k", 9000);
        strbuf_puts(&text, "\":1}}}\n{\"type\":\"");
        put_many(&text, "ADDED", 9000);
        strbuf_puts(&text, "\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n");
        strbuf_puts(&expected, "ADDED uid=");
        put_many(&expected, "u", 2048);
        strbuf_puts(&expected, " {\"metadata\":{}}\n"
                               "MODIFIED a unreadable: Protocol: event of an unknown type\nend\n");
        check_bytes(NULL, strbuf_bytes(&text), strbuf_str(&expected));
}

static void note_memory(void *ctx, const struct decoder_item *item) {
        size_t *used = ctx;

        assert_true(item->readable);
        *used = mallinfo2().uordblks + mallinfo2().hblkhd;
}

static void test_decoder__memory_does_not_grow_with_what_is_skipped(void **state) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(8u << 20);
        size_t before, used = 0;
        struct err err;
        struct decoder *d;

        (void)state;
        strbuf_puts(&text, "{\"items\":[{\"junk\":[");
        put_many(&text, "[{\"a\":", DEEP);
        put_many(&text, "}]", DEEP);
        put_many(&text, ",{}", BIG / 3);
        strbuf_puts(&text, "]}]}");
        before = mallinfo2().uordblks + mallinfo2().hblkhd;
        d = decoder_new(&(struct decoder_options){
                .kind = DECODER_LIST,
                .projection = &PROJECTION,
                .on_item = note_memory,
                .ctx = &used,
        });
        assert_int_equal(decoder_feed(d, strbuf_bytes(&text), &err), 0);
        assert_int_equal(decoder_finish(d, &err), 0);
        decoder_free(d);
        assert_true(used - before < 32768);
}

static void test_decoder__a_broken_list_stays_broken(void **state) {
        struct decoder *d = decoder_new(&(struct decoder_options){
                .kind = DECODER_LIST,
                .projection = &PROJECTION,
                .on_item = note_memory,
        });
        struct err err = { .code = ERR_NONE };

        (void)state;
        assert_int_equal(decoder_feed(d, bytes_of("{\"items\":[}"), &err), -1);
        assert_int_equal(err.code, ERR_PROTOCOL);
        err.code = ERR_NONE;
        assert_int_equal(decoder_feed(d, bytes_of("]}"), &err), -1);
        assert_int_equal(err.code, ERR_PROTOCOL);
        assert_int_equal(decoder_finish(d, &err), -1);
        assert_string_equal(err.msg, "list: byte 10: not JSON");
        decoder_free(d);
        decoder_free(NULL);
}

static void note_nothing(void *ctx, const struct decoder_item *item) {
        (void)ctx;
        (void)item;
}

/* What is too long is skipped, but not for ever: its end may never come. */
static void check_endless(enum decoder_kind kind, const char *start, const char *more) {
        struct decoder *d = decoder_new(&(struct decoder_options){
                .kind = kind,
                .projection = &PROJECTION,
                .limits = &SMALL,
                .on_item = note_nothing,
        });
        struct err err = { .code = ERR_NONE };
        size_t fed = strlen(start);

        assert_int_equal(decoder_feed(d, bytes_of(start), &err), 0);
        while (err.code == ERR_NONE && fed < 4096) {
                decoder_feed(d, bytes_of(more), &err);
                fed += strlen(more);
        }
        assert_int_equal(err.code, ERR_TOO_LARGE);
        assert_true(fed > DECODER_PATIENCE * SMALL.item_bytes);
        err.code = ERR_NONE;
        assert_int_equal(decoder_feed(d, bytes_of(more), &err), -1);
        assert_int_equal(err.code, ERR_TOO_LARGE);
        decoder_free(d);
}

static void test_decoder__what_never_ends_is_given_up(void **state) {
        (void)state;
        check_endless(DECODER_WATCH, "{\"type\":\"ADDED\",\"object\":{\"spec\":\"", "xxxxxxxx");
        check_endless(DECODER_WATCH, "{\"type\":\"ADDED\",\"object\":{\"junk\":[", "{\"a\":1},");
        check_endless(DECODER_WATCH, "\n", "        ");
        check_endless(DECODER_LIST, "{\"metadata\":{\"name\":\"", "xxxxxxxx");
        check_endless(DECODER_LIST, "{\"items\":[{\"spec\":\"", "xxxxxxxx");
}

static void test_decoder__a_long_stream_of_small_items_is_fine(void **state) {
        struct decoder *d = decoder_new(&(struct decoder_options){
                .kind = DECODER_LIST,
                .projection = &PROJECTION,
                .limits = &SMALL,
                .on_item = note_nothing,
        });
        struct err err;

        (void)state;
        assert_int_equal(decoder_feed(d, bytes_of("{\"items\":[{}"), &err), 0);
        for (size_t i = 0; i < 100 * SMALL.item_bytes; i++)
                assert_int_equal(decoder_feed(d, bytes_of(",{}"), &err), 0);
        assert_int_equal(decoder_feed(d, bytes_of("]}"), &err), 0);
        assert_int_equal(decoder_finish(d, &err), 0);
        decoder_free(d);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_decoder__skipped_bulk_costs_nothing),
                cmocka_unit_test(test_decoder__skipped_depth_costs_nothing),
                cmocka_unit_test(test_decoder__skipped_brackets_match_in_the_outer_levels),
                cmocka_unit_test(test_decoder__kept_depth_is_capped),
                cmocka_unit_test(test_decoder__kept_values_are_capped),
                cmocka_unit_test(test_decoder__identity_is_found_where_a_cap_is_hit),
                cmocka_unit_test(test_decoder__kept_bytes_are_capped),
                cmocka_unit_test(test_decoder__bytes_on_the_wire_are_capped),
                cmocka_unit_test(test_decoder__late_errors_are_capped_too),
                cmocka_unit_test(test_decoder__odd_bytes_stay_in_their_item),
                cmocka_unit_test(test_decoder__scalars_that_are_kept_are_checked),
                cmocka_unit_test(test_decoder__identities_are_capped),
                cmocka_unit_test(test_decoder__memory_does_not_grow_with_what_is_skipped),
                cmocka_unit_test(test_decoder__a_broken_list_stays_broken),
                cmocka_unit_test(test_decoder__what_never_ends_is_given_up),
                cmocka_unit_test(test_decoder__a_long_stream_of_small_items_is_fine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
