#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_rig.h"
#include "support/socks_server.h"

/* An API server named kubernetes.default, which only the proxy can find. */
static struct identity *authority, *stranger, *server_identity, *proxy_identity, *other_identity;

static int setup_pki(void **state) {
        (void)state;
        authority = identity_new_authority("cluster");
        stranger = identity_new_authority("another cluster");
        server_identity = identity_issue(authority, "api", "DNS:kubernetes.default,DNS:api");
        proxy_identity = identity_issue(authority, "proxy", "IP:127.0.0.1");
        other_identity = identity_issue(stranger, "proxy", "IP:127.0.0.1");
        return 0;
}

static int teardown_pki(void **state) {
        (void)state;
        identity_free(authority);
        identity_free(stranger);
        identity_free(server_identity);
        identity_free(proxy_identity);
        identity_free(other_identity);
        return 0;
}

/* What the proxy was asked: written by its thread before the server sees anything. */
struct proxied {
        struct rig rig;
        struct http_server *proxy;
        char connect[2048];
};

static void serve_head(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)ctx;
        http_peer_answer(peer, 200, request->head);
}

static void serve_connect(struct http_peer *peer, const struct http_request *request, void *ctx) {
        struct proxied *p = ctx;

        snprintf(p->connect, sizeof(p->connect), "%s\r\n", request->head);
        http_peer_send(peer, "HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n");
        http_peer_tunnel(peer, http_server_port(p->rig.server));
}

static void serve_refusal(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_answer(peer, 407, "who are you?");
}

static void init_server(struct proxied *p) {
        const struct http_server_options options = {
                .identity = server_identity,
                .serve = serve_head,
                .ctx = &p->rig,
        };

        memset(p, 0, sizeof(*p));
        rig_init_server(&p->rig, &options, "https://kubernetes.default");
        strbuf_puts(&p->rig.config->ca, authority->certificate_pem);
}

static void set_proxy(struct proxied *p, const char *scheme_and_user, unsigned port) {
        char url[128];

        snprintf(url, sizeof(url), "%s127.0.0.1:%u", scheme_and_user, port);
        free(p->rig.config->proxy_url);
        p->rig.config->proxy_url = strdup(url);
}

static void init(struct proxied *p, rig_script script, const char *scheme_and_user,
                 const struct identity *identity) {
        const struct http_server_options options = {
                .identity = identity,
                .serve = script,
                .ctx = p,
        };

        init_server(p);
        p->proxy = http_server_start(&options);
        set_proxy(p, scheme_and_user, http_server_port(p->proxy));
}

static void deinit(struct proxied *p) {
        client_free(p->rig.client); /* ends the tunnels, on whose threads the proxy waits */
        p->rig.client = NULL;
        http_server_stop(p->proxy);
        rig_deinit(&p->rig);
}

static void test_client_proxy__each_is_told_what_is_for_it(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 };
        struct proxied p;
        char line[128];

        (void)state;
        init(&p, serve_connect, "http://me:p%40ss@", NULL);
        p.rig.config->token = strdup("secret");
        strlist_add(&p.rig.config->impersonation, "Impersonate-User: jane");
        rig_connect(&p.rig);
        rig_do(&p.rig, &get, REQUEST_GET, "/x", NULL);
        check_ok(&get, NULL);
        rig_do(&p.rig, &patch, REQUEST_PATCH, "/x", "{}");
        check_ok(&patch, NULL);
        assert_int_equal(http_server_connections(p.proxy), 1);

        snprintf(line, sizeof(line), "CONNECT kubernetes.default:%u HTTP/1.1\r\n",
                 http_server_port(p.rig.server));
        assert_memory_equal(p.connect, line, strlen(line));
        assert_non_null(strstr(p.connect, "\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n"));
        assert_null(strstr(p.connect, "secret"));
        assert_null(strstr(p.connect, "Impersonate"));
        assert_non_null(strstr(strbuf_str(&get.body), "\r\nAuthorization: Bearer secret"));
        assert_non_null(strstr(strbuf_str(&get.body), "\r\nImpersonate-User: jane"));
        assert_null(strstr(strbuf_str(&get.body), "Proxy-"));
        deinit(&p);
}

static void test_client_proxy__tls_server_name_is_no_address(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 };
        struct proxied p;

        (void)state;
        init(&p, serve_connect, "http://", NULL);
        free(p.rig.config->server);
        p.rig.config->server = strdup("https://192.0.2.1:6443");
        p.rig.config->tls_server_name = strdup("api");
        rig_connect(&p.rig);
        rig_do(&p.rig, &get, REQUEST_GET, "/x", NULL);
        check_ok(&get, NULL);
        assert_memory_equal(p.connect, "CONNECT 192.0.2.1:6443 ", 23);
        assert_non_null(strstr(strbuf_str(&get.body), "\r\nHost: 192.0.2.1:6443\r\n"));
        deinit(&p);
}

/* Whatever the proxy says, the server has not seen the write. */
static void check_refused(struct proxied *p, enum err_code get_code) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 };

        rig_connect(&p->rig);
        rig_do(&p->rig, &get, REQUEST_GET, "/x", NULL);
        check_failed(&get, get_code, "GET /x: ");
        rig_do(&p->rig, &patch, REQUEST_PATCH, "/x", "{}");
        check_failed(&patch, ERR_UNREACHABLE, "PATCH /x: ");
        assert_int_equal(http_server_connections(p->rig.server), 0);
        deinit(p);
}

static void test_client_proxy__refusal_is_no_answer_of_the_server(void **state) {
        struct proxied p;

        (void)state;
        init(&p, serve_refusal, "http://", NULL);
        check_refused(&p, ERR_UNAVAILABLE);
}

static void test_client_proxy__over_tls_is_trusted_as_the_server_is(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 };
        struct proxied p;

        (void)state;
        init(&p, serve_connect, "https://", proxy_identity);
        rig_connect(&p.rig);
        rig_do(&p.rig, &get, REQUEST_GET, "/x", NULL);
        check_ok(&get, NULL);
        deinit(&p);
        init(&p, serve_connect, "https://", other_identity);
        check_refused(&p, ERR_UNREACHABLE);
}

static void test_client_proxy__socks_is_told_the_name(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 };
        struct socks_server *socks;
        struct proxied p;
        char asked[64];

        (void)state;
        init_server(&p);
        socks = socks_server_start(http_server_port(p.rig.server));
        set_proxy(&p, "socks5://", socks_server_port(socks));
        rig_connect(&p.rig);
        rig_do(&p.rig, &get, REQUEST_GET, "/x", NULL);
        check_ok(&get, NULL);
        snprintf(asked, sizeof(asked), "kubernetes.default:%u", http_server_port(p.rig.server));
        assert_string_equal(socks_server_asked(socks), asked);
        client_free(p.rig.client);
        p.rig.client = NULL;
        socks_server_stop(socks);
        rig_deinit(&p.rig);
}

/* The decision is ours alone: see proxy.h. */
static void test_client_proxy__libcurl_does_not_look_at_the_environment(void **state) {
        static const char *const names[] = { "http_proxy", "HTTPS_PROXY", "https_proxy",
                                             "ALL_PROXY" };
        OUTCOME_CLEANUP struct outcome direct = { 0 }, proxied = { 0 };
        struct proxied p;
        struct rig rig;

        (void)state;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                setenv(names[i], "http://127.0.0.1:1", 1);
        rig_init(&rig, serve_head);
        rig_do(&rig, &direct, REQUEST_GET, "/x", NULL);
        check_ok(&direct, NULL);
        rig_deinit(&rig);

        setenv("NO_PROXY", "*", 1);
        setenv("no_proxy", "kubernetes.default", 1);
        init(&p, serve_connect, "http://", NULL);
        rig_connect(&p.rig);
        rig_do(&p.rig, &proxied, REQUEST_GET, "/x", NULL);
        check_ok(&proxied, NULL);
        assert_int_equal(http_server_connections(p.proxy), 1);
        deinit(&p);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                unsetenv(names[i]);
        unsetenv("NO_PROXY");
        unsetenv("no_proxy");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client_proxy__each_is_told_what_is_for_it),
                cmocka_unit_test(test_client_proxy__tls_server_name_is_no_address),
                cmocka_unit_test(test_client_proxy__refusal_is_no_answer_of_the_server),
                cmocka_unit_test(test_client_proxy__over_tls_is_trusted_as_the_server_is),
                cmocka_unit_test(test_client_proxy__socks_is_told_the_name),
                cmocka_unit_test(test_client_proxy__libcurl_does_not_look_at_the_environment),
        };

        return cmocka_run_group_tests(tests, setup_pki, teardown_pki);
}
