#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static void test_desc_projection__is_the_table_as_a_tree(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        (void)state;
        assert_string_equal(
                projection_text(desc_projection(&toy_type, &arena), &arena),
                "on,switch,count,total,text,amount,choice,color,at,part(name,size),"
                "parts(name,size),tags,numbers,labels,picked(a.b/one,a.b/two),amounts,words,"
                "spares(name,size),place(street),raw");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_desc_projection__is_the_table_as_a_tree),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
