#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "llc/api/rollout.h"

static void test_rollout__reads_what_is_followed(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json = json_read(
                "{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\"uid\":\"u\","
                "\"labels\":{\"a\":\"b\"}},\"spec\":{\"replicas\":3,\"strategy\":{\"blueGreen\":"
                "{\"activeService\":\"web\"}}},\"status\":{\"stableRS\":\"5f9c\","
                "\"availableReplicas\":2,\"observedGeneration\":\"7\"}}");
        struct rollout rollout;
        struct err err;

        (void)state;
        assert_int_equal(desc_decode_foreign(&rollout_type, json, &arena, &rollout, &err), 0);
        assert_string_equal(rollout.meta->name, "web");
        assert_int_equal(rollout.replicas, 3);
        assert_string_equal(rollout_service(&rollout), "web");
        assert_string_equal(rollout.stable_rs, "5f9c");
        assert_int_equal(rollout.available_replicas, 2);
}

static void test_rollout__may_have_none_of_it(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json =
                json_read("{\"metadata\":{\"name\":\"web\",\"uid\":\"u\"},"
                          "\"spec\":{\"workloadRef\":{\"name\":\"web\"}}}");
        struct rollout rollout;
        struct err err;

        (void)state;
        assert_int_equal(desc_decode_foreign(&rollout_type, json, &arena, &rollout, &err), 0);
        assert_int_equal(rollout.replicas, 1);
        assert_null(rollout_service(&rollout));
        assert_null(rollout.stable_rs);
        assert_int_equal(rollout.available_replicas, 0);
}

static void test_rollout__projection_is_slim(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        (void)state;
        assert_string_equal(
                projection_text(desc_projection(&rollout_type, &arena), &arena),
                "metadata(name,namespace,uid,resourceVersion,generation,deletionTimestamp),"
                "spec(replicas,strategy(blueGreen(activeService),canary(stableService))),"
                "status(stableRS,availableReplicas)");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rollout__reads_what_is_followed),
                cmocka_unit_test(test_rollout__may_have_none_of_it),
                cmocka_unit_test(test_rollout__projection_is_slim),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
