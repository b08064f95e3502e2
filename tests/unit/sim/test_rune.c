#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/rune.h"

static void test_rune__writes_what_it_reads(void **state) {
        static const uint32_t runes[] = { 0,      0x7F,   0x80,   0x7FF,   0x800,
                                          0xD7FF, 0xE000, 0xFFFF, 0x10000, RUNE_MAX };
        char text[4];

        (void)state;
        for (size_t i = 0; i < sizeof(runes) / sizeof(runes[0]); i++) {
                size_t length = rune_write(runes[i], text), at = 0;

                assert_int_equal(rune_next((struct bytes){ text, length }, &at), runes[i]);
                assert_int_equal(at, length);
        }
        assert_int_equal(rune_write(0xD800, text), 3); /* as U+FFFD */
}

/* Too long a form, a surrogate, beyond the last, cut off, no beginning: each byte by itself. */
static void test_rune__counts_bad_bytes_one_by_one(void **state) {
        static const struct {
                const char *text;
                size_t runes;
        } cases[] = {
                { "", 0 },         { "h\xC3\xA9", 2 },    { "\xF0\x9F\x98\x80", 1 },
                { "\xC0\x80", 2 }, { "\xED\xA0\x80", 3 }, { "\xF4\x90\x80\x80", 4 },
                { "\xE2\x82", 2 }, { "\x80", 1 },         { "\xFF", 1 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_int_equal(rune_count(bytes_of(cases[i].text)), cases[i].runes);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rune__writes_what_it_reads),
                cmocka_unit_test(test_rune__counts_bad_bytes_one_by_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
