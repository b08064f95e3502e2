#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "llc/runtime/store.h"
#include "thing.h"

/* The names in a bucket, sorted by being single letters: "abc". */
static const char *bucket(const struct store *store, const char *index_key) {
        static char names[64];
        bool found[256] = { false };
        size_t n = 0;
        const struct object *prev = NULL;

        for (const struct object *object = store_lookup(store, index_key); object;
             object = object->next) {
                assert_ptr_equal(object->prev, prev);
                assert_string_equal(object->index_key, index_key);
                found[(unsigned char)object->meta->name[0]] = true;
                prev = object;
        }
        for (int c = 'a'; c <= 'z'; c++)
                if (found[c])
                        names[n++] = (char)c;
        names[n] = '\0';
        return names;
}

static void put(struct store *store, const char *name, const char *version, const char *color) {
        store_put(store, thing_new(name, "u", version, color));
}

static void test_store__get_and_count(void **state) {
        struct store *store = store_new(THING_SEED, thing_index);

        (void)state;
        assert_null(store_get(store, "a/x"));
        put(store, "x", "1", "red");
        put(store, "y", "1", "red");
        assert_int_equal(store_count(store), 2);
        assert_string_equal(store_get(store, "a/x")->meta->name, "x");
        assert_null(store_get(store, "b/x"));
        assert_null(store_lookup(store, "a/blue"));
        assert_ptr_equal(store_index(store), thing_index);
        store_free(store);
}

static void test_store__put_replaces(void **state) {
        struct store *store = store_new(THING_SEED, thing_index);

        (void)state;
        put(store, "x", "1", "red");
        put(store, "x", "2", "blue");
        assert_int_equal(store_count(store), 1);
        assert_string_equal(store_get(store, "a/x")->meta->resource_version, "2");
        assert_string_equal(bucket(store, "a/red"), "");
        assert_string_equal(bucket(store, "a/blue"), "x");
        store_free(store);
}

static void test_store__remove(void **state) {
        struct store *store = store_new(THING_SEED, thing_index);

        (void)state;
        put(store, "x", "1", "red");
        store_remove(store, "a/x");
        store_remove(store, "a/x");
        assert_int_equal(store_count(store), 0);
        assert_null(store_get(store, "a/x"));
        assert_null(store_lookup(store, "a/red"));
        store_free(store);
}

static void test_store__bucket_keeps_the_others(void **state) {
        static const char *const GONE[] = { "a", "b", "c", "d" };

        (void)state;
        for (size_t i = 0; i < 4; i++) { /* first, middle and last of the bucket */
                struct store *store = store_new(THING_SEED, thing_index);
                char key[8], rest[8] = "", *end = rest;

                for (size_t k = 0; k < 4; k++) {
                        put(store, GONE[k], "1", "red");
                        if (k != i)
                                *end++ = GONE[k][0];
                }
                snprintf(key, sizeof(key), "a/%s", GONE[i]);
                store_remove(store, key);
                assert_string_equal(bucket(store, "a/red"), rest);
                /* The bucket's key must not point into the object that is gone. */
                put(store, "z", "1", "red");
                assert_int_equal(strlen(bucket(store, "a/red")), 4);
                store_free(store);
        }
}

static void test_store__without_index_key(void **state) {
        struct store *store = store_new(THING_SEED, thing_index);

        (void)state;
        put(store, "x", "1", NULL);
        assert_null(store_get(store, "a/x")->index_key);
        put(store, "x", "2", "red");
        put(store, "x", "3", NULL);
        assert_string_equal(bucket(store, "a/red"), "");
        store_free(store);
}

static void test_store__exchange_hands_out_the_former(void **state) {
        struct store *store = store_new(THING_SEED, thing_index);
        struct object *former;

        (void)state;
        assert_null(store_exchange(store, thing_new("x", "u", "1", "red")));
        former = store_exchange(store, thing_new("x", "u", "2", "red"));
        assert_string_equal(former->meta->resource_version, "1");
        assert_string_equal(former->index_key, "a/red");
        object_free(former);
        former = store_take(store, "a/x");
        assert_string_equal(former->meta->resource_version, "2");
        object_free(former);
        assert_null(store_take(store, "a/x"));
        store_free(store);
}

static void test_store__walks_all(void **state) {
        struct store *store = store_new(THING_SEED, thing_index);
        const struct object *object;
        size_t cursor = 0, n = 0;
        char name[16];

        (void)state;
        for (int i = 0; i < 100; i++) {
                snprintf(name, sizeof(name), "n%d", i);
                put(store, name, "1", i % 2 ? "red" : "blue");
        }
        while (store_next(store, &cursor, &object))
                n++;
        assert_int_equal(n, 100);
        n = 0;
        for (object = store_lookup(store, "a/red"); object; object = object->next)
                n++;
        assert_int_equal(n, 50);
        store_free(store);
        store_free(NULL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_store__get_and_count),
                cmocka_unit_test(test_store__put_replaces),
                cmocka_unit_test(test_store__remove),
                cmocka_unit_test(test_store__bucket_keeps_the_others),
                cmocka_unit_test(test_store__without_index_key),
                cmocka_unit_test(test_store__exchange_hands_out_the_former),
                cmocka_unit_test(test_store__walks_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
