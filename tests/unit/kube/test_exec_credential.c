#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "exec_credential.h"

#define V1          "client.authentication.k8s.io/v1"
#define OF(status)  "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":" status "}"
#define CERTIFICATE "\"clientCertificateData\":\"-----BEGIN CERTIFICATE-----\\nc\\n\""
#define KEY         "\"clientKeyData\":\"-----BEGIN EC PRIVATE KEY-----\\nsecret\\n\""

static void test_exec_credential__token(void **state) {
        struct exec_credential credential;
        struct err err;

        (void)state;
        assert_int_equal(
                exec_credential_parse(bytes_of(OF("{\"token\":\"abc.def\",\"expirationTimestamp\":"
                                                  "\"2023-11-14T22:13:20Z\",\"new\":[1]}") "\n"),
                                      V1, &credential, &err),
                0);
        assert_string_equal(credential.token, "abc.def");
        assert_int_equal(credential.certificate.len, 0);
        assert_true(credential.expires);
        assert_int_equal(credential.expires_ms, 1700000000000);
        exec_credential_deinit(&credential);
        assert_null(credential.token);
}

static void test_exec_credential__certificate(void **state) {
        struct exec_credential credential;
        struct err err;

        (void)state;
        assert_int_equal(exec_credential_parse(bytes_of(OF("{" CERTIFICATE "," KEY
                                                           ",\"token\":\"\","
                                                           "\"expirationTimestamp\":null}")),
                                               V1, &credential, &err),
                         0);
        assert_null(credential.token);
        assert_string_equal(strbuf_str(&credential.certificate),
                            "-----BEGIN CERTIFICATE-----\nc\n");
        assert_string_equal(strbuf_str(&credential.key),
                            "-----BEGIN EC PRIVATE KEY-----\nsecret\n");
        assert_false(credential.expires);
        exec_credential_deinit(&credential);
}

static void test_exec_credential__what_is_none_is_refused_and_not_shown(void **state) {
        static const char *const cases[][2] = {
                { "", "the output is no JSON" },
                { "secret", "the output is no JSON" },
                { "[]", "the output is no ExecCredential" },
                { "{\"kind\":\"Secret\"}", "the output is no ExecCredential" },
                { "{\"kind\":\"ExecCredential\",\"apiVersion\":"
                  "\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"secret\"}}",
                  "the output is not of apiVersion " V1 },
                { "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\"}", "there is no status" },
                { OF("\"secret\""), "there is no status" },
                { OF("{}"), "there is neither a token nor a certificate" },
                { OF("{\"token\":5}"), "status.token is no string" },
                { OF("{\"token\":\"secret\\r\\nX: y\"}"),
                  "status.token is not printable ASCII without spaces" },
                { OF("{\"token\":\"secret\\u0000\"}"), "status.token contains NUL" },
                { OF("{" CERTIFICATE "}"),
                  "of clientCertificateData and clientKeyData only one is there" },
                { OF("{" KEY ",\"token\":\"secret\"}"),
                  "of clientCertificateData and clientKeyData only one is there" },
                { OF("{\"clientCertificateData\":\"secret\"," KEY "}"),
                  "status.clientCertificateData holds no PEM" },
                { OF("{" CERTIFICATE ",\"clientKeyData\":\"secret\"}"),
                  "status.clientKeyData holds no PEM" },
                { OF("{\"token\":\"a\",\"expirationTimestamp\":\"secret\"}"),
                  "status.expirationTimestamp is no RFC 3339 time" },
                { OF("{\"token\":\"a\",\"expirationTimestamp\":17}"),
                  "status.expirationTimestamp is no string" },
        };
        struct exec_credential credential;
        struct err err;

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(exec_credential_parse(bytes_of(cases[i][0]), V1, &credential,
                                                       &err),
                                 -1);
                if (err.code != ERR_PROTOCOL || strncmp(err.msg, cases[i][1], strlen(cases[i][1])))
                        fail_msg("%s: %s", cases[i][0], err.msg);
                assert_null(strstr(err.msg, "secret"));
        }
}

static void test_exec_credential__size_has_a_cap(void **state) {
        struct exec_credential credential;
        char *text = malloc(EXEC_CREDENTIAL_MAX_BYTES + 1);
        struct err err;
        int n = snprintf(text, 200, OF("{\"token\":\"a\"}"));

        (void)state;
        memset(text + n, ' ', (size_t)(EXEC_CREDENTIAL_MAX_BYTES + 1 - n));
        assert_int_equal(exec_credential_parse((struct bytes){ text,
                                                               EXEC_CREDENTIAL_MAX_BYTES + 1 },
                                               V1, &credential, &err),
                         -1);
        assert_int_equal(exec_credential_parse((struct bytes){ text, EXEC_CREDENTIAL_MAX_BYTES },
                                               V1, &credential, &err),
                         0);
        exec_credential_deinit(&credential);
        free(text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_exec_credential__token),
                cmocka_unit_test(test_exec_credential__certificate),
                cmocka_unit_test(test_exec_credential__what_is_none_is_refused_and_not_shown),
                cmocka_unit_test(test_exec_credential__size_has_a_cap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
