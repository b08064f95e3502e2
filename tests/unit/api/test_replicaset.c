#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "llc/api/replicaset.h"

static void test_replicaset__template_is_borrowed_as_it_stands(void **state) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *json =
                json_read("{\"metadata\":{\"name\":\"web-5f9c\",\"uid\":\"u\","
                          "\"labels\":{\"rollouts-pod-template-hash\":\"5f9c\"}},"
                          "\"spec\":{\"replicas\":3,\"template\":{\"metadata\":{},\"spec\":{"
                          "\"futureField\":[null,1.50]}}}}");
        struct replicaset replicaset;
        struct err err;

        (void)state;
        assert_int_equal(desc_decode_foreign(&replicaset_type, json, &arena, &replicaset, &err), 0);
        assert_ptr_equal(replicaset.spec->template_, json_get(json_get(json, "spec"), "template"));
        assert_string_equal(meta_label(replicaset.meta, "rollouts-pod-template-hash"), "5f9c");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_replicaset__template_is_borrowed_as_it_stands),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
