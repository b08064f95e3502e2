#include "quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* tests/vectors has what apimachinery makes of thousands of texts. */
static __int128 amount(const char *text) {
        JSON_CLEANUP struct json *json = json_new_string(bytes_of(text));
        __int128 nano = -1;

        if (!quantity_parse(json, &nano))
                fail_msg("%s is no quantity", text);
        return nano;
}

static void test_quantity__numbers_and_suffixes(void **state) {
        static const struct {
                const char *text;
                int64_t nano;
        } rows[] = {
                { "0", 0 },
                { "1", 1000000000 },
                { "+2", 2000000000 },
                { "-3", -3000000000 },
                { ".5", 500000000 },
                { "500m", 500000000 },
                { "0.1", 100000000 },
                { "3k", 3000000000000 },
                { "1.5Mi", 1572864000000000 },
                { "25e-2", 250000000 },
                { "1E3", 1000000000000 },
                { "0.0000000001", 1 }, /* rounded away from 0 */
                { "-0.0000000001", -1 },
                { "0.0000000001Ki", 103 },
                { " 1 ", 1000000000 },
                { "k", 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_true(amount(rows[i].text) == rows[i].nano);
        assert_true(amount("8Ei") == (__int128)INT64_MAX * 1000000000);
        assert_true(amount("9Ei") == amount("8Ei"));
}

static void test_quantity__of_a_number(void **state) {
        JSON_CLEANUP struct json *two = json_new_int(2);
        JSON_CLEANUP struct json *half = NULL;
        struct err err;
        __int128 nano;

        (void)state;
        assert_int_equal(json_parse(bytes_of("0.5"), &JSON_LIMITS_OBJECT, &half, &err), 0);
        assert_true(quantity_parse(two, &nano) && nano == 2000000000);
        assert_true(quantity_parse(half, &nano) && nano == 500000000);
        assert_false(quantity_parse(NULL, &nano));
}

static void test_quantity__what_is_none(void **state) {
        static const char *const texts[] = {
                "", " ", "1x", "1ki", "1GiB", "1.2.3", "--1", "1e", "1e+", "1e3m", "1,5", "0x10",
        };
        __int128 nano = 7;

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                JSON_CLEANUP struct json *json = json_new_string(bytes_of(texts[i]));

                assert_false(quantity_parse(json, &nano));
        }
        assert_true(nano == 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_quantity__numbers_and_suffixes),
                cmocka_unit_test(test_quantity__of_a_number),
                cmocka_unit_test(test_quantity__what_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
