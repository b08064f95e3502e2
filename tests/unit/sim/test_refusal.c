#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verbs/refusal.h"

static const struct kind PODS = { .group = "", .version = "v1", .name = "Pod", .plural = "pods" };
static const struct kind ROLLOUTS = {
        .group = "argoproj.io", .version = "v1alpha1", .name = "Rollout", .plural = "rollouts"
};

static void assert_status(const struct refusal *refusal, const char *expected) {
        struct json *status JSON_CLEANUP = refusal_status(refusal);
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(4096);

        json_write(status, &text);
        assert_string_equal(strbuf_str(&text), expected);
}

static void test_refusal__is_a_status(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        (void)state;
        assert_int_equal(refuse_not_found(&refusal, &PODS, "a"), -1);
        assert_status(&refusal,
                      "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                      "\"status\":\"Failure\",\"message\":\"pods \\\"a\\\" not found\","
                      "\"reason\":\"NotFound\",\"details\":{\"name\":\"a\",\"kind\":\"pods\"},"
                      "\"code\":404}");

        assert_int_equal(refuse_bad_request(&refusal, "no %s", "name"), -1);
        assert_status(&refusal, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                                "\"status\":\"Failure\",\"message\":\"no name\","
                                "\"reason\":\"BadRequest\",\"code\":400}");
}

static void test_refusal__names_the_resource(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        (void)state;
        refuse_exists(&refusal, &ROLLOUTS, "a");
        assert_int_equal(refusal.code, 409);
        assert_string_equal(refusal.reason, "AlreadyExists");
        assert_string_equal(refusal.message, "rollouts.argoproj.io \"a\" already exists");
        assert_string_equal(refusal.group, "argoproj.io");
        assert_string_equal(refusal.kind, "rollouts");

        refuse_conflict(&refusal, &PODS, "a", "it is %s", "gone");
        assert_int_equal(refusal.code, 409);
        assert_string_equal(refusal.message,
                            "Operation cannot be fulfilled on pods \"a\": it is gone");

        refuse_forbidden(&refusal, &PODS, "a", "%s", "no");
        assert_int_equal(refusal.code, 403);
        assert_string_equal(refusal.message, "pods \"a\" is forbidden: no");
        refuse_forbidden(&refusal, &ROLLOUTS, "", "%s", "no");
        assert_string_equal(refusal.message, "rollouts.argoproj.io is forbidden: no");
        assert_null(refusal.name);

        refuse_out_of_scope(&refusal, "%s", "exec");
        assert_int_equal(refusal.code, 501);
        assert_string_equal(refusal.reason, "NotImplemented");
}

static void test_refusal__has_a_cause_for_each_field(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };
        struct field_errors errors = { .arena = &arena };
        struct json *value JSON_CLEANUP = json_new_int(-1);

        (void)state;
        field_error_add(&errors, FIELD_ERROR_INVALID, "spec.replicas", value, "%s", "too few");
        field_error_add(&errors, FIELD_ERROR_REQUIRED, "spec.selector", NULL, "%s", "");
        refuse_invalid(&refusal, &ROLLOUTS, "a", &errors);
        assert_status(&refusal,
                      "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                      "\"status\":\"Failure\",\"message\":\"Rollout.argoproj.io \\\"a\\\" is "
                      "invalid: [spec.replicas: Invalid value: -1: too few, spec.selector: "
                      "Required value]\",\"reason\":\"Invalid\",\"details\":{\"name\":\"a\","
                      "\"group\":\"argoproj.io\",\"kind\":\"Rollout\",\"causes\":[{\"reason\":"
                      "\"FieldValueInvalid\",\"message\":\"Invalid value: -1: too few\","
                      "\"field\":\"spec.replicas\"},{\"reason\":\"FieldValueRequired\","
                      "\"message\":\"Required value\",\"field\":\"spec.selector\"}]},"
                      "\"code\":422}");
        /* The next one says nothing of it. */
        refuse_not_found(&refusal, &PODS, "b");
        assert_null(refusal.causes);
        refusal_deinit(&refusal);
}

static void test_refusal__says_when_to_come_back(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct refusal refusal = { .arena = &arena };

        (void)state;
        refuse(&refusal, 429, "TooManyRequests", "%s", "later");
        refusal.retry_after_s = 10;
        assert_status(&refusal, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                                "\"status\":\"Failure\",\"message\":\"later\","
                                "\"reason\":\"TooManyRequests\","
                                "\"details\":{\"retryAfterSeconds\":10},\"code\":429}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_refusal__is_a_status),
                cmocka_unit_test(test_refusal__names_the_resource),
                cmocka_unit_test(test_refusal__has_a_cause_for_each_field),
                cmocka_unit_test(test_refusal__says_when_to_come_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
