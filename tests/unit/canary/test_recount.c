#include "recount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const int64_t NOW = 1767268800000;

static void test_recount__finds_what_it_set(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct recount first = { .n = 1, .at = NOW, .before = 0 };
        const struct recount last = { .n = 4, .at = NOW - 60000, .before = 999999999999999 };
        struct recount found;
        const char *text;

        (void)state;
        text = recount_set(NULL, "g2-0a", &first, NOW, &arena);
        text = recount_set(text, "ffff", &last, NOW, &arena);
        assert_true(recount_find(text, "g2-0a", NOW, &found));
        assert_int_equal(found.n, 1);
        assert_int_equal(found.at, NOW);
        assert_int_equal(found.before, 0);
        assert_true(recount_find(text, "ffff", NOW, &found));
        assert_int_equal(found.n, 4);
        assert_int_equal(found.at, NOW - 60000);
        assert_int_equal(found.before, 999999999999999);
        assert_false(recount_find(text, "fff", NOW, &found));
        assert_false(recount_find(text, "", NOW, &found));
        text = recount_set(text, "ffff", &first, NOW, &arena);
        assert_true(recount_find(text, "ffff", NOW, &found));
        assert_int_equal(found.n, 1);
        assert_null(strstr(text, ":4:"));
}

static void test_recount__what_makes_no_sense_is_not_there(void **state) {
        static const char *const texts[] = {
                "",
                ",",
                ":",
                "t",
                "t:",
                "t:1",
                "t:1:1767268800000",
                "t:1:1767268800000:",
                "t:1:1767268800000:5:",
                "t:1:1767268800000:5 ",
                "t:1:1767268800000:-5",
                "t:1:1767268800000:+5",
                "t:1:1767268800000:1234567890123456",
                "t:0:1767268800000:5",
                "t:5:1767268800000:5",
                "t:1:1767268805001:5",
                "t:1:1767268739999:5",
                " t:1:1767268800000:5",
                "T:1:1767268800000:5",
        };
        struct recount found;

        (void)state;
        assert_false(recount_find(NULL, "t", NOW, &found));
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                assert_false(recount_find(texts[i], "t", NOW, &found));
        assert_true(recount_find("x,,:,t:1:1767268805000:5", "t", NOW, &found));
        assert_true(recount_find("t:1:1767268740000:5,", "t", NOW, &found));
        assert_false(recount_find("T:1:1767268800000:5", "T", NOW, &found));
}

/* However many write into it, and whatever they write. */
static void test_recount__text_has_a_bound(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct recount recount = { .n = 4, .at = NOW, .before = 999999999999999 };
        const char *text = "hello, world";
        struct recount found;
        char token[64];

        (void)state;
        for (int i = 0; i < 300; i++) {
                snprintf(token, sizeof(token), "%063d", i);
                text = recount_set(text, token, &recount, NOW, &arena);
        }
        assert_true(strlen(text) < 32768);
        assert_true(recount_find(text, token, NOW, &found));
        text = recount_set(text, "t", &recount, NOW + 60001, &arena);
        assert_true(strlen(text) < 64);
}

/* All canaries of a Rollout may leave traffic at once. */
static void test_recount__of_many_canaries_none_undoes_another(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct recount recount = { .n = 1, .at = NOW, .before = 60 };
        const char *text = NULL;
        struct recount found;
        char token[64];

        (void)state;
        for (int i = 0; i < 200; i++) {
                snprintf(token, sizeof(token), "%016x", i);
                text = recount_set(text, token, &recount, NOW, &arena);
        }
        for (int i = 0; i < 200; i++) {
                snprintf(token, sizeof(token), "%016x", i);
                assert_true(recount_find(text, token, NOW, &found));
        }
}

static void test_recount__waits_ever_longer(void **state) {
        static const int64_t waits[] = { 200, 800, 3200, 0 };

        (void)state;
        for (int i = 0; i < 4; i++)
                assert_int_equal(recount_due(&(struct recount){ .n = i + 1, .at = NOW }),
                                 NOW + waits[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_recount__finds_what_it_set),
                cmocka_unit_test(test_recount__what_makes_no_sense_is_not_there),
                cmocka_unit_test(test_recount__text_has_a_bound),
                cmocka_unit_test(test_recount__of_many_canaries_none_undoes_another),
                cmocka_unit_test(test_recount__waits_ever_longer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
