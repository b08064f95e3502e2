/* Which texts have a format was asked of kube-openapi's own checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/formats.h"

static const struct {
        const char *format;
        const char *good[24], *bad[24];
} FORMATS[] = {
        { "date-time",
          { "2014-12-15T19:30:20.000Z", "2014-12-15t19:30:20z", "2014-12-15T19:30:20+01:00",
            "2014-12-15T19:30:20Zt", "2014-12-15T19:30:20x5Z" },
          { "2014-12-15T24:30:20Z", "2014-02-30T19:30:20Z", "2014-12-15", "",
            "2014-12-15T19:30:60Z", "2014-12-15T19:30:20", "x014-12-15T19:30:20Z" } },
        { "date", { "2014-12-15", "2016-02-29" }, { "2014-02-29", "2014-13-01", "2014-1-1", "" } },
        { "duration",
          { "1h", "1h30m", "22 ns", "3 weeks", "1.5h", "-5m", "0", "1us", "1\302\265s",
            "1\316\274s", "3 hours ago", "3 Minutes", "1d", "+0", "-0", "0s", ".5s", "3 w" },
          { "", "h", "5", "5 parsecs", "99999999999999999999h" } },
        { "uuid",
          { "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000" },
          { "x", "123E4567-e89b-12d3-a456-42661417400" } },
        { "uuid3",
          { "123e4567-e89b-32d3-a456-426614174000" },
          { "123e4567-e89b-12d3-a456-426614174000" } },
        { "uuid4",
          { "123e4567-e89b-42d3-a456-426614174000" },
          { "123e4567-e89b-42d3-7456-426614174000" } },
        { "uuid5",
          { "123e4567-e89b-52d3-a456-426614174000" },
          { "123e4567-e89b-52d3-7456-426614174000" } },
        { "ipv4",
          { "1.2.3.4", "01.02.3.4", "::ffff:1.2.3.4" },
          { "1.2.3", "256.1.1.1", "::1", "", "1.2.3.4.5", "a.b.c.d" } },
        { "ipv6",
          { "::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8" },
          { "1.2.3.4", "fe80::1%eth0", "g::1", "", "1:2:3:4:5:6:7" } },
        { "cidr",
          { "10.0.0.0/8", "::/0", "10.0.0.0/08" },
          { "10.0.0.0/33", "::/129", "10.0.0.0", "10.0.0.0/", "10.0.0.0/a" } },
        { "mac",
          { "00:00:5e:00:53:01", "00-00-5e-00-53-01", "0000.5e00.5301", "02:00:5e:10:00:00:00:01",
            "0000.5e00.5301.0001" },
          { "00:00:5e:00:53", "00:00-5e:00:53:01", "x" } },
        { "uri",
          { "http://a.b/c", "/a/b", "mailto:x", "http://a/%20?%zz", "*", "http://[::1]:80/",
            "http://user@host/", "/a?b#c", "http://" },
          { "a/b", "", "http://a b/", "http://a:80x/", "http://a:80/%zz", "1http://a", "#a" } },
        { "email",
          { "a@b.c", "a@b", "\"a b\"@c.d", "Name <a@b.c>", "<a@b.c>", "a@[1.2.3.4]",
            "\303\244@b.c" },
          { "a", "a@", "@b", "a..b@c.d", "a@b..c", "" } },
        { "hostname",
          { "a", "example.com", "a-", "a-b", "1.com", "\303\244.de" },
          { "a.b", "-a", "ab-c", "a_b", "com.1", "a.b.c1", "", "a..b", "a.com." } },
        { "byte", { "YWJj", "YWI=", "YQ==" }, { "YQ=", "YQ", "", "YW-_", "YWJj\n" } },
        { "password", { "", "x" }, {} },
        { "hexcolor", { "#fff", "fff", "ffffff" }, { "#ffff", "#ggg" } },
        { "rgbcolor",
          { "rgb(1,2,3)", "rgb( 1 , 2 , 3 )" },
          { "rgb(256,1,1)", "rgb(01,1,1)", "rgba(1,2,3)" } },
        { "ssn", { "111-11-1111", "111 11 1111", "111-11 1111" }, { "111111111", "1111-11-111" } },
        { "bsonobjectid",
          { "507f1f77bcf86cd799439011" },
          { "507f1f77bcf86cd79943901", "xx7f1f77bcf86cd799439011" } },
};

static void test_formats__pass_what_the_api_server_passes(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
                struct arena arena ARENA_CLEANUP = ARENA_INIT;
                const struct format *format = format_new(FORMATS[i].format, &arena);

                assert_non_null(format);
                for (const char *const *text = FORMATS[i].good; *text; text++)
                        if (!format_matches(format, bytes_of(*text)))
                                fail_msg("%s: \"%s\" is one", FORMATS[i].format, *text);
                for (const char *const *text = FORMATS[i].bad; *text; text++)
                        if (format_matches(format, bytes_of(*text)))
                                fail_msg("%s: \"%s\" is none", FORMATS[i].format, *text);
        }
}

static void test_formats__others_mean_nothing_or_are_left_out(void **state) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;

        (void)state;
        assert_false(format_is_known("int32"));
        assert_false(format_is_known("quantity"));
        assert_false(format_is_known("k8s-short-name"));
        assert_true(format_is_known("datetime"));
        assert_true(format_is_known("isbn"));
        assert_null(format_new("isbn", &arena));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_formats__pass_what_the_api_server_passes),
                cmocka_unit_test(test_formats__others_mean_nothing_or_are_left_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
