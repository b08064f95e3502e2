#include "asking.h"

#include <string.h>

static int setup(void **state) {
        static struct asking asking;

        asking_init(&asking, false);
        *state = &asking;
        return 0;
}

static int teardown(void **state) {
        asking_deinit(*state);
        return 0;
}

static void test_body__takes_what_is_deep_or_has_many_parts(void **state) {
        enum { DEPTH = 9000, PARTS = 400000 };
        static const char head[] = "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Rollout\","
                                   "\"metadata\":{\"name\":\"%s\"},\"spec\":{\"strategy\":{"
                                   "\"canary\":{\"trafficRouting\":{\"plugins\":{\"a\":[";
        static const char request[] = "POST /apis/argoproj.io/v1alpha1/namespaces/default/rollouts";
        struct strbuf deep STRBUF_CLEANUP = STRBUF_INIT(1 << 20);
        struct strbuf wide STRBUF_CLEANUP = STRBUF_INIT(4 << 20);

        strbuf_printf(&deep, head, "deep");
        for (size_t i = 0; i < DEPTH; i++)
                strbuf_append_char(&deep, '[');
        for (size_t i = 0; i < DEPTH; i++)
                strbuf_append_char(&deep, ']');
        strbuf_puts(&deep, "]}}}}}}");
        strbuf_printf(&wide, head, "wide");
        for (size_t i = 0; i < PARTS; i++)
                strbuf_puts(&wide, "{},");
        strbuf_puts(&wide, "{}]}}}}}}");
        assert_memory_equal(ask_with(*state, request, strbuf_bytes(&deep)), "201 ", 4);
        assert_memory_equal(ask_with(*state, request, strbuf_bytes(&wide)), "201 ", 4);
}

static void keep_line(void *ctx, struct bytes line) {
        strbuf_append(ctx, line);
}

static void test_body__audits_the_name_of_what_is_created(void **state) {
        struct strbuf lines STRBUF_CLEANUP = STRBUF_INIT(1 << 20);
        struct asking *asking = *state;

        asking->server.audit = keep_line;
        asking->server.audit_ctx = &lines;
        ask(asking, "POST "
                    "/api/v1/namespaces/default/"
                    "configmaps\n\n{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
                    "\"metadata\":{\"name\":\"told\"}}");
        assert_non_null(strstr(strbuf_str(&lines), "\"name\":\"told\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_body__takes_what_is_deep_or_has_many_parts),
                TEST(test_body__audits_the_name_of_what_is_created),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
