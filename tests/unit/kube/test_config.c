#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "llc/kube/config.h"

#define CA      "-----BEGIN CERTIFICATE-----\nca\n"
#define CA_64   "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCmNhCg=="
#define KEY     "-----BEGIN PRIVATE KEY-----\nsecret\n"
#define KEY_64  "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCnNlY3JldAo="
#define SERVER  "server: https://api.example:6443"
#define TRUSTED SERVER ", certificate-authority-data: " CA_64

/* A directory with the files a kubeconfig may name. */
struct fixture {
        char dir[32];
        struct kube_config *config;
        struct err err;
};

static void write_file(const struct fixture *f, const char *name, const char *text) {
        char path[128];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", f->dir, name);
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static const char *const FILES[] = { "ca.crt",    "tls.crt", "tls.key", "token",
                                     "namespace", "empty",   "config" };

static int setup(void **state) {
        struct fixture *f = calloc(1, sizeof(*f));

        memcpy(f->dir, "/tmp/llc-test-config-XXXXXX", 28);
        assert_non_null(mkdtemp(f->dir));
        write_file(f, "ca.crt", CA);
        write_file(f, "tls.crt", CA);
        write_file(f, "tls.key", KEY);
        write_file(f, "token", "from-file\n");
        write_file(f, "namespace", "shop\n");
        write_file(f, "empty", "");
        *state = f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;
        char path[128];

        for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
                snprintf(path, sizeof(path), "%s/%s", f->dir, FILES[i]);
                unlink(path);
        }
        rmdir(f->dir);
        kube_config_free(f->config);
        free(f);
        return 0;
}

/* Parses a kubeconfig with this cluster and user (flow style, without braces). */
static int parse(struct fixture *f, const char *cluster, const char *user) {
        char text[4096];

        kube_config_free(f->config);
        f->config = NULL;
        f->err.msg[0] = '\0';
        snprintf(text, sizeof(text),
                 "apiVersion: v1\nkind: Config\ncurrent-context: here\npreferences: {}\n"
                 "contexts:\n- {name: other, context: {cluster: x, user: x}}\n"
                 "- {name: here, context: {cluster: c, user: u, namespace: shop}}\n"
                 "clusters:\n- name: c\n  cluster: {%s}\n"
                 "users:\n- {name: x}\n- name: u\n  user: {%s}\n",
                 cluster, user);
        return kube_config_parse(bytes_of(text), f->dir, &f->config, &f->err);
}

static void check_error(struct fixture *f, const char *cluster, const char *user,
                        const char *expected) {
        assert_int_equal(parse(f, cluster, user), -1);
        assert_string_equal(f->err.msg, expected);
        assert_null(f->config);
}

static void test_config__inline_credentials(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, TRUSTED ", tls-server-name: kubernetes.default",
                               "client-certificate-data: " CA_64 ", client-key-data: " KEY_64
                               ", token: abc.def"),
                         0);
        assert_string_equal(f->config->server, "https://api.example:6443");
        assert_string_equal(f->config->namespace_, "shop");
        assert_string_equal(strbuf_str(&f->config->ca), CA);
        assert_string_equal(strbuf_str(&f->config->client_certificate), CA);
        assert_string_equal(strbuf_str(&f->config->client_key), KEY);
        assert_string_equal(f->config->token, "abc.def");
        assert_null(f->config->token_file);
        assert_string_equal(f->config->tls_server_name, "kubernetes.default");
}

static void test_config__paths_are_relative_to_its_directory(void **state) {
        struct fixture *f = *state;
        char cluster[128], token_file[64];

        snprintf(cluster, sizeof(cluster), "%s, certificate-authority: %s/ca.crt", SERVER, f->dir);
        assert_int_equal(parse(f, cluster,
                               "client-certificate: tls.crt, client-key: ./tls.key, "
                               "tokenFile: token"),
                         0);
        assert_string_equal(strbuf_str(&f->config->ca), CA);
        assert_string_equal(strbuf_str(&f->config->client_key), KEY);
        assert_null(f->config->token); /* the client reads it, again and again */
        snprintf(token_file, sizeof(token_file), "%s/token", f->dir);
        assert_string_equal(f->config->token_file, token_file);
}

static void test_config__load_names_the_file(void **state) {
        struct fixture *f = *state;
        char path[64], expected[256];

        snprintf(path, sizeof(path), "%s/config", f->dir);
        write_file(f, "config",
                   "{\"current-context\":\"a\",\"contexts\":[{\"name\":\"a\",\"context\":"
                   "{\"cluster\":\"c\"}}],\"clusters\":[{\"name\":\"c\",\"cluster\":"
                   "{\"server\":\"https://x\",\"certificate-authority\":\"ca.crt\"}}]}");
        assert_int_equal(kube_config_load(path, &f->config, &f->err), 0);
        assert_string_equal(strbuf_str(&f->config->ca), CA);
        assert_null(f->config->namespace_);

        write_file(f, "config", "current-context: [");
        assert_int_equal(kube_config_load(path, &f->config, &f->err), -1);
        snprintf(expected, sizeof(expected), "kubeconfig %s: YAML line ", path);
        assert_memory_equal(f->err.msg, expected, strlen(expected));

        unlink(path);
        assert_int_equal(kube_config_load(path, &f->config, &f->err), -1);
        assert_int_equal(f->err.code, ERR_IO);
        snprintf(expected, sizeof(expected), "kubeconfig: %s: No such file or directory", path);
        assert_string_equal(f->err.msg, expected);
}

static void test_config__size_has_a_cap(void **state) {
        struct fixture *f = *state;
        char *text = malloc((1 << 20) + 2);

        memset(text, ' ', (1 << 20) + 1);
        text[(1 << 20) + 1] = '\0';
        assert_int_equal(kube_config_parse(bytes_of(text), "/", &f->config, &f->err), -1);
        assert_int_equal(f->err.code, ERR_TOO_LARGE);
        text[1 << 20] = '\0';
        assert_int_equal(kube_config_parse(bytes_of(text), "/", &f->config, &f->err), -1);
        assert_string_equal(f->err.msg, "kubeconfig: must be an object, not null");
        free(text);
}

static void test_config__plain_http_needs_no_authority(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, "server: 'http://127.0.0.1:8001'", ""), 0);
        assert_int_equal(f->config->ca.len, 0);
        check_error(
                f, "server: 'http://10.0.0.1'", "",
                "kubeconfig: clusters[0].cluster.server: plain http is for loopback hosts only");
        check_error(f, SERVER, "",
                    "kubeconfig: clusters[0].cluster.certificate-authority-data: not set (the "
                    "system's authorities are not trusted)");
}

static void test_config__unknown_and_empty_fields_are_ignored(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f,
                               TRUSTED ", extensions: [{name: x, extension: {a: 1}}], "
                                       "insecure-skip-tls-verify: false, proxy-url: '', "
                                       "disable-compression: true, tls-server-name: ''",
                               "exec: null, auth-provider: {}, username: '', as-groups: [], "
                               "token: '', new-field: [1]"),
                         0);
        assert_null(f->config->token);
        assert_null(f->config->tls_server_name);
        assert_null(f->config->proxy_url);
        assert_null(f->config->exec.api_version);
        assert_false(f->config->insecure);
        assert_true(f->config->disable_compression);
}

static void test_config__what_we_cannot_do_is_refused_by_name(void **state) {
        static const char *const users[] = {
                "auth-provider: {name: gcp}",
                "username: secret",
                "password: secret",
        };
        struct fixture *f = *state;
        char expected[128];

        for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
                snprintf(expected, sizeof(expected),
                         "kubeconfig: users[1].user.%.*s: is not supported",
                         (int)strcspn(users[i], ":"), users[i]);
                check_error(f, TRUSTED, users[i], expected);
        }
}

static void test_config__insecure(void **state) {
        struct fixture *f = *state;

        assert_int_equal(parse(f, SERVER ", insecure-skip-tls-verify: true", ""), 0);
        assert_true(f->config->insecure);
        assert_int_equal(f->config->ca.len, 0);
        check_error(f, TRUSTED ", insecure-skip-tls-verify: true", "",
                    "kubeconfig: clusters[0].cluster.insecure-skip-tls-verify: must not be set "
                    "beside a certificate-authority");
        check_error(f, SERVER ", insecure-skip-tls-verify: 'true'", "",
                    "kubeconfig: clusters[0].cluster.insecure-skip-tls-verify: must be true or "
                    "false, not string");
}

static void test_config__proxy_url(void **state) {
        struct fixture *f = *state;

        setenv("HTTPS_PROXY", "http://other", 1); /* is not looked at here */
        assert_int_equal(parse(f, TRUSTED ", proxy-url: 'socks5://me:secret@a:1'", ""), 0);
        assert_string_equal(f->config->proxy_url, "socks5://me:secret@a:1");
        assert_int_equal(parse(f, TRUSTED, ""), 0);
        assert_null(f->config->proxy_url);
        unsetenv("HTTPS_PROXY");
        check_error(f, TRUSTED ", proxy-url: 'ftp://secret'", "",
                    "kubeconfig: clusters[0].cluster.proxy-url: must be an http, https or socks5 "
                    "URL");
        check_error(f, TRUSTED ", proxy-url: 'secret:3128'", "",
                    "kubeconfig: clusters[0].cluster.proxy-url: must be an http, https or socks5 "
                    "URL");
}

static void test_config__impersonation(void **state) {
        static const char *const headers[] = {
                "Impersonate-User: jane",         "Impersonate-Uid: 7",
                "Impersonate-Group: dev",         "Impersonate-Group: system:masters",
                "Impersonate-Extra-scopes: view", "Impersonate-Extra-scopes: \xc3\xa9",
                "Impersonate-Extra-a%2Fb%25: x",
        };
        struct fixture *f = *state;

        assert_int_equal(parse(f, TRUSTED,
                               "token: abc, as: jane, as-uid: '7', "
                               "as-groups: [dev, 'system:masters'], "
                               "as-user-extra: {scopes: [view, \xc3\xa9], a/b%: [x], none: []}"),
                         0);
        assert_int_equal(f->config->impersonation.n, sizeof(headers) / sizeof(headers[0]));
        for (size_t i = 0; i < f->config->impersonation.n; i++)
                assert_string_equal(f->config->impersonation.items[i], headers[i]);
        check_error(f, TRUSTED, "as-groups: [dev]",
                    "kubeconfig: users[1].user.as: not set, but as-uid, as-groups or as-user-extra "
                    "is");
        check_error(f, TRUSTED, "as-uid: '7'",
                    "kubeconfig: users[1].user.as: not set, but as-uid, as-groups or as-user-extra "
                    "is");
        check_error(f, TRUSTED, "as-user-extra: {a: [b]}",
                    "kubeconfig: users[1].user.as: not set, but as-uid, as-groups or as-user-extra "
                    "is");
        check_error(f, TRUSTED, "as: a, as-user-extra: {a: b}",
                    "kubeconfig: users[1].user.as-user-extra.a: must be a list, not string");
}

static void test_config__contradictions_are_refused(void **state) {
        struct fixture *f = *state;

        check_error(f, TRUSTED ", certificate-authority: ca.crt", "",
                    "kubeconfig: clusters[0].cluster.certificate-authority-data: "
                    "certificate-authority is set as well");
        check_error(f, TRUSTED, "client-key: tls.key, client-key-data: " KEY_64,
                    "kubeconfig: users[1].user.client-key-data: client-key is set as well");
        check_error(f, TRUSTED, "client-certificate: tls.crt",
                    "kubeconfig: users[1].user.client-key-data: not set, but a client-certificate "
                    "is");
        check_error(f, TRUSTED, "client-key: tls.key",
                    "kubeconfig: users[1].user.client-certificate-data: not set, but a client-key "
                    "is");
}

static void test_config__bad_values_are_refused_and_not_shown(void **state) {
        static const struct {
                const char *cluster, *user, *field;
        } cases[] = {
                { "server: 1", "", "clusters[0].cluster.server" },
                { "server: 'https://secret@x'", "", "clusters[0].cluster.server" },
                { "", "", "clusters[0].cluster.server" },
                { SERVER ", certificate-authority-data: secret", "",
                  "clusters[0].cluster.certificate-authority-data" },
                { SERVER ", certificate-authority-data: c2VjcmV0", "",
                  "clusters[0].cluster.certificate-authority-data" },
                { SERVER ", certificate-authority: empty", "",
                  "clusters[0].cluster.certificate-authority" },
                { SERVER ", certificate-authority: missing", "",
                  "clusters[0].cluster.certificate-authority" },
                { SERVER ", certificate-authority: \"ca.crt\\0\"", "",
                  "clusters[0].cluster.certificate-authority" },
                { TRUSTED ", tls-server-name: 'secret/x'", "",
                  "clusters[0].cluster.tls-server-name" },
                { TRUSTED ", tls-server-name: 'secret:443'", "",
                  "clusters[0].cluster.tls-server-name" },
                { TRUSTED, "token: [secret]", "users[1].user.token" },
                { TRUSTED, "token: \"secret\\r\\nHost: x\"", "users[1].user.token" },
                { TRUSTED, "token: 'secret '", "users[1].user.token" },
                { TRUSTED, "as: \"a\\r\\nX: secret\"", "users[1].user.as" },
                { TRUSTED, "as: a, as-groups: [' ']", "users[1].user.as-groups" },
                { TRUSTED, "as: a, as-groups: secret", "users[1].user.as-groups" },
                { TRUSTED, "as: a, as-groups: [[secret]]", "users[1].user.as-groups" },
                { TRUSTED, "as: a, as-user-extra: {a: [\"secret\\n\"]}",
                  "users[1].user.as-user-extra" },
                { TRUSTED, "tokenFile: missing", "users[1].user.tokenFile" },
                { TRUSTED, "tokenFile: empty", "users[1].user.tokenFile" },
                { TRUSTED, "client-key-data: " CA_64 ", client-certificate-data: " CA_64,
                  "users[1].user.client-key-data" },
        };
        struct fixture *f = *state;
        char expected[128];

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                assert_int_equal(parse(f, cases[i].cluster, cases[i].user), -1);
                snprintf(expected, sizeof(expected), "kubeconfig: %s: ", cases[i].field);
                assert_memory_equal(f->err.msg, expected, strlen(expected));
                assert_null(strstr(f->err.msg, "secret"));
        }
}

static void check_whole(struct fixture *f, const char *text, const char *expected) {
        assert_int_equal(kube_config_parse(bytes_of(text), f->dir, &f->config, &f->err), -1);
        assert_string_equal(f->err.msg, expected);
}

static void test_config__context_must_resolve(void **state) {
        struct fixture *f = *state;

        check_whole(f, "kind: Config", "kubeconfig: current-context: not set");
        check_whole(f, "current-context: ''", "kubeconfig: current-context: not set");
        check_whole(f, "current-context: 5", "kubeconfig: current-context: must be a string");
        check_whole(f, "kind: Pod\ncurrent-context: a", "kubeconfig: kind: must be Config");
        check_whole(f, "[]", "kubeconfig: must be an object, not array");
        check_whole(f, "current-context: a", "kubeconfig: contexts: no entry is named \"a\"");
        check_whole(f, "current-context: a\ncontexts: {}",
                    "kubeconfig: contexts: must be a list, not object");
        check_whole(f, "current-context: a\ncontexts: [1, {}, {name: 3}]",
                    "kubeconfig: contexts: no entry is named \"a\"");
        check_whole(f, "current-context: a\ncontexts: [{name: a}, {name: a}]",
                    "kubeconfig: contexts[1].name: \"a\" is there twice");
        check_whole(f, "current-context: a\ncontexts: [{name: a, context: x}]",
                    "kubeconfig: contexts[0].context: must be an object, not string");
        check_whole(f, "current-context: a\ncontexts: [{name: a}]",
                    "kubeconfig: contexts[0].context.cluster: not set");
        check_whole(f, "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]",
                    "kubeconfig: clusters: no entry is named \"c\"");
        check_whole(f,
                    "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
                    "clusters: [{name: c, cluster: {" TRUSTED "}}]",
                    "kubeconfig: users: no entry is named \"u\"");
}

static void test_config__clone_is_deep(void **state) {
        struct fixture *f = *state;
        struct kube_config *clone;

        assert_int_equal(parse(f, TRUSTED ", proxy-url: 'http://a', disable-compression: true",
                               "token: abc, tokenFile: token, as: jane, exec: {apiVersion: "
                               "client.authentication.k8s.io/v1beta1, command: aws, "
                               "installHint: ask}"),
                         0);
        clone = kube_config_clone(f->config);
        kube_config_free(f->config);
        f->config = clone;
        assert_string_equal(clone->server, "https://api.example:6443");
        assert_string_equal(clone->token, "abc");
        assert_string_equal(strbuf_str(&clone->ca), CA);
        assert_null(clone->tls_server_name);
        assert_string_equal(clone->proxy_url, "http://a");
        assert_true(clone->disable_compression);
        assert_string_equal(clone->impersonation.items[0], "Impersonate-User: jane");
        assert_string_equal(clone->exec.argv.items[0], "aws");
        assert_int_equal(clone->exec.env.n, 1);
        assert_string_equal(clone->exec.install_hint, "ask");
}

static void set_service(const char *host, const char *port) {
        if (host)
                setenv("KUBERNETES_SERVICE_HOST", host, 1);
        else
                unsetenv("KUBERNETES_SERVICE_HOST");
        if (port)
                setenv("KUBERNETES_SERVICE_PORT", port, 1);
        else
                unsetenv("KUBERNETES_SERVICE_PORT");
}

static void test_config__in_cluster(void **state) {
        struct fixture *f = *state;

        set_service("10.96.0.1", "443");
        assert_int_equal(kube_config_in_cluster(f->dir, &f->config, &f->err), 0);
        assert_string_equal(f->config->server, "https://10.96.0.1:443");
        assert_string_equal(f->config->namespace_, "shop");
        assert_string_equal(strbuf_str(&f->config->ca), CA);
        assert_non_null(strstr(f->config->token_file, "/token"));
        kube_config_free(f->config);
        f->config = NULL;
        set_service("fd00::1", "6443");
        assert_int_equal(kube_config_in_cluster(f->dir, &f->config, &f->err), 0);
        assert_string_equal(f->config->server, "https://[fd00::1]:6443");
}

static void test_config__in_cluster_says_what_is_missing(void **state) {
        struct fixture *f = *state;

        set_service(NULL, "443");
        assert_int_equal(kube_config_in_cluster(f->dir, &f->config, &f->err), -1);
        assert_string_equal(f->err.msg,
                            "in-cluster configuration: KUBERNETES_SERVICE_HOST: not set");
        set_service("10.96.0.1", "");
        assert_int_equal(kube_config_in_cluster(f->dir, &f->config, &f->err), -1);
        assert_string_equal(f->err.msg,
                            "in-cluster configuration: KUBERNETES_SERVICE_PORT: not set");
        set_service("10.96.0.1", "https");
        assert_int_equal(kube_config_in_cluster(f->dir, &f->config, &f->err), -1);
        set_service("10.96.0.1", "443");
        write_file(f, "token", " \n");
        assert_int_equal(kube_config_in_cluster(f->dir, &f->config, &f->err), -1);
        assert_non_null(strstr(f->err.msg, "/token: holds no token"));
        write_file(f, "ca.crt", "");
        assert_int_equal(kube_config_in_cluster(f->dir, &f->config, &f->err), -1);
        assert_non_null(strstr(f->err.msg, "/ca.crt: holds no PEM certificate"));
        assert_null(f->config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_config__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(inline_credentials),
                TEST(paths_are_relative_to_its_directory),
                TEST(load_names_the_file),
                TEST(size_has_a_cap),
                TEST(plain_http_needs_no_authority),
                TEST(unknown_and_empty_fields_are_ignored),
                TEST(what_we_cannot_do_is_refused_by_name),
                TEST(insecure),
                TEST(proxy_url),
                TEST(impersonation),
                TEST(contradictions_are_refused),
                TEST(bad_values_are_refused_and_not_shown),
                TEST(context_must_resolve),
                TEST(clone_is_deep),
                TEST(in_cluster),
                TEST(in_cluster_says_what_is_missing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
