#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "llc/sys/random.h"

static void test_random__fills_all_and_only_what_is_asked(void **state) {
        unsigned char bytes[1025];
        unsigned seen[256] = { 0 };
        unsigned distinct = 0;

        (void)state;
        memset(bytes, 0, sizeof(bytes));
        bytes[1024] = 0x5a;
        random_fill(bytes, 1024); /* larger than one getrandom() promises without interruption */
        for (size_t i = 0; i < 1024; i++)
                distinct += seen[bytes[i]]++ == 0;
        assert_true(distinct > 200);
        assert_int_equal(bytes[1024], 0x5a);
}

static void test_random__differs_each_time(void **state) {
        unsigned char a[16], b[16];

        (void)state;
        random_fill(a, sizeof(a));
        random_fill(b, sizeof(b));
        assert_memory_not_equal(a, b, sizeof(a));
        random_fill(NULL, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_random__fills_all_and_only_what_is_asked),
                cmocka_unit_test(test_random__differs_each_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
