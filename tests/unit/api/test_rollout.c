#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "llc/api/rollout.h"

static void test_rollout__reads_selector_and_stable_hash(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json = json_read(
                "{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\"uid\":\"u\","
                "\"labels\":{\"a\":\"b\"}},\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":"
                "{\"tier\":\"front\",\"app\":\"web\"}}},\"status\":{\"stableRS\":\"5f9c\","
                "\"observedGeneration\":\"7\"}}");
        struct rollout rollout;
        struct err err;

        (void)state;
        assert_int_equal(desc_decode_foreign(&rollout_type, json, &arena, &rollout, &err), 0);
        assert_string_equal(rollout.meta->name, "web");
        assert_int_equal(rollout.meta->n_labels, 0);
        assert_int_equal(rollout.spec->selector->n_match_labels, 2);
        assert_string_equal(rollout.spec->selector->match_labels[0].key, "app");
        assert_string_equal(rollout.status->stable_rs, "5f9c");
}

static void test_rollout__may_have_neither(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json =
                json_read("{\"metadata\":{\"name\":\"web\",\"uid\":\"u\"},"
                          "\"spec\":{\"workloadRef\":{\"name\":\"web\"}}}");
        struct rollout rollout;
        struct err err;

        (void)state;
        assert_int_equal(desc_decode_foreign(&rollout_type, json, &arena, &rollout, &err), 0);
        assert_null(rollout.spec->selector);
        assert_null(rollout.status);
}

static void test_rollout__projection_is_slim(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;

        (void)state;
        assert_string_equal(
                projection_text(desc_projection(&rollout_type, &arena), &arena),
                "metadata(name,namespace,uid,resourceVersion,generation,deletionTimestamp),"
                "spec(selector(matchLabels)),status(stableRS)");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rollout__reads_selector_and_stable_hash),
                cmocka_unit_test(test_rollout__may_have_neither),
                cmocka_unit_test(test_rollout__projection_is_slim),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
