#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kinds/quantity.h"

static const char *canonical(const char *text, char out[static QUANTITY_SIZE]) {
        struct json *value JSON_CLEANUP = json_new_string(bytes_of(text));
        struct quantity quantity;

        return quantity_parse(value, &quantity) ? quantity_text(&quantity, out) : "none";
}

static void test_quantity__has_one_form(void **state) {
        static const char *const pairs[][2] = {
                { "1000m", "1" },
                { "0.5", "500m" },
                { "1.5Gi", "1536Mi" },
                { "1024Mi", "1Gi" },
                { "1000Mi", "1000Mi" },
                { "1000", "1k" },
                { "100", "100" },
                { "0", "0" },
                { "0Gi", "0" },
                { "1e3", "1e3" },
                { "9E", "9E" },
                { "1E6", "1e6" },
                { "512Ki", "512Ki" },
                { "0.1Gi", "107374182400m" },
                { "1Ki", "1Ki" },
                { "100Gi", "100Gi" },
                { "-1", "-1" },
                { "+5", "5" },
                { ".5", "500m" },
                { "5.", "5" },
                { "0.0000000001", "1n" },
                { "1u", "1u" },
                { "2000000k", "2G" },
                { "500Mi", "500Mi" },
                { "99999999999999999999E", "100000000000E" }, /* the most */
                { "9E", "9E" },
                { "10Ei", "9223372036854775807" },
                { " 2 ", "2" },
                { "k", "0" },
                { "1e99", "100e27" },
                { "9999999999999999999m", "9999999999999999999m" },
                { "0.0000000001Gi", "107374183n" },
        };
        char out[QUANTITY_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
                assert_string_equal(canonical(pairs[i][0], out), pairs[i][1]);
}

static void test_quantity__refuses_what_is_none(void **state) {
        static const char *const texts[] = { "",    " ",   "abc", "1.2.3", "1Q",
                                             "1ki", "--1", "1e",  "1e+" };
        char out[QUANTITY_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                assert_string_equal(canonical(texts[i], out), "none");
}

/* What the real server keeps although it is not canonical: tests/vectors has thousands. */
static void test_quantity__some_texts_are_kept(void **state) {
        static const char *const pairs[][2] = {
                { "+5Ti", "+5Ti" },     { "12e0", "12e0" }, { "100E3", "100E3" },
                { " 01k ", "01k" },     { "1.Ki", "1.Ki" }, { "1024Ki", "1Mi" },
                { "8Ki", "8Ki" },       { "+1000", "1k" },  { "0.5", "500m" },
                { "+1.5Gi", "1536Mi" }, { "1e2", "100" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
                struct json *value JSON_CLEANUP = json_new_string(bytes_of(pairs[i][0]));
                struct strbuf stored STRBUF_CLEANUP = STRBUF_INIT(QUANTITY_SIZE);
                struct quantity quantity;

                assert_true(quantity_parse(value, &quantity));
                quantity_store(&quantity, value, &stored);
                assert_string_equal(strbuf_str(&stored), pairs[i][1]);
        }
}

static void test_quantity__takes_numbers_and_compares(void **state) {
        struct json *number JSON_CLEANUP = json_new_int(2);
        struct json *text JSON_CLEANUP = json_new_string(bytes_of("1500m"));
        struct quantity two, half;

        (void)state;
        assert_true(quantity_parse(number, &two));
        assert_true(quantity_parse(text, &half));
        assert_true(quantity_compare(&two, &half) > 0);
        assert_true(quantity_compare(&half, &two) < 0);
        assert_int_equal(quantity_compare(&two, &two), 0);
        assert_true(quantity_is_integer(&two));
        assert_false(quantity_is_integer(&half));
        assert_false(quantity_parse(NULL, &two));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_quantity__has_one_form),
                cmocka_unit_test(test_quantity__refuses_what_is_none),
                cmocka_unit_test(test_quantity__some_texts_are_kept),
                cmocka_unit_test(test_quantity__takes_numbers_and_compares),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
