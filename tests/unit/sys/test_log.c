#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "llc/base/json.h"
#include "llc/base/timestamp.h"
#include "llc/sys/log.h"

/* stderr replaced by a pipe; put back before anything is asserted. */
struct capture {
        int saved, read_end;
        char text[70000];
        size_t len;
};

static void capture_begin(struct capture *c) {
        int fds[2];

        if (pipe(fds) < 0)
                abort();
        c->saved = dup(STDERR_FILENO);
        dup2(fds[1], STDERR_FILENO);
        close(fds[1]);
        c->read_end = fds[0];
}

static void capture_end(struct capture *c) {
        ssize_t n;

        dup2(c->saved, STDERR_FILENO);
        close(c->saved);
        c->len = 0;
        while ((n = read(c->read_end, c->text + c->len, sizeof(c->text) - 1 - c->len)) > 0)
                c->len += (size_t)n;
        c->text[c->len] = '\0';
        close(c->read_end);
}

enum { TIME_LEN = sizeof("2006-01-02T15:04:05.000Z") - 1 };

static void log_one(struct capture *c, enum log_format format, const char *message,
                    const struct log_field *fields, unsigned n_fields) {
        log_configure(LOG_INFO, format);
        capture_begin(c);
        log_write(LOG_WARN, message, fields, n_fields);
        capture_end(c);
}

static void test_log__text_line(void **state) {
        struct capture c;
        struct log_field fields[] = {
                LOG_STR("pod", "shop/a-1"),  LOG_INT("pods", -3),    LOG_STR("why", "no such pod"),
                LOG_STR("quote", "a\"b\\"),  LOG_STR("empty", NULL), LOG_STR("eq", "a=b"),
                LOG_STR("utf8", "\xc3\xa9"),
        };
        int64_t ms;
        struct err err;

        (void)state;
        log_one(&c, LOG_TEXT, "pod \"a\" is gone", fields, 7);
        assert_string_equal(c.text + TIME_LEN,
                            " WARN  pod \"a\" is gone pod=shop/a-1 pods=-3 why=\"no such pod\""
                            " quote=\"a\\\"b\\\\\" empty=\"\" eq=\"a=b\" utf8=\"\xc3\xa9\"\n");
        assert_int_equal(c.text[TIME_LEN - 5], '.');
        assert_int_equal(timestamp_parse((struct bytes){ c.text, TIME_LEN }, &ms, &err), 0);
}

static void test_log__json_line(void **state) {
        struct capture c;
        struct log_field fields[] = { LOG_STR("pod", "a"), LOG_INT("n", INT64_MIN) };

        (void)state;
        log_one(&c, LOG_JSON, "gone", fields, 2);
        assert_memory_equal(c.text, "{\"time\":\"", 9);
        assert_string_equal(c.text + 9 + TIME_LEN,
                            "\",\"level\":\"warn\",\"msg\":\"gone\",\"pod\":\"a\","
                            "\"n\":-9223372036854775808}\n");
}

static void test_log__json_escapes_every_byte_exactly(void **state) {
        static const struct {
                const char *in, *out;
        } cases[] = {
                { "\"\\/", "\\\"\\\\/" },
                { "\b\t\n\f\r", "\\b\\t\\n\\f\\r" },
                { "\x01\x1b[0m\x7f", "\\u0001\\u001b[0m\\u007f" },
                { "\xc2\x9b", "\\u009b" }, /* C1 steers terminals too */
                { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
                { "a\xff!", "a\xef\xbf\xbd!" },             /* never UTF-8 */
                { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" }, /* overlong */
                { "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
                { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
                { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
                { "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" }, /* cut */
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct capture c;
                char expected[256];

                snprintf(expected, sizeof(expected), "\",\"level\":\"warn\",\"msg\":\"%s\"}\n",
                         cases[i].out);
                log_one(&c, LOG_JSON, cases[i].in, NULL, 0);
                assert_string_equal(c.text + 9 + TIME_LEN, expected);
        }
}

static void test_log__text_cannot_be_forged(void **state) {
        struct capture c;
        struct log_field field = LOG_STR("name", "x\nERROR forged\x1b[2J");

        (void)state;
        log_one(&c, LOG_TEXT, "two\nlines\x1b", &field, 1);
        assert_string_equal(c.text + TIME_LEN,
                            " WARN  two\\nlines\\u001b name=\"x\\nERROR forged\\u001b[2J\"\n");
}

static void test_log__level_filters(void **state) {
        struct capture c;

        (void)state;
        log_configure(LOG_WARN, LOG_TEXT);
        capture_begin(&c);
        log_line(LOG_DEBUG, "no", LOG_INT("a", 1));
        log_line(LOG_INFO, "no", LOG_INT("a", 1));
        log_line(LOG_ERROR, "yes", LOG_INT("a", 1));
        capture_end(&c);
        assert_string_equal(c.text + TIME_LEN, " ERROR yes a=1\n");
}

/* A message of n bytes of é, then a value as long; at every length the line must stay whole. */
static void check_long(enum log_format format, size_t n) {
        struct capture c;
        struct err err;
        char *text = calloc(1, 2 * n + 1);
        struct log_field fields[] = { LOG_STR("value", text), LOG_INT("last", 7) };
        struct json *json = NULL;

        for (size_t i = 0; i < n; i++)
                memcpy(text + 2 * i, "\xc3\xa9", 2);
        log_one(&c, format, text, fields, 2);
        free(text);
        assert_true(c.len <= PIPE_BUF);
        assert_int_equal(c.text[c.len - 1], '\n');
        if (format == LOG_TEXT) {
                assert_true((strstr(c.text, "(cut)") != NULL) !=
                            (strstr(c.text, "last=7") != NULL));
                return;
        }
        assert_int_equal(json_parse((struct bytes){ c.text, c.len }, &JSON_LIMITS_OBJECT, &json,
                                    &err),
                         0);
        assert_true(json_has(json, "cut") != json_has(json, "last"));
        assert_true(json_as_string(json_get(json, "msg")).len > 0);
        json_free(json);
}

static void test_log__long_lines_are_cut_and_stay_lines(void **state) {
        (void)state;
        for (size_t n = 980; n < 1040; n++) {
                check_long(LOG_JSON, n);
                check_long(LOG_TEXT, n);
        }
        for (size_t n = 2000; n < 2050; n++) {
                check_long(LOG_JSON, n);
                check_long(LOG_TEXT, n);
        }
        check_long(LOG_JSON, 100000);
        check_long(LOG_TEXT, 100000);
}

/* A value that ends at any byte near the cap, also where it just fits, then one that is longer. */
static void test_log__what_comes_after_a_full_line_is_cut(void **state) {
        char full[PIPE_BUF + 1], more[2 * PIPE_BUF];

        (void)state;
        memset(more, 'b', sizeof(more) - 1);
        more[sizeof(more) - 1] = '\0';
        for (size_t n = PIPE_BUF - 200; n < PIPE_BUF; n++) {
                const struct log_field fields[] = { LOG_STR("full", full), LOG_STR("more", more) };
                struct json *json = NULL;
                struct capture c;
                struct err err;

                memset(full, 'a', n);
                full[n] = '\0';
                log_one(&c, LOG_JSON, "m", fields, 2);
                assert_true(c.len <= PIPE_BUF);
                assert_int_equal(json_parse((struct bytes){ c.text, c.len }, &JSON_LIMITS_OBJECT,
                                            &json, &err),
                                 0);
                assert_true(json_has(json, "cut"));
                json_free(json);
        }
}

static void test_log__full_pipe_drops_and_counts(void **state) {
        struct capture c;
        uint64_t before = log_dropped();
        unsigned lines = 0;

        (void)state;
        log_configure(LOG_INFO, LOG_JSON);
        capture_begin(&c);
        /* Nobody reads: a blocking write would hang here for ever. */
        for (unsigned i = 0; i < 3000; i++)
                log_line(LOG_INFO, "a line of some length to fill the pipe", LOG_INT("i", i));
        capture_end(&c);
        assert_true(log_dropped() > before);
        for (size_t i = 0; i < c.len; i++)
                lines += c.text[i] == '\n';
        assert_true(lines > 10);
        assert_int_equal(lines + (log_dropped() - before), 3000);
        assert_int_equal(c.text[c.len - 1], '\n');
}

static void test_log__leaves_the_flags_of_stderr_and_errno_alone(void **state) {
        struct capture c;
        int flags;

        (void)state;
        capture_begin(&c);
        errno = EXDEV;
        log_line(LOG_ERROR, "x", LOG_INT("i", 1));
        flags = fcntl(STDERR_FILENO, F_GETFL);
        capture_end(&c);
        assert_int_equal(errno, EXDEV);
        assert_int_equal(flags & O_NONBLOCK, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_log__text_line),
                cmocka_unit_test(test_log__json_line),
                cmocka_unit_test(test_log__json_escapes_every_byte_exactly),
                cmocka_unit_test(test_log__text_cannot_be_forged),
                cmocka_unit_test(test_log__level_filters),
                cmocka_unit_test(test_log__long_lines_are_cut_and_stay_lines),
                cmocka_unit_test(test_log__what_comes_after_a_full_line_is_cut),
                cmocka_unit_test(test_log__full_pipe_drops_and_counts),
                cmocka_unit_test(test_log__leaves_the_flags_of_stderr_and_errno_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
