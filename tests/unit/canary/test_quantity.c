#include "quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static long double amount(const char *text) {
        long double value = -1;

        if (!quantity_parse(bytes_of(text), &value))
                fail_msg("%s is no quantity", text);
        return value;
}

static void test_quantity__numbers_and_suffixes(void **state) {
        static const struct {
                const char *text;
                long double value;
        } rows[] = {
                { "0", 0 },
                { "1", 1 },
                { "+12", 12 },
                { "-3", -3 },
                { "1.5", 1.5L },
                { ".5", 0.5L },
                { "2.", 2 },
                { "500m", 0.5L },
                { "1500000u", 1.5L },
                { "250000000n", 0.25L },
                { "3k", 3000 },
                { "1M", 1e6L },
                { "1G", 1e9L },
                { "1T", 1e12L },
                { "1P", 1e15L },
                { "1E", 1e18L },
                { "1Ki", 1024 },
                { "1.5Mi", 1572864 },
                { "1Gi", 1073741824 },
                { "1Ti", 1099511627776 },
                { "1Pi", 1125899906842624 },
                { "1Ei", 1152921504606846976 },
                { "1e3", 1000 },
                { "1E3", 1000 },
                { "25e-2", 0.25L },
                { "1e+2", 100 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                assert_true(amount(rows[i].text) == rows[i].value);
}

static void test_quantity__what_is_none(void **state) {
        static const char *const texts[] = {
                "",
                "+",
                "-",
                ".",
                "Gi",
                "m",
                "1x",
                "1 ",
                "1ki",
                "1GiB",
                "1.2.3",
                "--1",
                "e3",
                "1e",
                "1e+",
                "1e3m",
                "1e99999999999",
                "1,5",
                "0x10",
        };
        long double value = 7;

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                assert_false(quantity_parse(bytes_of(texts[i]), &value));
        assert_true(value == 7);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_quantity__numbers_and_suffixes),
                cmocka_unit_test(test_quantity__what_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
