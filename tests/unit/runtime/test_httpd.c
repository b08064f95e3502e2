/* Over loopback with plain sockets, the real loop turning in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "llc/runtime/httpd.h"
#include "llc/sys/clock.h"

static int healthz(void *ctx, struct strbuf *body) {
        unsigned *n_calls = ctx;

        (*n_calls)++;
        strbuf_puts(body, "ok\n");
        return 200;
}

static int readyz(void *ctx, struct strbuf *body) {
        (void)ctx;
        strbuf_puts(body, "not synced\n");
        return 503;
}

static int empty(void *ctx, struct strbuf *body) {
        (void)ctx;
        (void)body;
        return 200;
}

/* More than socket buffers take at once. */
static int large(void *ctx, struct strbuf *body) {
        (void)ctx;
        for (int i = 0; i < 1 << 18; i++)
                strbuf_puts(body, "0123456789abcdef");
        return 200;
}

static int endless(void *ctx, struct strbuf *body) {
        (void)ctx;
        while (strbuf_ok(body))
                strbuf_puts(body, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd");
        return 200;
}

enum { KEEP_MS = 200 };

static const struct httpd_route ROUTES[] = {
        { .path = "/healthz", .content_type = "text/plain", .handle = healthz },
        { .path = "/readyz", .content_type = "text/plain", .handle = readyz },
        { .path = "/empty", .content_type = "text/plain", .handle = empty },
        { .path = "/large", .content_type = "text/plain", .handle = large },
        { .path = "/endless", .content_type = "text/plain", .handle = endless },
        { .path = "/kept", .content_type = "text/plain", .handle = healthz, .keep_ms = KEEP_MS },
};

struct fixture {
        struct loop *loop;
        struct httpd *httpd;
        unsigned n_calls;
};

static void fixture_start(struct fixture *fixture, int64_t timeout_ms) {
        const struct httpd_options options = {
                .loop = fixture->loop,
                .address = "127.0.0.1:0",
                .routes = ROUTES,
                .n_routes = sizeof(ROUTES) / sizeof(ROUTES[0]),
                .timeout_ms = timeout_ms,
                .ctx = &fixture->n_calls,
        };
        struct err err;

        if (httpd_new(&options, &fixture->httpd, &err) < 0)
                fail_msg("%s", err.msg);
}

static int setup(void **state) {
        static struct fixture fixture;

        fixture = (struct fixture){ .loop = loop_new() };
        fixture_start(&fixture, 0);
        *state = &fixture;
        return 0;
}

static int teardown(void **state) {
        struct fixture *fixture = *state;

        httpd_free(fixture->httpd);
        loop_free(fixture->loop);
        return 0;
}

static int dial(const struct fixture *fixture) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons(httpd_port(fixture->httpd)),
                                       .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

static void say(int fd, const char *text) {
        assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void stop(void *ctx) {
        loop_stop(ctx);
}

static void stop_fd(void *ctx, int events) {
        (void)events;
        loop_stop(ctx);
}

/* Turns the loop for so long. */
static void turn(struct fixture *fixture, int64_t ms) {
        struct loop_timer *timer = loop_timer_new(fixture->loop, stop, fixture->loop);

        loop_timer_set(timer, ms);
        loop_run(fixture->loop);
        loop_timer_free(timer);
}

/* Reads what the server says until it closes, or for 3 s; the answer is in a static buffer. */
static const char *hear(struct fixture *fixture, int fd, size_t *ret_total) {
        static char answer[4096];
        int64_t end_ms = clock_monotonic_ms() + 3000;
        size_t total = 0;
        ssize_t n = -1;

        while (n != 0 && clock_monotonic_ms() < end_ms) {
                struct loop_fd *watch =
                        loop_fd_new(fixture->loop, fd, LOOP_READ, stop_fd, fixture->loop);
                char part[65536];

                turn(fixture, 3000);
                loop_fd_free(watch);
                n = recv(fd, part, sizeof(part), MSG_DONTWAIT);
                if (n < 0 && errno != EAGAIN)
                        n = 0; /* reset: closed as well */
                if (n > 0 && total < sizeof(answer) - 1)
                        memcpy(answer + total, part,
                               (size_t)n < sizeof(answer) - 1 - total ? (size_t)n
                                                                      : sizeof(answer) - 1 - total);
                total += n > 0 ? (size_t)n : 0;
        }
        assert_int_equal(n, 0); /* the server has closed */
        answer[total < sizeof(answer) - 1 ? total : sizeof(answer) - 1] = '\0';
        if (ret_total)
                *ret_total = total;
        close(fd);
        return answer;
}

static const char *ask(struct fixture *fixture, const char *request) {
        int fd = dial(fixture);

        say(fd, request);
        return hear(fixture, fd, NULL);
}

#define GET_HEALTHZ "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

static void check(const char *answer, const char *status, const char *body) {
        const char *blank = strstr(answer, "\r\n\r\n");

        assert_memory_equal(answer, status, strlen(status));
        assert_non_null(blank);
        assert_string_equal(blank + 4, body);
        assert_true(strstr(answer, "Connection: close") != NULL ||
                    strstr(answer, "HTTP/1.0") != NULL);
}

static void test_httpd__get(void **state) {
        struct fixture *fixture = *state;
        const char *answer = ask(fixture, GET_HEALTHZ);

        check(answer, "HTTP/1.1 200 ", "ok\n");
        assert_non_null(strstr(answer, "Content-Type: text/plain\r\n"));
        check(ask(fixture, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 503 ",
              "not synced\n");
        check(ask(fixture, "GET /empty HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 ", "");
        check(ask(fixture, "GET /healthz?verbose=1 HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 ",
              "ok\n");
}

static void test_httpd__head_has_no_body(void **state) {
        const char *answer = ask(*state, "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n");

        check(answer, "HTTP/1.1 200 ", "");
        assert_non_null(strstr(answer, "Content-Length: 3\r\n"));
}

static void test_httpd__other_methods(void **state) {
        static const char *const METHODS[] = { "POST",  "PUT",  "DELETE", "OPTIONS",
                                               "TRACE", "BREW", "get" };
        struct fixture *fixture = *state;
        char request[256];

        for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
                const char *answer;

                snprintf(request, sizeof(request), "%s /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
                         METHODS[i]);
                answer = ask(fixture, request);
                check(answer, "HTTP/1.1 405 ", "method not allowed\n");
                assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
        }
        assert_int_equal(fixture->n_calls, 0);
}

static void test_httpd__body_of_a_post_is_not_awaited(void **state) {
        const char *answer = ask(*state, "POST /healthz HTTP/1.1\r\nHost: x\r\n"
                                         "Content-Length: 1000000000\r\n\r\nxxx");

        assert_memory_equal(answer, "HTTP/1.1 405 ", 13);
}

static void test_httpd__other_paths(void **state) {
        static const char *const PATHS[] = { "/",        "/healthz/", "/healthz/..",    "//healthz",
                                             "/HEALTHZ", "*",         "/%2e%2e/healthz" };
        struct fixture *fixture = *state;
        char request[256];

        for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
                snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", PATHS[i]);
                check(ask(fixture, request), "HTTP/1.1 404 ", "not found\n");
        }
        assert_int_equal(fixture->n_calls, 0);
}

static void test_httpd__garbage(void **state) {
        static const char *const GARBAGE[] = {
                "\r\n\r\n\r\n\r\n",
                "\x16\x03\x01\x02\r\n\r\n", /* a TLS client hello */
                "GET\r\n\r\n",
                "GET /healthz\r\n\r\n",
                "GET /healthz HTTP/9.9\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        };
        struct fixture *fixture = *state;

        httpd_free(fixture->httpd);
        fixture_start(fixture, 100);
        for (size_t i = 0; i < sizeof(GARBAGE) / sizeof(GARBAGE[0]); i++) {
                int fd = dial(fixture);

                say(fd, GARBAGE[i]);
                shutdown(fd, SHUT_WR);
                hear(fixture, fd, NULL); /* whatever it says, it closes, at the deadline at last */
        }
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
}

static void test_httpd__headers_are_capped(void **state) {
        static const char *const BEFORE[] = { "GET /healthz HTTP/1.1\r\nX: ", "GET /" };
        static const char *const AFTER[] = { "\r\nHost: x\r\n\r\n",
                                             " HTTP/1.1\r\nHost: x\r\n\r\n" };
        struct fixture *fixture = *state;

        for (int i = 0; i < 2; i++) {
                STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(32 * 1024);
                const char *answer;

                strbuf_puts(&text, BEFORE[i]);
                for (int k = 0; k < 16 * 1024; k++)
                        strbuf_append_char(&text, 'a');
                strbuf_puts(&text, AFTER[i]);
                answer = ask(fixture, strbuf_str(&text));
                assert_true(strncmp(answer, "HTTP/1.1 4", 10) == 0 || !*answer);
        }
        assert_int_equal(fixture->n_calls, 0);
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
}

static void test_httpd__large_body(void **state) {
        struct fixture *fixture = *state;
        int fd = dial(fixture);
        size_t total;
        const char *answer;

        say(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        answer = hear(fixture, fd, &total);
        assert_non_null(strstr(answer, "Content-Length: 4194304\r\n"));
        assert_int_equal(total, (size_t)(strstr(answer, "\r\n\r\n") + 4 - answer) + (4 << 20));
}

static void test_httpd__body_over_the_cap_is_500(void **state) {
        struct fixture *fixture = *state;

        assert_memory_equal(ask(fixture, "HEAD /endless HTTP/1.1\r\nHost: x\r\n\r\n"),
                            "HTTP/1.1 500 ", 13);
}

static void test_httpd__slow_client_does_not_block_others(void **state) {
        struct fixture *fixture = *state;
        int slow = dial(fixture);
        const char *rest = GET_HEALTHZ;

        for (; *rest; rest++) {
                char byte[2] = { *rest, '\0' };

                say(slow, byte);
                if (rest[1])
                        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
        }
        check(hear(fixture, slow, NULL), "HTTP/1.1 200 ", "ok\n");
}

static void test_httpd__a_trickle_ends_at_the_deadline(void **state) {
        struct fixture *fixture = *state;
        int64_t start_ms;
        int fd;

        httpd_free(fixture->httpd);
        fixture_start(fixture, 100);
        start_ms = clock_monotonic_ms();
        fd = dial(fixture);
        say(fd, "GET /healthz HT");
        turn(fixture, 60);
        say(fd, "TP/1.1\r\nX: "); /* a byte now and then must not buy time */
        hear(fixture, fd, NULL);
        assert_in_range(clock_monotonic_ms() - start_ms, 90, 1000);
        assert_int_equal(fixture->n_calls, 0);
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
}

static void test_httpd__readers_who_do_not_read_end_at_the_deadline(void **state) {
        struct fixture *fixture = *state;
        int deaf[16], fds[16];

        httpd_free(fixture->httpd);
        fixture_start(fixture, 300);
        for (int i = 0; i < 16; i++) {
                deaf[i] = dial(fixture);
                say(deaf[i], "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        turn(fixture, 400);
        for (int i = 0; i < 16;
             i++) { /* all places are free again: nobody is dropped for another */
                fds[i] = dial(fixture);
                say(fds[i], "GET /healthz HTTP/1.1\r\n");
                turn(fixture, 1);
        }
        for (int i = 0; i < 16; i++) {
                say(fds[i], "Host: x\r\n\r\n");
                check(hear(fixture, fds[i], NULL), "HTTP/1.1 200 ", "ok\n");
                close(deaf[i]);
        }
}

static void test_httpd__the_17th_takes_the_place_of_the_oldest(void **state) {
        struct fixture *fixture = *state;
        int fds[16];

        for (int i = 0; i < 16; i++) {
                fds[i] = dial(fixture);
                say(fds[i], "GET /healthz HTTP/1.1\r\n");
                turn(fixture, 2); /* deadlines differ */
        }
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
        assert_string_equal(hear(fixture, fds[0], NULL), ""); /* the oldest was dropped */
        for (int i = 1; i < 16; i++) {
                say(fds[i], "Host: x\r\n\r\n");
                check(hear(fixture, fds[i], NULL), "HTTP/1.1 200 ", "ok\n");
        }
}

static void test_httpd__a_flood_leaves_room(void **state) {
        struct fixture *fixture = *state;
        int fds[100];

        for (int i = 0; i < 100; i++)
                fds[i] = dial(fixture); /* they wait in the kernel, the loop takes them in turn */
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
        for (int i = 0; i < 100; i++)
                close(fds[i]);
        turn(fixture, 20);
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
}

static void test_httpd__no_spinning_without_descriptors(void **state) {
        struct fixture *fixture = *state;
        int waiting = dial(fixture);
        struct rlimit limit, none;
        struct rusage before, after;
        int64_t used_us;

        getrlimit(RLIMIT_NOFILE, &limit);
        none = limit;
        none.rlim_cur = 3; /* accept must fail with EMFILE */
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        getrusage(RUSAGE_SELF, &before);
        turn(fixture, 200);
        getrusage(RUSAGE_SELF, &after);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        used_us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec -
                   before.ru_stime.tv_sec) *
                          1000000 +
                  after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec -
                  before.ru_stime.tv_usec;
        assert_in_range(used_us, 0, 100000);
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n"); /* descriptors are back */
        close(waiting);
}

static const char get_kept[] = "GET /kept HTTP/1.1\r\nHost: x\r\n\r\n";

static void test_httpd__a_kept_answer_serves_all_for_a_while(void **state) {
        struct fixture *fixture = *state;
        int64_t start_ms = clock_monotonic_ms();
        int first = dial(fixture), second = dial(fixture);

        say(first, get_kept);
        say(second, get_kept);
        check(hear(fixture, first, NULL), "HTTP/1.1 200 ", "ok\n");
        check(hear(fixture, second, NULL), "HTTP/1.1 200 ", "ok\n");
        if (clock_monotonic_ms() - start_ms < KEEP_MS) /* else the machine is too busy to tell */
                assert_int_equal(fixture->n_calls, 1);
        fixture->n_calls = 0;
        turn(fixture, KEEP_MS);
        check(ask(fixture, get_kept), "HTTP/1.1 200 ", "ok\n");
        assert_int_equal(fixture->n_calls, 1);
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
        check(ask(fixture, GET_HEALTHZ), "HTTP/1.1 200 ", "ok\n");
        assert_int_equal(fixture->n_calls, 3); /* those that are not kept */
}

static void test_httpd__free_with_open_connections(void **state) {
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        say(fd, "GET /he");
        turn(fixture, 10);
        httpd_free(fixture->httpd);
        fixture->httpd = NULL;
        hear(fixture, fd, NULL);
        httpd_free(NULL);
}

static void test_httpd__addresses(void **state) {
        static const char *const GOOD[] = { "127.0.0.1:0", "0.0.0.0:0", ":0" };
        static const char *const BAD[] = {
                "",       "127.0.0.1",      "8080",   "127.0.0.1:", ":x",
                "[::1:0", "localhost:0",    ":65536", ":-1",        "1.2.3.4.5:80",
                "[]:80",  "[127.0.0.1]:80", "::1:80", ": 80",       ":99999999999999999999"
        };
        struct fixture *fixture = *state;
        struct httpd_options options = { .loop = fixture->loop, .routes = ROUTES };
        struct httpd *httpd = NULL;
        struct err err;

        for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
                options.address = GOOD[i];
                assert_int_equal(httpd_new(&options, &httpd, &err), 0);
                assert_int_not_equal(httpd_port(httpd), 0);
                httpd_free(httpd);
        }
        for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
                options.address = BAD[i];
                assert_int_equal(httpd_new(&options, &httpd, &err), -1);
                assert_int_equal(err.code, ERR_INVALID);
        }
}

static void test_httpd__address_in_use(void **state) {
        struct fixture *fixture = *state;
        struct httpd_options options = { .loop = fixture->loop, .routes = ROUTES };
        struct httpd *httpd = NULL;
        char address[32];
        struct err err;

        snprintf(address, sizeof(address), "127.0.0.1:%d", httpd_port(fixture->httpd));
        options.address = address;
        assert_int_equal(httpd_new(&options, &httpd, &err), -1);
        assert_int_equal(err.code, ERR_IO);
}

static void test_httpd__ipv6(void **state) {
        struct fixture *fixture = *state;
        struct httpd_options options = { .loop = fixture->loop,
                                         .address = "[::1]:0",
                                         .routes = ROUTES,
                                         .n_routes = 1,
                                         .ctx = &fixture->n_calls };
        struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
        struct httpd *httpd = NULL;
        struct err err;
        int fd;

        if (httpd_new(&options, &httpd, &err) < 0)
                skip(); /* a machine without IPv6 */
        fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        address.sin6_port = htons(httpd_port(httpd));
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        say(fd, GET_HEALTHZ);
        check(hear(fixture, fd, NULL), "HTTP/1.1 200 ", "ok\n");
        httpd_free(httpd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_httpd__##name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(get),
                TEST(head_has_no_body),
                TEST(other_methods),
                TEST(body_of_a_post_is_not_awaited),
                TEST(other_paths),
                TEST(garbage),
                TEST(headers_are_capped),
                TEST(large_body),
                TEST(a_kept_answer_serves_all_for_a_while),
                TEST(body_over_the_cap_is_500),
                TEST(slow_client_does_not_block_others),
                TEST(a_trickle_ends_at_the_deadline),
                TEST(readers_who_do_not_read_end_at_the_deadline),
                TEST(the_17th_takes_the_place_of_the_oldest),
                TEST(a_flood_leaves_room),
                TEST(no_spinning_without_descriptors),
                TEST(free_with_open_connections),
                TEST(addresses),
                TEST(address_in_use),
                TEST(ipv6),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
