/* What is made is asked of by another library's eyes: verified with a store, as clients do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credentials.h"
#include "llc/base/strbuf.h"
#include "llc/sys/clock.h"
#include "llc/sys/file.h"
#include "private_file.h"

static const int64_t YEAR_MS = INT64_C(365) * 24 * 60 * 60 * 1000;

static const char *const FILES[] = { "ca.crt", "server.crt", "server.key", "admin.token" };
enum { N_FILES = sizeof(FILES) / sizeof(FILES[0]) };

static char folder[64];

static int setup(void **state) {
        (void)state;
        snprintf(folder, sizeof(folder), "/tmp/llc-credentials-XXXXXX");
        return mkdtemp(folder) ? 0 : -1;
}

static const char *path_of(const char *name) {
        static char path[128];

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        return path;
}

static int teardown(void **state) {
        (void)state;
        for (size_t i = 0; i < N_FILES; i++)
                unlink(path_of(FILES[i]));
        return rmdir(folder);
}

static struct credentials *load(int64_t now_ms) {
        struct credentials *credentials;
        struct err err;

        if (credentials_load(folder, now_ms, &credentials, &err) < 0)
                fail_msg("%s", err.msg);
        return credentials;
}

static X509 *parse(const char *pem) {
        BIO *bio = BIO_new_mem_buf(pem, -1);
        X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);

        BIO_free(bio);
        assert_non_null(x509);
        return x509;
}

static void test_credentials__a_client_trusts_the_server(void **state) {
        struct credentials *credentials = load(clock_wall_ms());
        X509 *authority = parse(credentials->authority_pem);
        X509 *server = parse(credentials->certificate_pem);
        X509_STORE *store = X509_STORE_new();
        X509_STORE_CTX *ctx = X509_STORE_CTX_new();

        (void)state;
        assert_true(X509_STORE_add_cert(store, authority));
        assert_true(X509_STORE_CTX_init(ctx, store, server, NULL));
        X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_X509_STRICT);
        X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
        if (X509_verify_cert(ctx) != 1)
                fail_msg("%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
        assert_int_equal(X509_check_ip_asc(server, "127.0.0.1", 0), 1);
        assert_int_equal(X509_check_ip_asc(server, "::1", 0), 1);
        assert_int_equal(X509_check_host(server, "localhost", 0, 0, NULL), 1);
        assert_int_equal(X509_check_ip_asc(server, "192.0.2.1", 0), 0);
        assert_int_equal(X509_check_ca(server), 0);
        assert_int_equal(X509_check_ca(authority), 1);
        X509_STORE_CTX_free(ctx);
        X509_STORE_free(store);
        X509_free(server);
        X509_free(authority);
        credentials_free(credentials);
}

static void test_credentials__nobody_else_reads_them(void **state) {
        struct stat file;

        (void)state;
        credentials_free(load(clock_wall_ms()));
        for (size_t i = 0; i < N_FILES; i++) {
                assert_int_equal(stat(path_of(FILES[i]), &file), 0);
                assert_int_equal(file.st_mode & 0777, 0600);
        }
}

static void test_credentials__stay_the_same(void **state) {
        struct credentials *first = load(clock_wall_ms()), *second = load(clock_wall_ms());

        (void)state;
        assert_string_equal(first->authority_pem, second->authority_pem);
        assert_string_equal(first->certificate_pem, second->certificate_pem);
        assert_string_equal(first->key_pem, second->key_pem);
        assert_string_equal(first->token, second->token);
        assert_int_equal(strlen(first->token), 64);
        credentials_free(first);
        credentials_free(second);
}

/* Expects new ones, all of them. */
static void assert_renewed(const struct credentials *before, int64_t now_ms) {
        struct credentials *after = load(now_ms);

        assert_string_not_equal(before->authority_pem, after->authority_pem);
        assert_string_not_equal(before->certificate_pem, after->certificate_pem);
        assert_string_not_equal(before->token, after->token);
        credentials_free(after);
}

static void test_credentials__made_anew_when_they_do_not_fit(void **state) {
        int64_t now_ms = clock_wall_ms();

        (void)state;
        for (size_t i = 0; i < N_FILES; i++) {
                struct credentials *before = load(now_ms);
                struct err err;

                assert_int_equal(unlink(path_of(FILES[i])), 0);
                assert_renewed(before, now_ms);
                credentials_free(before);
                before = load(now_ms);
                assert_int_equal(private_file_write(path_of(FILES[i]), bytes_of("nonsense"), &err),
                                 0);
                assert_renewed(before, now_ms);
                credentials_free(before);
        }
}

static void test_credentials__made_anew_before_they_expire(void **state) {
        int64_t now_ms = clock_wall_ms();
        struct credentials *before = load(now_ms), *later = load(now_ms + 9 * YEAR_MS);

        (void)state;
        assert_string_equal(before->token, later->token);
        credentials_free(later);
        assert_renewed(before, now_ms + 10 * YEAR_MS);
        credentials_free(before);
}

static void test_credentials__a_folder_that_is_not_there(void **state) {
        struct credentials *credentials;
        struct err err;

        (void)state;
        assert_int_equal(credentials_load("/nonexistent/llc", 0, &credentials, &err), -1);
        assert_int_equal(err.code, ERR_IO);
        assert_non_null(strstr(err.msg, "/nonexistent/llc/ca.crt"));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                WITH(test_credentials__a_client_trusts_the_server),
                WITH(test_credentials__nobody_else_reads_them),
                WITH(test_credentials__stay_the_same),
                WITH(test_credentials__made_anew_when_they_do_not_fit),
                WITH(test_credentials__made_anew_before_they_expire),
                WITH(test_credentials__a_folder_that_is_not_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
