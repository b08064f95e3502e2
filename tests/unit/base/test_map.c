#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"

static const uint64_t SEED[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

/*
 * SipHash-1-3 of 0 to 63 bytes 00 01 02 …, key 00 … 0f. Made with OpenSSL 3, so by other code:
 * openssl mac -macopt hexkey:0001…0f -macopt size:8 -macopt c-rounds:1 -macopt d-rounds:3 SIPHASH
 */
static const uint64_t SIPHASH13[64] = {
        0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb,
        0xcf75576088d38328, 0xdef9d52f49533b67, 0xc50d2b50c59f22a7, 0xd3927d989bb11140,
        0x369095118d299a8e, 0x25a48eb36c063de4, 0x79de85ee92ff097f, 0x70c118c1f94dc352,
        0x78a384b157b4d9a2, 0x306f760c1229ffa7, 0x605aa111c0f95d34, 0xd320d86d2a519956,
        0xcc4fdd1a7d908b66, 0x9cf2689063dbd80c, 0x8ffc389cb473e63e, 0xf21f9de58d297d1c,
        0xc0dc2f46a6cce040, 0xb992abfe2b45f844, 0x7ffe7b9ba320872e, 0x525a0e7fdae6c123,
        0xf464aeb267349c8c, 0x45cd5928705b0979, 0x3a3e35e3ca9913a5, 0xa91dc74e4ade3b35,
        0xfb0bed02ef6cd00d, 0x88d93cb44ab1e1f4, 0x540f11d643c5e663, 0x2370dd1f8c21d1bc,
        0x81157b6c16a7b60d, 0x4d54b9e57a8ff9bf, 0x759f12781f2a753e, 0xcea1a3bebf186b91,
        0x2cf508d3ada26206, 0xb6101c2da3c33057, 0xb3f47496ae3a36a1, 0x626b57547b108392,
        0xc1d2363299e41531, 0x667cc1923f1ad944, 0x65704ffec8138825, 0x24f280d1c28949a6,
        0xc2ca1cedfaf8876b, 0xc2164bfc9f042196, 0xa16e9c9368b1d623, 0x49fb169c8b5114fd,
        0x9f3143f8df074c46, 0xc6fdaf2412cc86b3, 0x7eaf49d10a52098f, 0x1cf313559d292f9a,
        0xc44a30dda2f41f12, 0x36fae98943a71ed0, 0x318fb34c73f0bce6, 0xa27abf3670a7e980,
        0xb4bcc0db243c6d75, 0x23f8d852fdb71513, 0x8f035f4da67d8a08, 0xd89cd0e5b7e8f148,
        0xf6f4e6bcf7a644ee, 0xaec59ad80f1837f2, 0xc3b2f6154b6694e0, 0x9d199062b7bbb3a8,
};

static void test_map__siphash_matches_reference_vectors(void **state) {
        unsigned char data[64 + 1];

        (void)state;
        for (size_t n = 0; n < 64; n++)
                data[n + 1] = (unsigned char)n;
        for (size_t n = 0; n < 64; n++) {
                assert_true(siphash13(data + 1, n, SEED) ==
                            SIPHASH13[n]); /* unaligned on purpose */
        }
        assert_true(siphash13(NULL, 0, SEED) == SIPHASH13[0]);
}

static void test_map__siphash_depends_on_both_halves_of_the_seed(void **state) {
        const uint64_t a[2] = { SEED[0] ^ 1, SEED[1] }, b[2] = { SEED[0], SEED[1] ^ 1 };
        uint64_t plain = siphash13("key", 3, SEED);

        (void)state;
        assert_true(siphash13("key", 3, a) != plain);
        assert_true(siphash13("key", 3, b) != plain);
}

static void test_map__empty(void **state) {
        const char *key = "untouched";
        void *value = &key;
        size_t cursor = 0;
        struct map map;

        (void)state;
        map_init(&map, SEED);
        assert_null(map_get(&map, "a"));
        assert_null(map_remove(&map, "a"));
        assert_int_equal(map_count(&map), 0);
        assert_false(map_next(&map, &cursor, &key, &value));
        assert_string_equal(key, "untouched");
        map_deinit(&map);
        map_deinit(&map);
}

static void test_map__put_replaces_key_and_value(void **state) {
        char old_key[] = "a", new_key[] = "a";
        const char *key;
        size_t cursor = 0;
        struct map map;
        int x, y;
        void *value;

        (void)state;
        map_init(&map, SEED);
        assert_null(map_put(&map, old_key, &x));
        assert_ptr_equal(map_put(&map, new_key, &y), &x);
        assert_int_equal(map_count(&map), 1);
        assert_true(map_next(&map, &cursor, &key, &value));
        assert_ptr_equal(key, new_key);
        assert_ptr_equal(value, &y);
        assert_false(map_next(&map, &cursor, &key, &value));
        assert_ptr_equal(map_remove(&map, "a"), &y);
        assert_null(map_remove(&map, "a"));
        assert_null(map_get(&map, "a"));
        map_deinit(&map);
}

static void test_map__empty_string_is_a_key(void **state) {
        struct map map;
        int x;

        (void)state;
        map_init(&map, SEED);
        map_put(&map, "", &x);
        assert_ptr_equal(map_get(&map, ""), &x);
        assert_null(map_get(&map, "a"));
        map_deinit(&map);
}

static void test_map__key_may_live_in_the_removed_value(void **state) {
        char *value = strdup("shop/jdk21");
        struct map map;

        (void)state;
        map_init(&map, SEED);
        map_put(&map, value, value);
        free(map_remove(&map, value));
        assert_null(map_get(&map, "shop/jdk21"));
        map_deinit(&map);
}

/* A model that cannot be wrong: one slot for each of the N possible keys. */
enum { N_KEYS = 600 };

struct model {
        char keys[N_KEYS][16];
        void *values[N_KEYS];
        size_t n;
};

static uint32_t model_random(uint32_t *seed) {
        *seed = *seed * 1664525u + 1013904223u;
        return *seed >> 8;
}

static void model_compare(struct model *model, const struct map *map) {
        bool seen[N_KEYS] = { false };
        size_t cursor = 0, n = 0;
        const char *key;
        void *value;

        assert_int_equal(map_count(map), model->n);
        for (size_t i = 0; i < N_KEYS; i++)
                assert_ptr_equal(map_get(map, model->keys[i]), model->values[i]);
        for (; map_next(map, &cursor, &key, &value); n++) {
                size_t i = (size_t)(key - model->keys[0]) / sizeof(model->keys[0]);

                assert_true(i < N_KEYS && !seen[i]);
                seen[i] = true;
                assert_ptr_equal(value, model->values[i]);
        }
        assert_int_equal(n, model->n);
        assert_true(map->n_slots == 0 || model->n * 4 <= map->n_slots * 3);
}

/* Grows and shrinks in waves, so that every deletion pattern and every resize comes by. */
static void churn(uint32_t seed, int steps) {
        struct model model = { .n = 0 };
        const uint64_t map_seed[2] = { seed, ~(uint64_t)seed };
        struct map map;

        map_init(&map, map_seed);
        for (size_t i = 0; i < N_KEYS; i++)
                snprintf(model.keys[i], sizeof(model.keys[i]), "key-%zu", i);
        for (int step = 0; step < steps; step++) {
                size_t i = model_random(&seed) % N_KEYS;
                unsigned puts_of_8 = (step / 2000) % 2 ? 2 : 6;
                void *former = model.values[i];

                if (model_random(&seed) % 8 < puts_of_8) {
                        model.values[i] = &model.keys[model_random(&seed) % N_KEYS];
                        model.n += !former;
                        assert_ptr_equal(map_put(&map, model.keys[i], model.values[i]), former);
                } else {
                        model.values[i] = NULL;
                        model.n -= former != NULL;
                        assert_ptr_equal(map_remove(&map, model.keys[i]), former);
                }
                if (step % 97 == 0)
                        model_compare(&model, &map);
        }
        model_compare(&model, &map);
        map_deinit(&map);
}

static void test_map__churn_agrees_with_a_model(void **state) {
        (void)state;
        for (uint32_t seed = 1; seed <= 8; seed++)
                churn(seed, 10000);
}

static void test_map__shrinks_when_it_empties(void **state) {
        enum { N = 5000 };
        static char keys[N][16];
        struct map map;
        size_t slots;

        (void)state;
        map_init(&map, SEED);
        for (int i = 0; i < N; i++) {
                snprintf(keys[i], sizeof(keys[i]), "%d", i);
                map_put(&map, keys[i], keys[i]);
        }
        slots = map.n_slots;
        assert_true(slots <= 2 * 8192);
        for (int i = 0; i < N; i++)
                assert_ptr_equal(map_remove(&map, keys[i]), keys[i]);
        assert_int_equal(map_count(&map), 0);
        assert_true(map.n_slots <= 16);
        map_deinit(&map);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_map__siphash_matches_reference_vectors),
                cmocka_unit_test(test_map__siphash_depends_on_both_halves_of_the_seed),
                cmocka_unit_test(test_map__empty),
                cmocka_unit_test(test_map__put_replaces_key_and_value),
                cmocka_unit_test(test_map__empty_string_is_a_key),
                cmocka_unit_test(test_map__key_may_live_in_the_removed_value),
                cmocka_unit_test(test_map__churn_agrees_with_a_model),
                cmocka_unit_test(test_map__shrinks_when_it_empties),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
