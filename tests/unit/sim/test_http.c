/* Over loopback with real sockets, the real loop turning in between; serve and watch are the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "http.h"
#include "llc/sys/clock.h"
#include "serve/watch.h"
#include "support/identity.h"

enum { TURN_MS = 20000, MIB = 1024 * 1024 };

/* A watch that the test feeds. */
struct watch {
        void (*ready)(void *ctx);
        void *ready_ctx;
        struct strbuf lines;
        bool ended;
        unsigned *n_freed;
};

void watch_on_ready(struct watch *watch, void (*fn)(void *ctx), void *ctx) {
        watch->ready = fn;
        watch->ready_ctx = ctx;
}

enum watch_state watch_take(struct watch *watch, size_t max_bytes, struct strbuf *out) {
        size_t n = watch->lines.len < max_bytes ? watch->lines.len : max_bytes;

        strbuf_append(out, (struct bytes){ .ptr = watch->lines.data, .len = n });
        if (n > 0) {
                memmove(watch->lines.data, watch->lines.data + n, watch->lines.len - n);
                watch->lines.len -= n;
        }
        return watch->ended && watch->lines.len == 0 ? WATCH_ENDED : WATCH_OPEN;
}

void watch_free(struct watch *watch) {
        if (!watch)
                return;
        (*watch->n_freed)++;
        strbuf_deinit(&watch->lines);
        free(watch);
}

void http_response_deinit(struct http_response *response) {
        strbuf_deinit(&response->body);
        watch_free(response->watch);
}

struct fixture {
        struct loop *loop;
        struct http *http;
        struct identity *authority, *server;
        struct watch *watch; /* the last one made */
        unsigned n_served, n_watches_freed;
        char seen[8192]; /* of the last request */
        size_t body_len;
};

static void watch_feed(struct fixture *fixture, const char *text) {
        strbuf_puts(&fixture->watch->lines, text);
        fixture->watch->ready(fixture->watch->ready_ctx);
}

static const char *shown(const char *text) {
        return text ? text : "-";
}

static void serve_test(void *ctx, const struct http_request *request,
                       struct http_response *response) {
        struct fixture *fixture = ctx;

        fixture->n_served++;
        fixture->body_len = request->body.len;
        snprintf(fixture->seen, sizeof(fixture->seen), "%s %s %s %s %s %s", request->method,
                 request->target, shown(request->accept), shown(request->authorization),
                 shown(request->content_type), shown(request->impersonate));
        response->status = 200;
        response->content_type = "application/json";
        response->body = STRBUF_INIT(64 * MIB);
        response->headers[response->n_headers++] = (struct header){ "Audit-Id", "7" };
        if (strstr(request->target, "watch=")) {
                fixture->watch = calloc(1, sizeof(*fixture->watch));
                fixture->watch->lines = STRBUF_INIT(64 * MIB);
                fixture->watch->n_freed = &fixture->n_watches_freed;
                response->watch = fixture->watch;
        } else if (strcmp(request->target, "/large") == 0) {
                while (response->body.len < 8 * MIB)
                        strbuf_puts(&response->body, "0123456789abcdef0123456789abcdef");
        } else if (strcmp(request->target, "/nothing") != 0) {
                strbuf_puts(&response->body, "{}\n");
        }
}

static void fixture_start(struct fixture *fixture, bool tls) {
        struct http_options options = {
                .loop = fixture->loop,
                .address = "127.0.0.1:0",
                .serve = serve_test,
                .ctx = fixture,
        };
        struct err err;

        if (tls) {
                options.certificate_pem = fixture->server->certificate_pem;
                options.key_pem = fixture->server->key_pem;
        }
        if (http_new(&options, &fixture->http, &err) < 0)
                fail_msg("%s", err.msg);
}

static int setup(void **state) {
        static struct fixture fixture;

        fixture = (struct fixture){ .loop = loop_new() };
        fixture_start(&fixture, false);
        *state = &fixture;
        return 0;
}

static int setup_tls(void **state) {
        static struct fixture fixture;

        fixture = (struct fixture){ .loop = loop_new(),
                                    .authority = identity_new_authority("authority") };
        fixture.server = identity_issue(fixture.authority, "server", "IP:127.0.0.1");
        fixture_start(&fixture, true);
        *state = &fixture;
        return 0;
}

static int teardown(void **state) {
        struct fixture *fixture = *state;

        http_free(fixture->http);
        loop_free(fixture->loop);
        identity_free(fixture->server);
        identity_free(fixture->authority);
        return 0;
}

static int dial(const struct fixture *fixture) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons(http_port(fixture->http)),
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

/* One turn of a few milliseconds at most. */
static void turn(struct fixture *fixture) {
        struct loop_timer *timer = loop_timer_new(fixture->loop, stop, fixture->loop);

        loop_timer_set(timer, 1);
        loop_run(fixture->loop);
        loop_timer_free(timer);
}

/* Turns the loop until what comes holds the text; false when the connection ended before. */
static bool hear(struct fixture *fixture, int fd, struct strbuf *out, const char *text) {
        int64_t end_ms = clock_monotonic_ms() + TURN_MS;
        size_t overlap = strlen(text) - 1;
        char part[65536];

        for (;;) {
                size_t before = out->len > overlap ? out->len - overlap : 0;
                ssize_t n = recv(fd, part, sizeof(part), MSG_DONTWAIT);

                if (n == 0 || (n < 0 && errno != EAGAIN))
                        return false;
                if (n > 0)
                        strbuf_append(out, (struct bytes){ .ptr = part, .len = (size_t)n });
                else
                        turn(fixture);
                if (n > 0 && strstr(strbuf_str(out) + before, text))
                        return true;
                if (clock_monotonic_ms() > end_ms)
                        fail_msg("never heard \"%s\"", text);
        }
}

static void turn_until(struct fixture *fixture, const unsigned *counter, unsigned value) {
        int64_t end_ms = clock_monotonic_ms() + TURN_MS;

        while (*counter < value) {
                turn(fixture);
                if (clock_monotonic_ms() > end_ms)
                        fail_msg("%u, never %u", *counter, value);
        }
}

static void test_http__passes_a_request_as_it_came(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        say(fd, "POST /api/v1/pods?labelSelector=a%3Db,c+in+(d)&x=%2F HTTP/1.1\r\nHost: x\r\n"
                "Accept: application/json\r\nAuthorization: Bearer t\r\n"
                "Content-Type: application/yaml\r\nContent-Length: 5\r\n\r\nhello");
        assert_true(hear(fixture, fd, &out, "{}\n"));
        assert_string_equal(fixture->seen, "POST /api/v1/pods?labelSelector=a%3Db,c+in+(d)&x=%2F "
                                           "application/json Bearer t application/yaml -");
        assert_int_equal(fixture->body_len, 5);
        assert_non_null(strstr(strbuf_str(&out), "HTTP/1.1 200 OK\r\n"));
        assert_non_null(strstr(strbuf_str(&out), "Content-Type: application/json\r\n"));
        assert_non_null(strstr(strbuf_str(&out), "Audit-Id: 7\r\n"));
        close(fd);
}

static void test_http__keeps_a_connection_for_the_next_request(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        for (unsigned i = 1; i <= 3; i++) {
                say(fd, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
                assert_true(hear(fixture, fd, &out, "{}\n"));
                strbuf_clear(&out);
                assert_int_equal(fixture->n_served, i);
        }
        /* Several at once. */
        say(fd, "GET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n");
        turn_until(fixture, &fixture->n_served, 5);
        close(fd);
}

static void test_http__sees_impersonation(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        say(fd, "GET /a HTTP/1.1\r\nHost: x\r\nimpersonate-group: admins\r\n\r\n");
        assert_true(hear(fixture, fd, &out, "{}\n"));
        assert_string_equal(fixture->seen, "GET /a - - - admins");
        close(fd);
}

static void test_http__answers_without_a_body(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        say(fd, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hear(fixture, fd, &out, "\r\n\r\n"));
        assert_non_null(strstr(strbuf_str(&out), "Content-Length: 0\r\n"));
        close(fd);
}

static void post(int fd, struct fixture *fixture, size_t n) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        char head[128], *body = calloc(1, n);
        size_t sent = 0;

        memset(body, 'x', n);
        snprintf(head, sizeof(head), "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
                 n);
        say(fd, head);
        while (sent < n) {
                ssize_t done = send(fd, body + sent, n - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

                if (done > 0)
                        sent += (size_t)done;
                else
                        turn(fixture);
        }
        free(body);
}

static void test_http__refuses_a_body_beyond_3_mib(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        post(fd, fixture, 3 * MIB);
        assert_true(hear(fixture, fd, &out, "{}\n"));
        assert_int_equal(fixture->body_len, 3 * MIB);
        strbuf_clear(&out);
        post(fd, fixture, 3 * MIB + 1);
        assert_true(hear(fixture, fd, &out, "}\n"));
        assert_non_null(strstr(strbuf_str(&out), "HTTP/1.1 413"));
        assert_non_null(strstr(strbuf_str(&out), "Request entity too large: limit is 3145728"));
        assert_int_equal(fixture->n_served, 1);
        /* The connection is fit for another. */
        strbuf_clear(&out);
        say(fd, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hear(fixture, fd, &out, "{}\n"));
        close(fd);
}

static void test_http__bounds_the_head(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(1 << 20), head = STRBUF_INIT(1 << 20);
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        strbuf_puts(&head, "GET /a HTTP/1.1\r\nHost: x\r\nAccept: ");
        while (head.len < 70000)
                strbuf_puts(&head, "0123456789");
        strbuf_puts(&head, "\r\n\r\n");
        (void)!send(fd, head.data, head.len, MSG_NOSIGNAL);
        if (hear(fixture, fd, &out, "\r\n\r\n"))
                assert_non_null(strstr(strbuf_str(&out), "HTTP/1.1 4"));
        assert_int_equal(fixture->n_served, 0);
        close(fd);
        /* What client-go sends fits: a long token. */
        strbuf_clear(&out);
        strbuf_clear(&head);
        fd = dial(fixture);
        strbuf_puts(&head, "GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ");
        while (head.len < 16000)
                strbuf_puts(&head, "0123456789");
        strbuf_puts(&head, "\r\n\r\n");
        say(fd, head.data);
        assert_true(hear(fixture, fd, &out, "{}\n"));
        close(fd);
}

static void test_http__streams_a_watch(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        say(fd, "GET /api/v1/pods?watch=true HTTP/1.1\r\nHost: x\r\n\r\n");
        /* The head comes before there is anything to tell. */
        assert_true(hear(fixture, fd, &out, "\r\n\r\n"));
        assert_non_null(strstr(strbuf_str(&out), "Transfer-Encoding: chunked\r\n"));
        watch_feed(fixture, "first\n");
        assert_true(hear(fixture, fd, &out, "first\n"));
        watch_feed(fixture, "second\n");
        watch_feed(fixture, "third\n");
        assert_true(hear(fixture, fd, &out, "third\n"));
        fixture->watch->ended = true;
        watch_feed(fixture, "last\n");
        assert_true(hear(fixture, fd, &out, "last\n\r\n0\r\n\r\n"));
        turn_until(fixture, &fixture->n_watches_freed, 1);
        /* The connection is kept. */
        strbuf_clear(&out);
        say(fd, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hear(fixture, fd, &out, "{}\n"));
        close(fd);
}

static void test_http__a_closed_client_frees_its_watch(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        struct fixture *fixture = *state;
        int fd = dial(fixture);

        say(fd, "GET /x?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hear(fixture, fd, &out, "\r\n\r\n"));
        close(fd);
        turn_until(fixture, &fixture->n_watches_freed, 1);
        /* One that has said more, which nobody reads. */
        strbuf_clear(&out);
        fd = dial(fixture);
        say(fd, "GET /x?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hear(fixture, fd, &out, "\r\n\r\n"));
        say(fd, "GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
        turn(fixture);
        watch_feed(fixture, "still there\n");
        assert_true(hear(fixture, fd, &out, "still there\n"));
        close(fd);
        turn_until(fixture, &fixture->n_watches_freed, 2);
        assert_int_equal(fixture->n_served, 2);
}

static void test_http__a_slow_client_holds_up_nobody(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(16 * MIB);
        struct fixture *fixture = *state;
        int slow = dial(fixture), watching = dial(fixture), fast = dial(fixture);
        char part[65536];

        say(slow, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        say(watching, "GET /x?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        turn_until(fixture, &fixture->n_served, 2);
        for (int i = 0; i < 200000; i++)
                strbuf_puts(&fixture->watch->lines, "0123456789abcdef0123456789abcdef0123456\n");
        watch_feed(fixture, "end\n");
        for (unsigned i = 0; i < 10; i++)
                turn(fixture);
        /* What is not read is not taken either, beyond what sockets hold. */
        assert_true(fixture->watch->lines.len > MIB);
        say(fast, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hear(fixture, fast, &out, "{}\n"));
        strbuf_clear(&out);
        while (out.len < 8 * MIB) {
                ssize_t n = recv(slow, part, sizeof(part), MSG_DONTWAIT);

                if (n > 0)
                        strbuf_append(&out, (struct bytes){ .ptr = part, .len = (size_t)n });
                else
                        turn(fixture);
        }
        strbuf_clear(&out);
        assert_true(hear(fixture, watching, &out, "end\n"));
        close(slow);
        close(watching);
        close(fast);
}

static void test_http__many_watches(void **state) {
        enum { N = 400 };
        struct fixture *fixture = *state;
        struct rlimit files;
        int fds[N];

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
        files.rlim_cur = files.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
        for (unsigned i = 0; i < N; i++) {
                fds[i] = dial(fixture);
                say(fds[i], "GET /x?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        turn_until(fixture, &fixture->n_served, N);
        for (unsigned i = 0; i < N; i++)
                close(fds[i]);
        turn_until(fixture, &fixture->n_watches_freed, N);
}

static void test_http__ends_with_watches_open(void **state) {
        STRBUF_CLEANUP struct strbuf out = STRBUF_INIT(65536);
        struct fixture *fixture = *state;
        int idle = dial(fixture), busy = dial(fixture);

        say(idle, "GET /x?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hear(fixture, idle, &out, "\r\n\r\n"));
        strbuf_clear(&out);
        say(busy, "GET /x?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hear(fixture, busy, &out, "\r\n\r\n"));
        watch_feed(fixture, "not sent yet\n");
        http_free(fixture->http);
        fixture->http = NULL;
        assert_int_equal(fixture->n_watches_freed, 2);
        close(idle);
        close(busy);
        fixture_start(fixture, false);
}

static void test_http__listens_on_loopback_only(void **state) {
        static const char *const REFUSED[] = { "0.0.0.0:0",   "192.0.2.1:80", "[::]:0",
                                               "localhost:0", ":0",           "127.0.0.1",
                                               "127.0.0.1:",  "127.0.0.1:x",  "127.0.0.1:65536",
                                               "[::1:0",      "::1]:0" };
        struct fixture *fixture = *state;
        char taken[32];

        for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
                const struct http_options options = { .loop = fixture->loop,
                                                      .address = REFUSED[i] };
                struct http *http;
                struct err err;

                assert_int_equal(http_new(&options, &http, &err), -1);
                assert_int_equal(err.code, ERR_INVALID);
                assert_non_null(strstr(err.msg, REFUSED[i]));
        }
        snprintf(taken, sizeof(taken), "127.0.0.1:%d", http_port(fixture->http));
        {
                const struct http_options options = { .loop = fixture->loop, .address = taken };
                struct http *http;
                struct err err;

                assert_int_equal(http_new(&options, &http, &err), -1);
                assert_int_equal(err.code, ERR_IO);
        }
}

/* A client that trusts the authority, on a thread of its own as it blocks. */
struct tls_client {
        struct fixture *fixture;
        int fd;
        unsigned done; /* set last */
        bool verified;
        char answer[4096];
};

static void *tls_client_run(void *ctx) {
        struct tls_client *client = ctx;
        SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
        SSL *ssl = SSL_new(tls);
        static const char REQUESTS[] = "GET /x?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n";
        size_t len = 0;
        int n;

        X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), client->fixture->authority->certificate);
        SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
        SSL_set_fd(ssl, client->fd);
        client->verified = SSL_connect(ssl) == 1;
        if (client->verified &&
            SSL_write(ssl, REQUESTS, sizeof(REQUESTS) - 1) == (int)sizeof(REQUESTS) - 1) {
                while (!strstr(client->answer, "told\n") &&
                       (n = SSL_read(ssl, client->answer + len,
                                     (int)(sizeof(client->answer) - 1 - len))) > 0) {
                        len += (size_t)n;
                        client->answer[len] = '\0';
                }
                SSL_shutdown(ssl);
        }
        SSL_free(ssl);
        SSL_CTX_free(tls);
        close(client->fd);
        __atomic_store_n(&client->done, 1, __ATOMIC_RELEASE);
        return NULL;
}

static void test_http__speaks_tls(void **state) {
        struct fixture *fixture = *state;
        struct tls_client client = { .fixture = fixture, .fd = dial(fixture) };
        int64_t end_ms = clock_monotonic_ms() + TURN_MS;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, tls_client_run, &client), 0);
        turn_until(fixture, &fixture->n_served, 1);
        for (unsigned i = 0; i < 5; i++) /* suspended now */
                turn(fixture);
        watch_feed(fixture, "told\n");
        while (!__atomic_load_n(&client.done, __ATOMIC_ACQUIRE) && clock_monotonic_ms() < end_ms)
                turn(fixture);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(client.verified);
        assert_non_null(strstr(client.answer, "told\n"));
        turn_until(fixture, &fixture->n_watches_freed, 1);
}

#define WITH(test)     cmocka_unit_test_setup_teardown(test, setup, teardown)
#define WITH_TLS(test) cmocka_unit_test_setup_teardown(test, setup_tls, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                WITH(test_http__passes_a_request_as_it_came),
                WITH(test_http__keeps_a_connection_for_the_next_request),
                WITH(test_http__sees_impersonation),
                WITH(test_http__answers_without_a_body),
                WITH(test_http__refuses_a_body_beyond_3_mib),
                WITH(test_http__bounds_the_head),
                WITH(test_http__streams_a_watch),
                WITH(test_http__a_closed_client_frees_its_watch),
                WITH(test_http__a_slow_client_holds_up_nobody),
                WITH(test_http__many_watches),
                WITH(test_http__ends_with_watches_open),
                WITH(test_http__listens_on_loopback_only),
                WITH_TLS(test_http__speaks_tls),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
