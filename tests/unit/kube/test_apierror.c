#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/kube/apierror.h"

static struct err decode(int http_status, const char *body) {
        struct err err = { .code = ERR_NONE };

        assert_int_equal(apierror_decode(&(struct apierror_input){ .http_status = http_status,
                                                                   .body = bytes_of(body) },
                                         &err),
                         -1);
        return err;
}

static void check(int http_status, const char *body, enum err_code code, const char *message) {
        struct err err = decode(http_status, body);

        assert_string_equal(err_code_name(err.code), err_code_name(code));
        assert_string_equal(err.msg, message);
}

static void test_apierror__status_codes_become_errors(void **state) {
        static const struct {
                int http_status;
                enum err_code code;
        } CASES[] = {
                { 400, ERR_INVALID },     { 401, ERR_UNAUTHORIZED }, { 403, ERR_FORBIDDEN },
                { 404, ERR_NO_KIND },     { 405, ERR_INVALID },      { 406, ERR_INVALID },
                { 408, ERR_TIMEOUT },     { 409, ERR_CONFLICT },     { 410, ERR_GONE },
                { 413, ERR_TOO_LARGE },   { 415, ERR_INVALID },      { 422, ERR_INVALID },
                { 429, ERR_THROTTLED },   { 499, ERR_INVALID },      { 500, ERR_UNAVAILABLE },
                { 502, ERR_UNAVAILABLE }, { 503, ERR_UNAVAILABLE },  { 504, ERR_TIMEOUT },
                { 301, ERR_PROTOCOL },    { 0, ERR_PROTOCOL },       { 600, ERR_PROTOCOL },
                { -1, ERR_PROTOCOL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
                assert_int_equal(decode(CASES[i].http_status, "").code, CASES[i].code);
}

static void test_apierror__not_found_names_the_object_or_the_kind(void **state) {
        (void)state;
        check(404,
              "{\"kind\":\"Status\",\"message\":\"pods \\\"a\\\" not found\",\"reason\":"
              "\"NotFound\",\"details\":{\"name\":\"a\",\"kind\":\"pods\"},\"code\":404}",
              ERR_NOT_FOUND, "pods \"a\" not found");
        check(404,
              "{\"kind\":\"Status\",\"message\":\"the server could not find the requested "
              "resource\",\"reason\":\"NotFound\",\"details\":{},\"code\":404}",
              ERR_NO_KIND, "the server could not find the requested resource");
        check(404, "404 page not found\n", ERR_NO_KIND, "HTTP status 404 without a message");
        check(404, "{\"kind\":\"Status\",\"details\":{\"name\":\"\"}}", ERR_NO_KIND,
              "HTTP status 404 without a message");
        check(404, "{\"kind\":\"Pod\",\"details\":{\"name\":\"a\"}}", ERR_NO_KIND,
              "HTTP status 404 without a message");
}

static void test_apierror__conflicts_are_told_from_what_exists(void **state) {
        (void)state;
        check(409, "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"message\":\"m\"}",
              ERR_ALREADY_EXISTS, "m");
        check(409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"m\"}", ERR_CONFLICT,
              "m");
}

static void test_apierror__another_uid_is_a_conflict(void **state) {
        (void)state;
        check(422,
              "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":\"m\",\"details\":{"
              "\"causes\":[{\"field\":\"spec\"},7,{\"reason\":\"FieldValueInvalid\",\"message\":"
              "\"field is immutable\",\"field\":\"metadata.uid\"}]}}",
              ERR_CONFLICT, "m");
        check(422,
              "{\"kind\":\"Status\",\"message\":\"m\",\"details\":{\"causes\":[{\"field\":"
              "\"spec\"}]}}",
              ERR_INVALID, "m");
        check(422, "{\"kind\":\"Status\",\"message\":\"m\",\"details\":{\"causes\":{}}}",
              ERR_INVALID, "m");
}

static void test_apierror__watch_events_bring_their_own_code(void **state) {
        (void)state;
        check(200, "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}", ERR_GONE,
              "too old");
        check(0, "{\"kind\":\"Status\",\"code\":429,\"message\":\"m\"}", ERR_THROTTLED, "m");
        check(200, "{\"kind\":\"Status\",\"code\":\"410\"}", ERR_PROTOCOL,
              "HTTP status 0 without a message");
        check(200, "{\"kind\":\"Status\",\"code\":9223372036854775807}", ERR_PROTOCOL,
              "HTTP status 9223372036854775807 without a message");
        /* The answer's own status is believed before the body's. */
        check(403,
              "{\"kind\":\"Status\",\"message\":\"m\",\"details\":{\"causes\":[{\"field\":"
              "\"metadata.namespace\",\"reason\":\"NamespaceTerminating\"}]}}",
              ERR_TERMINATING, "m");
        check(403, "{\"kind\":\"Status\",\"code\":410,\"message\":\"m\"}", ERR_FORBIDDEN, "m");
}

static void test_apierror__a_namespace_that_goes_is_left_in_peace(void **state) {
        static const char body[] = "{\"kind\":\"Status\",\"details\":{\"causes\":[{\"reason\":"
                                   "\"NamespaceTerminating\"}]}}";
        struct err err;

        (void)state;
        apierror_decode(&(struct apierror_input){ 403, bytes_of(body), 0 }, &err);
        assert_int_equal(err.retry_after_ms, 10000);
        apierror_decode(&(struct apierror_input){ 403, bytes_of(body), 3000 }, &err);
        assert_int_equal(err.retry_after_ms, 3000);
}

static int64_t retry_after(int64_t header_ms, const char *body) {
        struct err err = { .code = ERR_NONE };

        apierror_decode(&(struct apierror_input){ 429, bytes_of(body), header_ms }, &err);
        assert_int_equal(err.code, ERR_THROTTLED);
        return err.retry_after_ms;
}

static void test_apierror__retry_after_comes_from_header_or_body(void **state) {
        const char *body = "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":5}}";

        (void)state;
        assert_int_equal(retry_after(0, ""), 0);
        assert_int_equal(retry_after(2000, ""), 2000);
        assert_int_equal(retry_after(0, body), 5000);
        assert_int_equal(retry_after(2000, body), 2000);
        assert_int_equal(retry_after(-7, ""), 0);
        assert_int_equal(retry_after(INT64_MAX, ""), 3600000);
        assert_int_equal(
                retry_after(0, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":-5}}"), 0);
        assert_int_equal(retry_after(0, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":"
                                        "9223372036854775807}}"),
                         3600000);
        assert_int_equal(retry_after(0, "{\"kind\":\"Status\",\"details\":[]}"), 0);
}

static void test_apierror__any_body_becomes_an_error(void **state) {
        static const char *const BODIES[] = {
                "",
                "null",
                "[]",
                "{",
                "<html>log in</html>",
                "{\"kind\":7}",
                "{\"kind\":\"Status\",\"message\":{},\"reason\":1,\"details\":[],\"code\":\"x\"}",
                "{\"kind\":\"Status\",\"message\":null,\"details\":{\"name\":[],\"causes\":\"x\"}}",
                "\xff\xfe{\"kind\":\"Status\"}",
                "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(BODIES) / sizeof(*BODIES); i++)
                check(422, BODIES[i], ERR_INVALID, "HTTP status 422 without a message");
}

static void test_apierror__messages_are_one_line_and_cut(void **state) {
        char body[2048] = "{\"kind\":\"Status\",\"message\":\"a\\nb ";
        struct err err;

        (void)state;
        check(403, "{\"kind\":\"Status\",\"message\":\"a%s\\nb\"}", ERR_FORBIDDEN, "a%s?b");
        memset(body + strlen(body), 'x', 1500);
        memcpy(body + strlen(body), "\"}", 3);
        err = decode(403, body);
        assert_int_equal(strlen(err.msg), ERR_MSG_SIZE - 1);
        assert_memory_equal(err.msg, "a?b xxx", 7);
}

static void test_apierror__bodies_that_are_too_big_are_not_read(void **state) {
        static char body[300 << 10] = "{\"kind\":\"Status\",\"message\":\"m\",\"x\":\"";

        (void)state;
        memset(body + strlen(body), 'x', sizeof(body) - strlen(body) - 1);
        memcpy(body + sizeof(body) - 3, "\"}", 3);
        check(503, body, ERR_UNAVAILABLE, "HTTP status 503 without a message");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_apierror__status_codes_become_errors),
                cmocka_unit_test(test_apierror__not_found_names_the_object_or_the_kind),
                cmocka_unit_test(test_apierror__conflicts_are_told_from_what_exists),
                cmocka_unit_test(test_apierror__another_uid_is_a_conflict),
                cmocka_unit_test(test_apierror__watch_events_bring_their_own_code),
                cmocka_unit_test(test_apierror__a_namespace_that_goes_is_left_in_peace),
                cmocka_unit_test(test_apierror__retry_after_comes_from_header_or_body),
                cmocka_unit_test(test_apierror__any_body_becomes_an_error),
                cmocka_unit_test(test_apierror__messages_are_one_line_and_cut),
                cmocka_unit_test(test_apierror__bodies_that_are_too_big_are_not_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
