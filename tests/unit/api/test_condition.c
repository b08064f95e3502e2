#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "llc/api/condition.h"

static void test_condition__round_trips(void **state) {
        static const char text[] = "{\"type\":\"Ready\",\"status\":\"False\","
                                   "\"reason\":\"PodsNotReady\",\"message\":\"\","
                                   "\"observedGeneration\":0,"
                                   "\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}";
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json = json_read(text);
        JSON_CLEANUP struct json *back = NULL;
        struct condition condition;
        struct err err;

        (void)state;
        assert_int_equal(desc_decode(&condition_type, json, &arena, &condition, &err), 0);
        assert_int_equal(condition.status, CONDITION_FALSE);
        back = desc_encode(&condition_type, &condition);
        assert_json(back, text);
}

static void test_condition__status_names(void **state) {
        (void)state;
        assert_string_equal(condition_status_name(CONDITION_TRUE), "True");
        assert_string_equal(condition_status_name(CONDITION_FALSE), "False");
        assert_string_equal(condition_status_name(CONDITION_UNKNOWN), "Unknown");
        assert_string_equal(condition_status_name(0), "");
}

static void test_condition__find(void **state) {
        static const struct condition conditions[] = { { .type = "Ready" }, { .type = "Stalled" } };

        (void)state;
        assert_ptr_equal(condition_find(conditions, 2, "Stalled"), &conditions[1]);
        assert_null(condition_find(conditions, 1, "Stalled"));
        assert_null(condition_find(NULL, 0, "Ready"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_condition__round_trips),
                cmocka_unit_test(test_condition__status_names),
                cmocka_unit_test(test_condition__find),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
