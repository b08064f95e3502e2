#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy.h"

/* "scheme user:password@host port", or "! " and the error. */
static const char *parts(const char *text) {
        static const char *const schemes[] = {
                [PROXY_HTTP] = "http",
                [PROXY_HTTPS] = "https",
                [PROXY_SOCKS5] = "socks5",
        };
        static char out[512];
        struct proxy proxy;
        struct err err;

        if (proxy_parse(text, &proxy, &err) < 0) {
                snprintf(out, sizeof(out), "! %s", err.msg);
                return out;
        }
        snprintf(out, sizeof(out), "%s %s:%s@%s%.*s %u", schemes[proxy.scheme],
                 proxy.user ? proxy.user : "", proxy.password ? proxy.password : "",
                 proxy.at.ipv6 ? "v6:" : "", (int)proxy.at.host.len, proxy.at.host.ptr,
                 proxy.at.port);
        proxy_deinit(&proxy);
        return out;
}

static void test_proxy__is_taken_apart(void **state) {
        (void)state;
        assert_string_equal(parts("http://gate.example:3128"), "http :@gate.example 3128");
        assert_string_equal(parts("http://gate.example"), "http :@gate.example 80");
        assert_string_equal(parts("https://gate.example/"), "https :@gate.example 443");
        assert_string_equal(parts("socks5://10.0.0.1"), "socks5 :@10.0.0.1 1080");
        assert_string_equal(parts("socks5h://[::1]:9"), "socks5 :@v6:::1 9");
        assert_string_equal(parts("HTTP://a/x?y#z"), "http :@a 80");
        assert_string_equal(parts("gate.example:3128"), "http :@gate.example 3128");
        assert_string_equal(parts("gate.example"), "http :@gate.example 80");
        assert_string_equal(parts("http://me:pass@a"), "http me:pass@a 80");
        assert_string_equal(parts("http://me@a"), "http me:@a 80");
        assert_string_equal(parts("http://m%65:p%40%3a%2F@a"), "http me:p@:/@a 80");
        assert_string_equal(parts("http://me:p@ss@a"), "http me:p@ss@a 80");
        assert_string_equal(parts("me:pass@a:1"), "http me:pass@a 1");
}

static void test_proxy__anything_else_is_refused_and_not_shown(void **state) {
        static const char *const cases[] = {
                "",
                "ftp://secret",
                "socks4://secret",
                "http://",
                "http://secret:x",
                "http://secret:0",
                "http://secret:65536",
                "http://secret a",
                "http://secret%zz@a",
                "http://secret%2@a",
                "http://secret:%0d%0aX@a",
                "http://secret:%00@a",
                "http://secret%3ax:y@a",
                "http://[secret]",
                "://secret",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                if (parts(cases[i])[0] != '!')
                        fail_msg("\"%s\" was taken", cases[i]);
                assert_null(strstr(parts(cases[i]), "secret"));
        }
}

static void set(const char *name, const char *value) {
        if (value)
                setenv(name, value, 1);
        else
                unsetenv(name);
}

/* The proxy of a server with this environment; NULL = none. */
static const char *proxy_of(const char *server, const char *upper, const char *lower,
                            const char *no_proxy) {
        static char out[512];
        KUBE_CONFIG_CLEANUP struct kube_config *config = kube_config_new();
        struct err err;

        set("HTTPS_PROXY", upper);
        set("https_proxy", lower);
        set("NO_PROXY", no_proxy);
        set("no_proxy", NULL);
        set("ALL_PROXY", "http://all"); /* means nothing to Go */
        config->server = strdup(server);
        if (proxy_from_environment(config, &err) < 0)
                snprintf(out, sizeof(out), "! %s", err.msg);
        else if (!config->proxy_url)
                return NULL;
        else
                snprintf(out, sizeof(out), "%s", config->proxy_url);
        return out;
}

static void test_proxy__environment(void **state) {
        (void)state;
        assert_null(proxy_of("https://api.example", NULL, NULL, NULL));
        assert_null(proxy_of("https://api.example", "", "", NULL));
        assert_string_equal(proxy_of("https://api.example", "http://a", "http://b", NULL),
                            "http://a");
        assert_string_equal(proxy_of("https://api.example", "", "b:3128", NULL), "b:3128");
        assert_null(proxy_of("https://api.example", "http://a", NULL, "example"));
        assert_null(proxy_of("https://10.96.0.1", "http://a", NULL, "10.0.0.0/8"));
        assert_string_equal(proxy_of("https://10.96.0.1", "http://a", NULL, "10.1.0.0/16"),
                            "http://a");
        assert_null(proxy_of("https://127.0.0.1:6443", "http://a", NULL, NULL));
        assert_null(proxy_of("http://127.0.0.1:6443", "http://a", NULL, NULL));
        assert_string_equal(proxy_of("https://api.example", "ftp://secret", NULL, NULL),
                            "! HTTPS_PROXY: must be an http, https or socks5 URL");
        assert_null(proxy_of("https://api.example", "ftp://secret", NULL, "*"));
}

static void test_proxy__kubeconfigs_goes_before_the_environments(void **state) {
        KUBE_CONFIG_CLEANUP struct kube_config *config = kube_config_new();
        struct err err;

        (void)state;
        setenv("HTTPS_PROXY", "http://other", 1);
        config->server = strdup("https://api.example");
        config->proxy_url = strdup("socks5://mine");
        assert_int_equal(proxy_from_environment(config, &err), 0);
        assert_string_equal(config->proxy_url, "socks5://mine");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_proxy__is_taken_apart),
                cmocka_unit_test(test_proxy__anything_else_is_refused_and_not_shown),
                cmocka_unit_test(test_proxy__environment),
                cmocka_unit_test(test_proxy__kubeconfigs_goes_before_the_environments),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
