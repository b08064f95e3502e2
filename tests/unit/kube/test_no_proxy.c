#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "no_proxy.h"

static bool covers(const char *no_proxy, const char *server) {
        struct authority authority;
        struct err err;

        if (authority_read(&server, 443, &authority, &err) < 0)
                fail_msg("%s", err.msg);
        return no_proxy_covers(no_proxy, &authority);
}

struct verdict {
        const char *no_proxy, *server;
        bool direct; /* what golang.org/x/net/http/httpproxy 0.49 answered */
};

static void check(const struct verdict *verdicts, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (covers(verdicts[i].no_proxy, verdicts[i].server) != verdicts[i].direct)
                        fail_msg("NO_PROXY=\"%s\" %s", verdicts[i].no_proxy, verdicts[i].server);
}

#define CHECK(verdicts) check((verdicts), sizeof(verdicts) / sizeof((verdicts)[0]))

static void test_no_proxy__names(void **state) {
        static const struct verdict verdicts[] = {
                { "example.com", "example.com", true },
                { "example.com", "api.example.com", true },
                { "example.com", "API.Example.COM", true },
                { "EXAMPLE.com", "api.example.com", true },
                { "example.com", "notexample.com", false },
                { "example.com", "example.com.evil", false },
                { ".example.com", "api.example.com", true },
                { ".example.com", "example.com", false },
                { "*.example.com", "a.b.example.com", true },
                { "*.example.com", "example.com", false },
                { "*example.com", "api.example.com", false },
                { "api.*", "api.example.com", false },
                { "com", "api.example.com", true },
                { "api", "api", true },
                { "example.com:443", "api.example.com", true },
                { "example.com:6443", "api.example.com", false },
                { "example.com:6443", "api.example.com:6443", true },
                { "example.com:https", "api.example.com", false },
                { "example.com:", "api.example.com", true },
                { "[example.com]:443", "example.com", true },
                { "[example.com]", "example.com", false },
                { "http://example.com", "example.com", false },
        };

        (void)state;
        CHECK(verdicts);
}

static void test_no_proxy__addresses(void **state) {
        static const struct verdict verdicts[] = {
                { "10.1.2.3", "10.1.2.3", true },        { "10.1.2.3", "10.1.2.30", false },
                { "10.1.2.3:443", "10.1.2.3", true },    { "10.1.2.3:80", "10.1.2.3", false },
                { "10.1.2", "10.1.2.3", false },         { "2.3", "10.1.2.3", false },
                { "::ffff:10.1.2.3", "10.1.2.3", true }, { "fd00::1", "[fd00::1]", true },
                { "[fd00::1]:443", "[fd00::1]", true },  { "[fd00::1]:80", "[fd00::1]", false },
                { "[fd00::1]", "[fd00::1]", false }, /* so reads Go it */
                { "fd00:0::0:1", "[fd00::1]", true },
        };

        (void)state;
        CHECK(verdicts);
}

static void test_no_proxy__cidrs(void **state) {
        static const struct verdict verdicts[] = {
                { "10.0.0.0/8", "10.96.0.1", true },
                { "10.0.0.0/8", "11.0.0.1", false },
                { "10.96.0.0/12", "10.111.255.255", true },
                { "10.96.0.0/12", "10.112.0.0", false },
                { "10.1.2.3/8", "10.9.9.9", true },
                { "10.1.2.3/32", "10.1.2.3", true },
                { "10.1.2.2/31", "10.1.2.3", true },
                { "10.1.2.4/31", "10.1.2.3", false },
                { "0.0.0.0/0", "10.1.2.3", true },
                { "0.0.0.0/0", "[fd00::1]", false },
                { "::/0", "[fd00::1]", true },
                { "::/0", "10.1.2.3", false },
                { "fd00::/8", "[fdff::1]", true },
                { "fd00::/8", "[fe00::1]", false },
                { "::ffff:10.0.0.0/104", "10.1.2.3", true },
                { "10.0.0.0/33", "10.1.2.3", false },
                { "10.0.0.0/", "10.1.2.3", false },
                { "10.0.0.0/8:443", "10.1.2.3", false },
                { "010.0.0.0/8", "10.1.2.3", false },
                { "10.0.0.0/8", "10.example.com", false },
        };

        (void)state;
        CHECK(verdicts);
}

static void test_no_proxy__lists(void **state) {
        static const struct verdict verdicts[] = {
                { "a.b, 10.0.0.0/8\t,c.d", "10.1.2.3", true },
                { "a.b, 10.0.0.0/8,c.d", "c.d", true },
                { ",, ,c.d", "c.d", true },
                { "a.b,*", "x.y", true },
                { "a.b *", "x.y", false },
                { "a.b c.d", "c.d", false },
                { "", "x.y", false },
                { ":443,/8,a:b:c,[", "x.y", false },
        };

        (void)state;
        CHECK(verdicts);
        assert_false(covers(NULL, "x.y"));
}

static void test_no_proxy__loopback_is_never_proxied(void **state) {
        static const struct verdict verdicts[] = {
                { "", "localhost:6443", true },     { "", "127.0.0.1", true },
                { "", "127.8.9.10", true },         { "", "[::1]", true },
                { "", "[::ffff:127.0.0.1]", true }, { "", "localhost.evil", false },
                { "", "LOCALHOST", false },
        };

        (void)state;
        CHECK(verdicts);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_no_proxy__names),
                cmocka_unit_test(test_no_proxy__addresses),
                cmocka_unit_test(test_no_proxy__cidrs),
                cmocka_unit_test(test_no_proxy__lists),
                cmocka_unit_test(test_no_proxy__loopback_is_never_proxied),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
