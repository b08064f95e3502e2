#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/base/strlist.h"

static void test_strlist__ends_with_null(void **state) {
        struct strlist list = { .n = 0 };

        (void)state;
        strlist_add(&list, "a");
        strlist_addf(&list, "%s=%d", "b", 2);
        assert_int_equal(list.n, 2);
        assert_string_equal(list.items[0], "a");
        assert_string_equal(list.items[1], "b=2");
        assert_null(list.items[2]);
        strlist_deinit(&list);
        assert_int_equal(list.n, 0);
        assert_null(list.items);
}

static void test_strlist__clone_is_deep(void **state) {
        struct strlist list = { .n = 0 }, clone, nothing;

        (void)state;
        strlist_add(&list, "a");
        clone = strlist_clone(&list);
        strlist_deinit(&list);
        assert_int_equal(clone.n, 1);
        assert_string_equal(clone.items[0], "a");
        nothing = strlist_clone(&list);
        assert_null(nothing.items);
        strlist_deinit(&clone);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_strlist__ends_with_null),
                cmocka_unit_test(test_strlist__clone_is_deep),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
