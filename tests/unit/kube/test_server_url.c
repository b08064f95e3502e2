#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "server_url.h"

/* "scheme host port prefix", or "! " and the error. */
static const char *parts(const char *text) {
        static char out[512];
        struct server_url url;
        struct err err;

        if (server_url_parse(text, &url, &err) < 0)
                snprintf(out, sizeof(out), "! %s", err.msg);
        else
                snprintf(out, sizeof(out), "%s %s%.*s %u %.*s|", url.https ? "https" : "http",
                         url.at.ipv6 ? "v6:" : "", (int)url.at.host.len, url.at.host.ptr,
                         url.at.port, (int)url.prefix.len, url.prefix.len ? url.prefix.ptr : "");
        return out;
}

static void test_server_url__is_taken_apart(void **state) {
        (void)state;
        assert_string_equal(parts("https://api.example:6443"), "https api.example 6443 |");
        assert_string_equal(parts("https://api.example"), "https api.example 443 |");
        assert_string_equal(parts("https://10.0.0.1/"), "https 10.0.0.1 443 |");
        assert_string_equal(parts("https://[::1]:6443/k8s/clusters/c-1//"),
                            "https v6:::1 6443 /k8s/clusters/c-1|");
        assert_string_equal(parts("http://127.0.0.1:80"), "http 127.0.0.1 80 |");
        assert_string_equal(parts("http://127.8.9.10"), "http 127.8.9.10 80 |");
        assert_string_equal(parts("http://localhost:8001/x"), "http localhost 8001 /x|");
        assert_string_equal(parts("http://[::1]"), "http v6:::1 80 |");
}

static void test_server_url__http_is_for_loopback(void **state) {
        static const char *const cases[] = {
                "http://api.example", "http://10.0.0.1",
                "http://127.1",       "http://localhost.evil",
                "http://[::2]",       "http://127.0.0.1.evil",
                "http://2130706433",  "http://[::ffff:127.0.0.1]",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                assert_string_equal(parts(cases[i]), "! plain http is for loopback hosts only");
}

static void test_server_url__anything_else_is_refused_and_not_shown(void **state) {
        static const char *const cases[] = {
                "",
                "api.example:6443",
                "HTTPS://api.example",
                "ftp://api.example",
                "https://",
                "https:///x",
                "https://secret:pass@api.example",
                "https://user@api.example",
                "https://api.example?secret",
                "https://api.example/a?secret=1",
                "https://api.example/#secret",
                "https://api.example/a b",
                "https://api.example/\r\nHost: secret",
                "https://api example",
                "https://-api.example",
                "https://[::1",
                "https://[]:443",
                "https://[secret]:443",
                "https://[::1%25eth0]:443",
                "https://[::1]x",
                "https://api.example:",
                "https://api.example:0",
                "https://api.example:65536",
                "https://api.example:4294967297",
                "https://api.example:99999999999999999999",
                "https://api.example:44x",
                "https://api.example:+443",
                "https://\xc3\xa9.example",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                if (parts(cases[i])[0] != '!')
                        fail_msg("\"%s\" was taken", cases[i]);
                assert_null(strstr(parts(cases[i]), "secret"));
        }
}

static void test_server_url__host_has_a_cap(void **state) {
        char url[300] = "https://";

        (void)state;
        memset(url + 8, 'a', 253);
        assert_memory_equal(parts(url), "https aaa", 9);
        memset(url + 8, 'a', 254);
        assert_int_equal(parts(url)[0], '!');
}

/* What would be left out of an address makes it another one. */
static void test_server_url__prefix_has_a_cap(void **state) {
        char url[8000] = "https://a";

        (void)state;
        memset(url + 9, '/', 4096);
        assert_int_not_equal(parts(url)[0], '!');
        memset(url + 9, '/', 4097);
        assert_int_equal(parts(url)[0], '!');
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_server_url__is_taken_apart),
                cmocka_unit_test(test_server_url__http_is_for_loopback),
                cmocka_unit_test(test_server_url__anything_else_is_refused_and_not_shown),
                cmocka_unit_test(test_server_url__host_has_a_cap),
                cmocka_unit_test(test_server_url__prefix_has_a_cap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
