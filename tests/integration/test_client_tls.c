#define _GNU_SOURCE /* unshare */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/x509.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client_rig.h"

/* The authority of the cluster, a server of it on 127.0.0.1, and a client of it. */
struct pki {
        struct identity *authority, *namesake, *stranger, *server, *client;
};

static struct pki pki;

static int setup_pki(void **state) {
        (void)state;
        pki.authority = identity_new_authority("cluster");
        pki.namesake = identity_new_authority("cluster"); /* another key */
        pki.stranger = identity_new_authority("another cluster");
        pki.server = identity_issue(pki.authority, "api", "IP:127.0.0.1,DNS:kubernetes.default");
        pki.client = identity_issue(pki.authority, "system:llc", NULL);
        return 0;
}

static int teardown_pki(void **state) {
        (void)state;
        identity_free(pki.authority);
        identity_free(pki.namesake);
        identity_free(pki.stranger);
        identity_free(pki.server);
        identity_free(pki.client);
        return 0;
}

static void serve_host_and_client(struct http_peer *peer, const struct http_request *request,
                                  void *ctx) {
        const char *host = strstr(request->head, "\r\nHost: ");
        char answer[256];

        (void)ctx;
        snprintf(answer, sizeof(answer), "%.*s %s%s%s", host ? (int)strcspn(host + 8, "\r") : 0,
                 host ? host + 8 : "", request->client_name ? request->client_name : "nobody",
                 request->server_name ? " for " : "",
                 request->server_name ? request->server_name : "");
        http_peer_answer(peer, 200, answer);
}

static void rig_init_tls(struct rig *rig, rig_script script, bool ask_client,
                         const struct identity *trusted) {
        const struct http_server_options options = {
                .identity = pki.server,
                .client_authority = ask_client ? pki.authority : NULL,
                .serve = script,
                .ctx = rig,
        };

        rig_init_server(rig, &options, "https://127.0.0.1");
        strbuf_puts(&rig->config->ca, trusted->certificate_pem);
}

static void test_client_tls__the_clusters_authority_is_trusted(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        char expected[64];
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_host_and_client, false, pki.authority);
        rig_connect(&rig);
        snprintf(expected, sizeof(expected), "127.0.0.1:%u nobody", http_server_port(rig.server));
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_ok(&a, expected);
        rig_do(&rig, &b, REQUEST_PATCH, "/x", "{}");
        check_ok(&b, expected);
        assert_int_equal(http_server_connections(rig.server), 1);
        rig_deinit(&rig);
}

/* Nothing may be sent to a server that is not trusted. */
static void check_refused(struct rig *rig) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 };

        rig_connect(rig);
        rig_do(rig, &get, REQUEST_GET, "/x", NULL);
        check_failed(&get, ERR_UNREACHABLE, "GET /x: ");
        rig_do(rig, &patch, REQUEST_PATCH, "/x", "{}");
        check_failed(&patch, ERR_UNREACHABLE, "PATCH /x: ");
        assert_int_equal(http_server_requests(rig->server), 0);
        rig_deinit(rig);
}

static void test_client_tls__another_authority_is_refused(void **state) {
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_host_and_client, false, pki.namesake);
        check_refused(&rig);
        rig_init_tls(&rig, serve_host_and_client, false, pki.stranger);
        check_refused(&rig);
}

static void test_client_tls__another_name_is_refused(void **state) {
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_host_and_client, false, pki.authority);
        free(rig.config->server);
        rig.config->server = malloc(64);
        snprintf(rig.config->server, 64, "https://localhost:%u", http_server_port(rig.server));
        check_refused(&rig);
        rig_init_tls(&rig, serve_host_and_client, false, pki.authority);
        rig.config->tls_server_name = strdup("kubernetes.other");
        check_refused(&rig);
}

static void test_client_tls__tls_server_name_replaces_the_host(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        char expected[64];
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_host_and_client, false, pki.authority);
        rig.config->tls_server_name = strdup("kubernetes.default");
        rig_connect(&rig);
        snprintf(expected, sizeof(expected), "127.0.0.1:%u nobody for kubernetes.default",
                 http_server_port(rig.server));
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_ok(&a, expected);
        rig_deinit(&rig);
}

static void test_client_tls__insecure_takes_any_server(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_host_and_client, true, pki.stranger);
        strbuf_clear(&rig.config->ca);
        rig.config->insecure = true;
        strbuf_puts(&rig.config->client_certificate, pki.client->certificate_pem);
        strbuf_puts(&rig.config->client_key, pki.client->key_pem);
        rig_connect(&rig);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_ok(&a, NULL);
        assert_non_null(strstr(strbuf_str(&a.body), " system:llc"));
        client_free(rig.client);
        rig.config->tls_server_name = strdup("of.nobody"); /* not in its certificate */
        rig_connect(&rig);
        rig_do(&rig, &b, REQUEST_GET, "/x", NULL);
        check_ok(&b, NULL);
        assert_non_null(strstr(strbuf_str(&b.body), " for of.nobody"));
        rig_deinit(&rig);
}

static void test_client_tls__client_certificate_is_presented(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_host_and_client, true, pki.authority);
        strbuf_puts(&rig.config->client_certificate, pki.client->certificate_pem);
        strbuf_puts(&rig.config->client_key, pki.client->key_pem);
        rig_connect(&rig);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_ok(&a, NULL);
        assert_non_null(strstr(strbuf_str(&a.body), " system:llc"));
        rig_deinit(&rig);
}

static void test_client_tls__https_without_an_authority_is_refused(void **state) {
        struct client_options options;
        struct client *client = NULL;
        struct err err;
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_host_and_client, false, pki.authority);
        strbuf_clear(&rig.config->ca);
        options = (struct client_options){ rig.loop, rig.config, "llc-test/1.0" };
        assert_int_equal(client_new(&options, &client, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_null(client);
        rig_deinit(&rig);
}

static void serve_commit_and_reset(struct http_peer *peer, const struct http_request *request,
                                   void *ctx) {
        struct rig *rig = ctx;

        if (strcmp(request->target, "/warm") == 0 || atomic_fetch_add(&rig->committed, 1) > 0)
                http_peer_answer(peer, 200, "warm");
        else
                http_peer_reset(peer);
}

static void test_client_tls__write_on_a_reused_connection_is_never_sent_twice(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_commit_and_reset, false, pki.authority);
        rig_connect(&rig);
        rig_do(&rig, &a, REQUEST_GET, "/warm", NULL);
        rig_do(&rig, &b, REQUEST_PATCH, "/x", "{}");
        check_failed(&b, ERR_AMBIGUOUS, "PATCH /x: ");
        assert_int_equal(rig.committed, 1);
        rig_deinit(&rig);
}

static void serve_cut(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{\"until\":");
        http_peer_close(peer);
}

static void test_client_tls__cut_body_is_an_error(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init_tls(&rig, serve_cut, false, pki.authority);
        rig_connect(&rig);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_failed(&a, ERR_UNAVAILABLE, "GET /x: ");
        rig_deinit(&rig);
}

/*
 * Makes our authority one that the system trusts: its own view of /etc/ssl/certs holds nothing
 * else, under the name by which OpenSSL looks for it. False when that is not allowed here.
 */
static bool system_trust_authority(void) {
        unsigned long hash = X509_subject_name_hash(pki.authority->certificate);
        char path[64];
        FILE *file;

        if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
                return false;
        if (mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0 ||
            mount("tmpfs", "/etc/ssl/certs", "tmpfs", 0, "") < 0)
                return false;
        snprintf(path, sizeof(path), "/etc/ssl/certs/%08lx.0", hash);
        file = fopen(path, "w");
        if (!file || fputs(pki.authority->certificate_pem, file) < 0 || fclose(file) != 0)
                return false;
        file = fopen("/etc/ssl/certs/ca-certificates.crt", "w");
        return file && fputs(pki.authority->certificate_pem, file) >= 0 && fclose(file) == 0;
}

enum { REFUSED, SKIPPED = 10 };

static void test_client_tls__what_the_system_trusts_is_refused(void **state) {
        int status;
        pid_t pid = fork();

        (void)state;
        assert_true(pid >= 0);
        if (pid == 0) {
                struct rig rig;

                if (!system_trust_authority())
                        _exit(SKIPPED);
                setenv("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt", 1);
                setenv("SSL_CERT_DIR", "/etc/ssl/certs", 1);
                rig_init_tls(&rig, serve_host_and_client, false, pki.stranger);
                check_refused(&rig); /* a failure leaves the child with another status */
                _exit(REFUSED);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == SKIPPED)
                skip();
        assert_int_equal(WEXITSTATUS(status), REFUSED);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client_tls__the_clusters_authority_is_trusted),
                cmocka_unit_test(test_client_tls__another_authority_is_refused),
                cmocka_unit_test(test_client_tls__another_name_is_refused),
                cmocka_unit_test(test_client_tls__tls_server_name_replaces_the_host),
                cmocka_unit_test(test_client_tls__insecure_takes_any_server),
                cmocka_unit_test(test_client_tls__client_certificate_is_presented),
                cmocka_unit_test(test_client_tls__https_without_an_authority_is_refused),
                cmocka_unit_test(test_client_tls__write_on_a_reused_connection_is_never_sent_twice),
                cmocka_unit_test(test_client_tls__cut_body_is_an_error),
                cmocka_unit_test(test_client_tls__what_the_system_trusts_is_refused),
        };

        return cmocka_run_group_tests(tests, setup_pki, teardown_pki);
}
