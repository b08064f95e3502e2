#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "storage/record.h"

static struct json *tree_of(const char *text) {
        struct json *tree = NULL;
        struct err err;

        assert_int_equal(json_parse(bytes_of(text), &JSON_LIMITS_OBJECT, &tree, &err), 0);
        return tree;
}

static struct record *record_of(const char *text, int64_t revision) {
        JSON_CLEANUP struct json *tree = tree_of(text);

        return record_new(tree, revision);
}

static void test_record__text_is_whole_and_compact(void **state) {
        JSON_CLEANUP struct json *tree =
                tree_of("{ \"kind\": \"Pod\", \"metadata\": {\"name\": "
                        "\"a\", \"namespace\": \"n\"}, \"x\": [1, 2.50] }");
        struct record *record = record_new(tree, 7);

        (void)state;
        assert_string_equal(record->text,
                            "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\","
                            "\"resourceVersion\":\"7\"},\"x\":[1,2.50]}");
        assert_int_equal(record->text_len, strlen(record->text));
        assert_int_equal(record_text(record).len, record->text_len);
        assert_true(
                bytes_is(json_as_string(json_get(json_get(tree, "metadata"), "resourceVersion")),
                         "7"));
        record_unref(record);
}

static void test_record__resource_version_is_replaced_in_its_place(void **state) {
        struct record *record =
                record_of("{\"metadata\":{\"resourceVersion\":\"3\",\"name\":\"a\"}}", 12);

        (void)state;
        assert_int_equal(record->revision, 12);
        assert_string_equal(record->text,
                            "{\"metadata\":{\"resourceVersion\":\"12\",\"name\":\"a\"}}");
        record_unref(record);
}

static void test_record__that_is_not_stored_has_no_version(void **state) {
        struct record *record =
                record_of("{\"metadata\":{\"resourceVersion\":\"3\",\"name\":\"a\"}}", 0);

        (void)state;
        assert_string_equal(record->text, "{\"metadata\":{\"name\":\"a\"}}");
        record_unref(record);
}

static void test_record__names_are_found(void **state) {
        struct record *record = record_of("{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\","
                                          "\"uid\":\"u-1\"}}",
                                          1);
        struct record *bare = record_of("{\"metadata\":{\"name\":\"b\"}}", 2);

        (void)state;
        assert_string_equal(record->name, "a");
        assert_string_equal(record->namespace_, "n");
        assert_string_equal(record->uid, "u-1");
        assert_false(record->deleting);
        assert_string_equal(bare->namespace_, "");
        assert_string_equal(bare->uid, "");
        assert_string_equal(bare->labels, "");
        record_unref(record);
        record_unref(bare);
}

static void test_record__deleting_is_a_set_timestamp(void **state) {
        struct record *record = record_of(
                "{\"metadata\":{\"name\":\"a\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"}}",
                1);
        struct record *null =
                record_of("{\"metadata\":{\"name\":\"a\",\"deletionTimestamp\":null}}", 1);

        (void)state;
        assert_true(record->deleting);
        assert_false(null->deleting);
        record_unref(record);
        record_unref(null);
}

static void test_record__labels_are_sorted(void **state) {
        struct record *record = record_of("{\"metadata\":{\"name\":\"a\",\"labels\":{\"b\":\"2\","
                                          "\"a.b/c\":\"1\",\"c\":\"\"}}}",
                                          1);

        (void)state;
        assert_memory_equal(record->labels, "a.b/c\0001\0b\0002\0c\0\0", 15);
        assert_string_equal(record_label(record, "a.b/c"), "1");
        assert_string_equal(record_label(record, "b"), "2");
        assert_string_equal(record_label(record, "c"), "");
        assert_null(record_label(record, "a"));
        assert_null(record_label(record, "d"));
        record_unref(record);
}

static void test_record__label_that_is_no_string_is_none(void **state) {
        struct record *record = record_of("{\"metadata\":{\"name\":\"a\",\"labels\":{\"b\":2,\"\":"
                                          "\"x\",\"c\":null,\"d\":\"4\"}}}",
                                          1);

        (void)state;
        assert_null(record_label(record, "b"));
        assert_null(record_label(record, "c"));
        assert_string_equal(record_label(record, "d"), "4");
        record_unref(record);
}

static void test_record__owners_are_known_by_uid(void **state) {
        struct record *record = record_of(
                "{\"metadata\":{\"name\":\"a\",\"ownerReferences\":[{\"uid\":\"u-1\"},{\"uid\":"
                "\"u-2\",\"controller\":true,\"blockOwnerDeletion\":true},{\"uid\":\"u-3\","
                "\"blockOwnerDeletion\":true,\"controller\":false},{\"uid\":\"\"},7]}}",
                1);
        struct record *bare = record_of("{\"metadata\":{\"name\":\"b\"}}", 2);
        const char *cursor = record->owners;
        unsigned flags;

        (void)state;
        assert_string_equal(owners_next(&cursor, &flags), "u-1");
        assert_int_equal(flags, 0);
        assert_string_equal(owners_next(&cursor, &flags), "u-2");
        assert_int_equal(flags, OWNER_CONTROLS | OWNER_BLOCKS);
        assert_string_equal(owners_next(&cursor, &flags), "u-3");
        assert_int_equal(flags, OWNER_BLOCKS);
        assert_null(owners_next(&cursor, &flags));
        assert_string_equal(record_controller(record), "u-2");
        cursor = bare->owners;
        assert_null(owners_next(&cursor, &flags));
        assert_null(record_controller(bare));
        record_unref(record);
        record_unref(bare);
}

static void test_record__finalizers_of_the_garbage_collector(void **state) {
        struct record *orphan =
                record_of("{\"metadata\":{\"name\":\"a\",\"finalizers\":[\"x.io/y\",\"orphan\"]}}",
                          1);
        struct record *foreground =
                record_of("{\"metadata\":{\"name\":\"a\",\"finalizers\":[\"foregroundDeletion\"]}}",
                          1);

        (void)state;
        assert_true(orphan->orphan);
        assert_false(orphan->foreground);
        assert_false(foreground->orphan);
        assert_true(foreground->foreground);
        record_unref(orphan);
        record_unref(foreground);
}

static void test_record__outlives_its_other_holders(void **state) {
        struct record *record = record_of("{\"metadata\":{\"name\":\"a\"}}", 1);
        struct record *held = record_ref(record);

        (void)state;
        assert_ptr_equal(held, record);
        record_unref(record);
        assert_string_equal(held->name, "a");
        record_unref(held);
        record_unref(NULL);
}

static void test_record__tree_reads_what_outside_caps_refuse(void **state) {
        JSON_CLEANUP struct json *tree = tree_of("{\"metadata\":{\"name\":\"a\"},\"x\":[]}");
        struct json *items = json_get_mut(tree, "x");
        struct record *record;
        struct json *back;

        (void)state;
        for (int i = 0; i < 30000; i++)
                json_append(items, json_new_int(i));
        record = record_new(tree, 1);
        back = record_tree(record);
        assert_true(json_equal(back, tree));
        json_free(back);
        record_unref(record);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_record__text_is_whole_and_compact),
                cmocka_unit_test(test_record__resource_version_is_replaced_in_its_place),
                cmocka_unit_test(test_record__that_is_not_stored_has_no_version),
                cmocka_unit_test(test_record__names_are_found),
                cmocka_unit_test(test_record__deleting_is_a_set_timestamp),
                cmocka_unit_test(test_record__labels_are_sorted),
                cmocka_unit_test(test_record__label_that_is_no_string_is_none),
                cmocka_unit_test(test_record__owners_are_known_by_uid),
                cmocka_unit_test(test_record__finalizers_of_the_garbage_collector),
                cmocka_unit_test(test_record__outlives_its_other_holders),
                cmocka_unit_test(test_record__tree_reads_what_outside_caps_refuse),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
