#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client_rig.h"
#include "llc/sys/clock.h"

static void serve_hello(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_answer(peer, 200, "{\"hello\":1}");
}

static void test_client__connection_is_reused(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 }, c = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_hello);
        rig_do(&rig, &a, REQUEST_GET, "/api", NULL);
        rig_do(&rig, &b, REQUEST_PATCH, "/api", "{}");
        rig_do(&rig, &c, REQUEST_DELETE, "/api", NULL);
        check_ok(&a, "{\"hello\":1}");
        check_ok(&b, "{\"hello\":1}");
        check_ok(&c, "{\"hello\":1}");
        assert_int_equal(http_server_requests(rig.server), 3);
        assert_int_equal(http_server_connections(rig.server), 1);
        rig_deinit(&rig);
}

static void serve_echo(struct http_peer *peer, const struct http_request *request, void *ctx) {
        size_t size = strlen(request->head) + request->body_len + 8;
        char *text = malloc(size);

        (void)ctx;
        snprintf(text, size, "%s\r\n\r\n%.*s", request->head, (int)request->body_len,
                 request->body);
        http_peer_answer(peer, 200, text);
        free(text);
}

static void test_client__request_says_what_it_must_and_no_more(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 }, delete = { 0 };
        char expected[512];
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_echo);
        client_free(rig.client);
        rig.config->token = strdup("abc.def");
        rig_connect(&rig);
        rig_do(&rig, &get, REQUEST_GET, "/api/v1/../pods?a=%20b", NULL);
        snprintf(expected, sizeof(expected),
                 "GET /api/v1/../pods?a=%%20b HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                 "User-Agent: llc-test/1.0 (linux/amd64)\r\nAccept-Encoding: gzip\r\n"
                 "Accept: application/json\r\n"
                 "Authorization: Bearer abc.def\r\n\r\n",
                 http_server_port(rig.server));
        check_ok(&get, expected);
        rig_do(&rig, &patch, REQUEST_PATCH, "/x", "{\"a\":1}");
        snprintf(expected, sizeof(expected),
                 "PATCH /x HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                 "User-Agent: llc-test/1.0 (linux/amd64)\r\nAccept-Encoding: gzip\r\n"
                 "Accept: application/json\r\n"
                 "Content-Type: application/merge-patch+json\r\n"
                 "Authorization: Bearer abc.def\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
                 http_server_port(rig.server));
        check_ok(&patch, expected);
        rig_do(&rig, &delete, REQUEST_DELETE, "/x", NULL); /* must get a body */
        check_ok(&delete, NULL);
        assert_memory_equal(strbuf_str(&delete.body), "DELETE /x HTTP/1.1\r\n", 20);
        assert_non_null(strstr(strbuf_str(&delete.body), "Content-Type: application/json\r\n"));
        assert_non_null(strstr(strbuf_str(&delete.body), "Content-Length: 2\r\n\r\n{}"));
        rig_deinit(&rig);
}

static void test_client__asks_for_metadata_only(void **state) {
        OUTCOME_CLEANUP struct outcome list = { 0 };
        REQUEST_CLEANUP struct request request = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_echo);
        request_list(&(struct request_list_options){ .resource = &RESOURCE_POD,
                                                     .metadata_only = true },
                     &request);
        list = (struct outcome){ .rig = &rig, .body = STRBUF_INIT(4096) };
        rig.pending++;
        list.call = client_send(rig.client, &request, outcome_done, &list);
        rig_run(&rig);
        check_ok(&list, NULL);
        assert_non_null(strstr(strbuf_str(&list.body),
                               "Accept: application/json;as=PartialObjectMetadataList;"
                               "g=meta.k8s.io;v=v1,application/json\r\n"));
        assert_null(strstr(strstr(strbuf_str(&list.body), "Accept:") + 1, "Accept:"));
        rig_deinit(&rig);
}

static void test_client__large_bodies_are_sent_whole_without_expect(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        char *body = malloc(300001);
        struct rig rig;

        (void)state;
        for (size_t i = 0; i < 300000; i++)
                body[i] = (char)('a' + i % 26);
        body[300000] = '\0';
        rig_init(&rig, serve_echo);
        rig_do(&rig, &a, REQUEST_CREATE, "/x", body);
        check_ok(&a, NULL);
        assert_non_null(strstr(strbuf_str(&a.body), body));
        assert_null(strstr(strbuf_str(&a.body), "Expect"));
        free(body);
        rig_deinit(&rig);
}

/* "/warm" is answered. Anything else is committed; then the connection is reset. */
static void serve_commit_and_reset(struct http_peer *peer, const struct http_request *request,
                                   void *ctx) {
        struct rig *rig = ctx;

        if (strcmp(request->target, "/warm") == 0) {
                http_peer_answer(peer, 200, "warm");
                return;
        }
        /* A second delivery would be answered, as a real server would. */
        if (atomic_fetch_add(&rig->committed, 1) == 0)
                http_peer_reset(peer);
        else
                http_peer_answer(peer, 200, "again");
}

static void check_write_once(enum request_verb verb, const char *body, bool warm) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        struct rig rig;

        rig_init(&rig, serve_commit_and_reset);
        if (warm)
                rig_do(&rig, &a, REQUEST_GET, "/warm", NULL);
        rig_do(&rig, &b, verb, "/x", body);
        check_failed(&b, ERR_AMBIGUOUS, " /x: ");
        assert_int_equal(rig.committed, 1);
        rig_deinit(&rig);
}

static void test_client__write_on_a_reused_connection_is_never_sent_twice(void **state) {
        (void)state;
        check_write_once(REQUEST_PATCH, "{\"spec\":{}}", true);
        check_write_once(REQUEST_CREATE, "{\"kind\":\"Pod\"}", true);
        check_write_once(REQUEST_DELETE, "{\"kind\":\"DeleteOptions\"}", true);
        check_write_once(REQUEST_DELETE, NULL, true);
}

static void test_client__write_on_a_fresh_connection_is_never_sent_twice(void **state) {
        (void)state;
        check_write_once(REQUEST_PATCH, "{}", false);
        check_write_once(REQUEST_CREATE, "{}", false);
        check_write_once(REQUEST_DELETE, NULL, false);
}

/* That the script above would catch a second delivery: for a GET it is welcome. */
static void test_client__get_on_a_reused_connection_is_repeated(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_commit_and_reset);
        rig_do(&rig, &a, REQUEST_GET, "/warm", NULL);
        rig_do(&rig, &b, REQUEST_GET, "/x", NULL);
        check_ok(&b, "again");
        assert_int_equal(rig.committed, 2);
        assert_int_equal(http_server_connections(rig.server), 2);
        rig_deinit(&rig);
}

static void test_client__get_reset_on_a_fresh_connection_is_unavailable(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_commit_and_reset);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_failed(&a, ERR_UNAVAILABLE, "GET /x: ");
        rig_deinit(&rig);
}

static void serve_once_then_close(struct http_peer *peer, const struct http_request *request,
                                  void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_answer(peer, 200, "bye");
        http_peer_close(peer);
}

static void test_client__write_after_the_server_closed_goes_to_a_new_connection(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_once_then_close);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        rig_do(&rig, &b, REQUEST_PATCH, "/x", "{}");
        check_ok(&a, "bye");
        if (b.ok) /* libcurl saw the close in time; else it may not repeat */
                assert_int_equal(http_server_connections(rig.server), 2);
        else
                check_failed(&b, ERR_AMBIGUOUS, "PATCH /x: ");
        assert_true(http_server_requests(rig.server) <= 2);
        rig_deinit(&rig);
}

static void serve_half(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
        http_peer_close(peer);
}

static void test_client__half_a_body_is_an_error(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 }, stream = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_half);
        rig_do(&rig, &get, REQUEST_GET, "/x", NULL);
        check_failed(&get, ERR_UNAVAILABLE, "GET /x: ");
        rig_do(&rig, &patch, REQUEST_PATCH, "/x", "{}");
        check_failed(&patch, ERR_AMBIGUOUS, "PATCH /x: ");
        rig_begin_stream(&rig, &stream, REQUEST_LIST, "/x");
        rig_run(&rig);
        check_failed(&stream, ERR_UNAVAILABLE, "GET /x: ");
        assert_string_equal(strbuf_str(&stream.body), "{\"half\":");
        rig_deinit(&rig);
}

/* The head ends in the middle: with its first line, or after a 103 that was whole. */
static void serve_half_a_head(struct http_peer *peer, const struct http_request *request,
                              void *ctx) {
        (void)ctx;
        if (strstr(request->target, "early"))
                http_peer_send(peer, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
        http_peer_send(peer, strstr(request->target, "404") ? "HTTP/1.1 404 Not Found\r\n"
                                                            : "HTTP/1.1 200 OK\r\nContent-T");
        http_peer_close(peer);
}

static void test_client__half_a_head_is_an_error(void **state) {
        static const char *const targets[] = { "/200", "/404", "/early/200", "/early/404" };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_half_a_head);
        for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
                OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 }, stream = { 0 };

                rig_do(&rig, &get, REQUEST_GET, targets[i], NULL);
                check_failed(&get, ERR_UNAVAILABLE, "GET ");
                rig_do(&rig, &patch, REQUEST_PATCH, targets[i], "{}");
                check_failed(&patch, ERR_AMBIGUOUS, "PATCH ");
                rig_begin_stream(&rig, &stream, REQUEST_WATCH, targets[i]);
                rig_run(&rig);
                check_failed(&stream, ERR_UNAVAILABLE, "GET ");
        }
        rig_deinit(&rig);
}

static void serve_trailers(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_send(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n");
}

static void test_client__trailers_are_no_new_head(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_trailers);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_ok(&a, "{}");
        rig_deinit(&rig);
}

static void test_client__refused_connection_is_unavailable(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 };
        const struct http_server_options none = { .serve = serve_hello };
        struct http_server *gone = http_server_start(&none);
        struct rig rig;

        (void)state;
        rig_init_server(&rig, &none, "http://127.0.0.1");
        free(rig.config->server);
        rig.config->server = malloc(64);
        snprintf(rig.config->server, 64, "http://127.0.0.1:%u", http_server_port(gone));
        http_server_stop(gone);
        rig_connect(&rig);
        rig_do(&rig, &get, REQUEST_GET, "/x", NULL);
        check_failed(&get, ERR_UNREACHABLE, "GET /x: ");
        rig_do(&rig, &patch, REQUEST_PATCH, "/x", "{}");
        check_failed(&patch, ERR_UNREACHABLE, "PATCH /x: ");
        assert_int_equal(client_counters(rig.client)->by_code[REQUEST_METHOD_GET][0], 1);
        assert_int_equal(client_counters(rig.client)->by_code[REQUEST_METHOD_PATCH][0], 1);
        rig_deinit(&rig);
}

static void serve_never(struct http_peer *peer, const struct http_request *request, void *ctx) {
        struct rig *rig = ctx;

        (void)peer;
        (void)request;
        sem_wait(&rig->step); /* until the end of the test */
}

static void test_client__silence_is_a_timeout(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_never);
        rig_begin(&rig, &get, REQUEST_GET, "/x", NULL, 50);
        rig_begin(&rig, &patch, REQUEST_PATCH, "/x", "{}", 50);
        rig_run(&rig);
        check_failed(&get, ERR_TIMEOUT, "GET /x: ");
        check_failed(&patch, ERR_AMBIGUOUS, "PATCH /x: ");
        rig_deinit(&rig);
}

static void serve_large(struct http_peer *peer, const struct http_request *request, void *ctx) {
        size_t len = strtoul(request->target + 1, NULL, 10), status = 200;
        char *body = malloc(len + 1);
        char *rest = strchr(request->target + 1, '/');

        (void)ctx;
        if (rest)
                status = strtoul(rest + 1, NULL, 10);
        memset(body, 'x', len);
        body[len] = '\0';
        http_peer_answer(peer, (int)status, body);
        free(body);
}

static void test_client__answers_have_a_cap(void **state) {
        OUTCOME_CLEANUP struct outcome fits = { 0 }, large = { 0 }, write = { 0 }, stream = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_large);
        rig_do(&rig, &fits, REQUEST_GET, "/16777216", NULL);
        check_ok(&fits, NULL);
        assert_int_equal(fits.body.len, 16777216);
        rig_do(&rig, &large, REQUEST_GET, "/16777217", NULL);
        check_failed(&large, ERR_TOO_LARGE, "larger than 16777216 bytes");
        rig_do(&rig, &write, REQUEST_PATCH, "/16777217", "{}");
        check_failed(&write, ERR_AMBIGUOUS, "larger than 16777216 bytes");
        rig_begin_stream(&rig, &stream, REQUEST_LIST, "/20000000"); /* not kept: no cap here */
        rig_run(&rig);
        check_ok(&stream, NULL);
        assert_int_equal(stream.body.len, 20000000);
        rig_deinit(&rig);
}

static void test_client__long_errors_are_errors_all_the_same(void **state) {
        OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 }, stream = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_large);
        rig_do(&rig, &get, REQUEST_GET, "/10000000/403", NULL);
        check_failed(&get, ERR_FORBIDDEN, "GET /10000000/403: ");
        rig_do(&rig, &patch, REQUEST_PATCH, "/10000000/403", "{}");
        check_failed(&patch, ERR_FORBIDDEN, "PATCH /10000000/403: ");
        rig_begin_stream(&rig, &stream, REQUEST_WATCH, "/10000000/410");
        rig_run(&rig);
        check_failed(&stream, ERR_GONE, "GET /10000000/410: ");
        assert_int_equal(stream.body.len, 0);
        rig_deinit(&rig);
}

static void serve_endless_headers(struct http_peer *peer, const struct http_request *request,
                                  void *ctx) {
        struct rig *rig = ctx;

        (void)request;
        http_peer_send(peer, "HTTP/1.1 200 OK\r\n");
        while (http_peer_send(peer, "X-Header: and another one, and another one\r\n"))
                atomic_fetch_add(&rig->committed, 1);
}

static void serve_endless_continue(struct http_peer *peer, const struct http_request *request,
                                   void *ctx) {
        (void)request;
        (void)ctx;
        while (http_peer_send(peer, "HTTP/1.1 100 Continue\r\nX-Header: x\r\n\r\n"))
                ;
}

static void test_client__headers_have_a_cap(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_endless_headers);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_failed(&a, ERR_TOO_LARGE, "more than 65536 bytes of headers");
        rig_deinit(&rig);
        rig_init(&rig, serve_endless_continue);
        rig_do(&rig, &b, REQUEST_PATCH, "/x", "{}");
        check_failed(&b, ERR_AMBIGUOUS, "more than 65536 bytes of headers");
        rig_deinit(&rig);
}

static void serve_redirect(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_send(peer,
                       "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 2\r\n\r\nno");
}

static void test_client__redirects_are_not_followed(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_redirect);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_failed(&a, ERR_PROTOCOL, "GET /x: HTTP status 302");
        assert_int_equal(http_server_requests(rig.server), 1);
        rig_deinit(&rig);
}

static void serve_login_page(struct http_peer *peer, const struct http_request *request,
                             void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_answer(peer, 200, "<html>please log in</html>");
}

static void test_client__login_page_is_the_decoders_business(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_login_page);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_ok(&a, "<html>please log in</html>");
        rig_deinit(&rig);
}

static void serve_noise(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_send(peer, "SSH-2.0-OpenSSH_9.2p1\r\n");
        http_peer_close(peer);
}

static void test_client__other_protocols_are_refused(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_noise);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_failed(&a, ERR_PROTOCOL, "GET /x: ");
        rig_do(&rig, &b, REQUEST_PATCH, "/x", "{}");
        check_failed(&b, ERR_AMBIGUOUS, "PATCH /x: ");
        rig_deinit(&rig);
}

/* "/503/x" is answered with 503 and a Status. */
static void serve_status(struct http_peer *peer, const struct http_request *request, void *ctx) {
        static const char body[] = "{\"kind\":\"Status\",\"message\":\"says the server\","
                                   "\"details\":{\"name\":\"a\"}}";
        char answer[512];

        (void)ctx;
        snprintf(answer, sizeof(answer),
                 "HTTP/1.1 %.3s X\r\nRetry-After: 7\r\nContent-Length: %zu\r\n\r\n%s",
                 request->target + 1, sizeof(body) - 1, body);
        http_peer_send(peer, answer);
}

static void test_client__statuses_become_errors(void **state) {
        static const struct {
                const char *target;
                enum err_code read, write;
        } cases[] = {
                { "/400", ERR_INVALID, ERR_INVALID },
                { "/401", ERR_UNAUTHORIZED, ERR_UNAUTHORIZED },
                { "/403", ERR_FORBIDDEN, ERR_FORBIDDEN },
                { "/404", ERR_NOT_FOUND, ERR_NOT_FOUND },
                { "/408", ERR_TIMEOUT, ERR_AMBIGUOUS },
                { "/409", ERR_CONFLICT, ERR_CONFLICT },
                { "/410", ERR_GONE, ERR_GONE },
                { "/429", ERR_THROTTLED, ERR_THROTTLED },
                { "/500", ERR_UNAVAILABLE, ERR_AMBIGUOUS },
                { "/503", ERR_UNAVAILABLE, ERR_AMBIGUOUS },
                { "/504", ERR_TIMEOUT, ERR_AMBIGUOUS },
        };
        struct rig rig;
        char watch[32];

        (void)state;
        rig_init(&rig, serve_status);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                OUTCOME_CLEANUP struct outcome get = { 0 }, patch = { 0 }, stream = { 0 };

                rig_do(&rig, &get, REQUEST_GET, cases[i].target, NULL);
                check_failed(&get, cases[i].read, ": says the server");
                assert_int_equal(get.err.retry_after_ms, 7000);
                rig_do(&rig, &patch, REQUEST_PATCH, cases[i].target, "{}");
                check_failed(&patch, cases[i].write, ": says the server");
                snprintf(watch, sizeof(watch), "%s/watch", cases[i].target);
                rig_begin_stream(&rig, &stream, REQUEST_WATCH, watch);
                rig_run(&rig);
                check_failed(&stream, cases[i].read, ": says the server");
                assert_int_equal(stream.body.len, 0);
        }
        assert_int_equal(http_server_connections(rig.server), 1); /* errors keep it warm */
        rig_deinit(&rig);
}

static void serve_throttle(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_send(peer, "HTTP/1.1 429 X\r\nRetry-After: 100000\r\nContent-Length: 0\r\n\r\n");
}

static void test_client__a_long_wait_that_is_asked_for_is_capped_not_forgotten(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_throttle);
        rig_do(&rig, &a, REQUEST_GET, "/x", NULL);
        check_failed(&a, ERR_THROTTLED, "GET /x: ");
        assert_int_equal(a.err.retry_after_ms, 3600 * 1000);
        rig_deinit(&rig);
}

/* The first six are refused with their path's status, for a second. */
static void serve_later(struct http_peer *peer, const struct http_request *request, void *ctx) {
        char answer[128];

        (void)ctx;
        snprintf(answer, sizeof(answer),
                 "HTTP/1.1 %.3s X\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}",
                 request->nth < 6 ? request->target + 1 : "200");
        http_peer_send(peer, answer);
}

static void test_client__nothing_is_sent_before_its_retry_after(void **state) {
        static const enum request_verb verbs[] = { REQUEST_GET, REQUEST_PATCH, REQUEST_DELETE };
        static const char *const targets[] = { "/429", "/503" };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_later);
        for (size_t i = 0; i < 6; i++) {
                OUTCOME_CLEANUP struct outcome first = { 0 }, second = { 0 };
                const char *body = verbs[i / 2] == REQUEST_PATCH ? "{}" : NULL;

                rig_do(&rig, &first, verbs[i / 2], targets[i % 2], body);
                assert_false(first.ok);
                assert_int_equal(first.err.retry_after_ms, 1000);
                rig_do(&rig, &second, verbs[i / 2], targets[i % 2], body);
                check_failed(&second, ERR_THROTTLED, "HTTP status ");
                assert_in_range(second.err.retry_after_ms, 1, 1000);
        }
        assert_int_equal(http_server_requests(rig.server), 6);
        for (bool ok = false; !ok;) { /* as long as it takes; the rig has a guard */
                OUTCOME_CLEANUP struct outcome again = { 0 };

                rig_do(&rig, &again, REQUEST_PATCH, "/503", "{}");
                ok = again.ok;
        }
        assert_int_equal(http_server_requests(rig.server), 7);
        rig_deinit(&rig);
}

static void serve_terminating(struct http_peer *peer, const struct http_request *request,
                              void *ctx) {
        static const char body[] =
                "{\"kind\":\"Status\",\"message\":\"n goes\",\"details\":{\"causes\":["
                "{\"reason\":\"NamespaceTerminating\"}]}}";
        char answer[256];

        (void)request;
        (void)ctx;
        snprintf(answer, sizeof(answer), "HTTP/1.1 403 X\r\nContent-Length: %zu\r\n\r\n%s",
                 sizeof(body) - 1, body);
        http_peer_send(peer, answer);
}

static void test_client__a_namespace_that_goes_is_left_in_peace(void **state) {
        OUTCOME_CLEANUP struct outcome first = { 0 }, second = { 0 }, other = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_terminating);
        rig_do(&rig, &first, REQUEST_CREATE, "/n/pods", "{}");
        check_failed(&first, ERR_TERMINATING, "n goes");
        rig_do(&rig, &second, REQUEST_CREATE, "/n/pods", "{}");
        check_failed(&second, ERR_TERMINATING, "n goes");
        assert_int_equal(http_server_requests(rig.server), 1);
        rig_do(&rig, &other, REQUEST_CREATE, "/m/pods", "{}");
        assert_int_equal(http_server_requests(rig.server), 2);
        rig_deinit(&rig);
}

static void test_client__counters(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 }, watch = { 0 };
        const struct client_counters *counters;
        int64_t began_us = clock_monotonic_us();
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_status);
        rig_do(&rig, &a, REQUEST_GET, "/200", NULL);
        rig_do(&rig, &b, REQUEST_GET, "/404", NULL);
        rig_do(&rig, &c, REQUEST_GET, "/404", NULL);
        rig_do(&rig, &d, REQUEST_PATCH, "/200", "{}");
        rig_begin_stream(&rig, &watch, REQUEST_WATCH, "/200");
        rig_run(&rig);
        counters = client_counters(rig.client);
        assert_int_equal(counters->requests, 5);
        assert_int_equal(counters->errors, 2);
        assert_int_equal(counters->by_code[REQUEST_METHOD_GET][200], 2);
        assert_int_equal(counters->by_code[REQUEST_METHOD_GET][404], 2);
        assert_int_equal(counters->by_code[REQUEST_METHOD_GET][0], 0);
        assert_int_equal(counters->by_code[REQUEST_METHOD_PATCH][200], 1);
        assert_int_equal(counters->seconds[REQUEST_METHOD_GET].count, 3); /* no watch */
        assert_int_equal(counters->seconds[REQUEST_METHOD_PATCH].count, 1);
        assert_true(counters->seconds[REQUEST_METHOD_GET].sum > 0);
        assert_true(counters->seconds[REQUEST_METHOD_GET].sum <
                    (double)(clock_monotonic_us() - began_us) / 1e6);
        rig_deinit(&rig);
}

static void serve_token(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)ctx;
        http_peer_answer(peer, strstr(request->head, "\r\nAuthorization: Bearer new") ? 200 : 401,
                         "{}");
}

static void write_file(const char *path, const char *text) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
}

static void test_client__token_file_is_read_again_after_401(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
        char path[] = "/tmp/llc-test-token-XXXXXX";
        struct rig rig;

        (void)state;
        close(mkstemp(path));
        write_file(path, "old\n");
        rig_init(&rig, serve_token);
        client_free(rig.client);
        rig.config->token_file = strdup(path);
        rig_connect(&rig);
        rig_do(&rig, &a, REQUEST_PATCH, "/x", "{}");
        check_failed(&a, ERR_UNAUTHORIZED, "PATCH /x: ");
        assert_int_equal(http_server_requests(rig.server), 1);
        write_file(path, "new\n");
        rig_do(&rig, &b, REQUEST_PATCH, "/x", "{}"); /* a 401 with the old one is no answer */
        check_ok(&b, "{}");
        assert_int_equal(http_server_requests(rig.server), 3);
        assert_int_equal(client_counters(rig.client)->by_code[REQUEST_METHOD_PATCH][401], 2);
        assert_int_equal(client_counters(rig.client)->requests, 3);
        write_file(path, "newer");
        rig_do(&rig, &c, REQUEST_GET, "/x", NULL);
        check_ok(&c, "{}");
        unlink(path);
        rig_begin_stream(&rig, &d, REQUEST_WATCH, "/x"); /* the last good one stays */
        rig_run(&rig);
        check_ok(&d, "{}");
        rig_deinit(&rig);
}

static void serve_401(struct http_peer *peer, const struct http_request *request, void *ctx) {
        struct rig *rig = ctx;
        FILE *file = fopen("/proc/self/fd/60", "w");

        (void)request;
        if (!file || fprintf(file, "token-%u", atomic_fetch_add(&rig->committed, 1)) < 0 ||
            fclose(file) != 0)
                abort();
        http_peer_answer(peer, 401, "{}");
}

/* However often the file changes, a call is sent twice at most. */
static void test_client__unauthorized_is_asked_again_once(void **state) {
        OUTCOME_CLEANUP struct outcome patch = { 0 }, watch = { 0 };
        FILE *file = tmpfile();
        struct rig rig;

        (void)state;
        assert_non_null(file);
        assert_int_equal(dup2(fileno(file), 60), 60);
        write_file("/proc/self/fd/60", "first");
        rig_init(&rig, serve_401);
        client_free(rig.client);
        rig.config->token_file = strdup("/proc/self/fd/60");
        rig_connect(&rig);
        rig_do(&rig, &patch, REQUEST_PATCH, "/x", "{}");
        check_failed(&patch, ERR_UNAUTHORIZED, "PATCH /x: ");
        assert_int_equal(http_server_requests(rig.server), 2);
        rig_begin_stream(&rig, &watch, REQUEST_WATCH, "/x");
        rig_run(&rig);
        check_failed(&watch, ERR_UNAUTHORIZED, "GET /x: ");
        assert_int_equal(http_server_requests(rig.server), 4);
        fclose(file);
        close(60);
        rig_deinit(&rig);
}

static void test_client__missing_token_file_fails_before_anything_is_sent(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_token);
        client_free(rig.client);
        rig.config->token_file = strdup("/nonexistent/token");
        rig_connect(&rig);
        rig_do(&rig, &a, REQUEST_PATCH, "/x", "{}");
        check_failed(&a, ERR_IO, "PATCH /x: /nonexistent/token: ");
        assert_int_equal(http_server_connections(rig.server), 0);
        rig_deinit(&rig);
}

static void test_client__overlong_query_fails_before_anything_is_sent(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 };
        char *target = malloc(65538);
        struct rig rig;

        (void)state;
        memset(target, 'x', 65537);
        memcpy(target, "/x?", 3);
        target[65537] = '\0';
        rig_init(&rig, serve_hello);
        rig_do(&rig, &a, REQUEST_GET, target, NULL);
        check_failed(&a, ERR_TOO_LARGE, "GET /x: the query is longer than 65536 bytes");
        assert_int_equal(http_server_connections(rig.server), 0);
        free(target);
        rig_deinit(&rig);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client__connection_is_reused),
                cmocka_unit_test(test_client__request_says_what_it_must_and_no_more),
                cmocka_unit_test(test_client__asks_for_metadata_only),
                cmocka_unit_test(test_client__large_bodies_are_sent_whole_without_expect),
                cmocka_unit_test(test_client__write_on_a_reused_connection_is_never_sent_twice),
                cmocka_unit_test(test_client__write_on_a_fresh_connection_is_never_sent_twice),
                cmocka_unit_test(test_client__get_on_a_reused_connection_is_repeated),
                cmocka_unit_test(test_client__get_reset_on_a_fresh_connection_is_unavailable),
                cmocka_unit_test(
                        test_client__write_after_the_server_closed_goes_to_a_new_connection),
                cmocka_unit_test(test_client__half_a_body_is_an_error),
                cmocka_unit_test(test_client__half_a_head_is_an_error),
                cmocka_unit_test(test_client__trailers_are_no_new_head),
                cmocka_unit_test(test_client__refused_connection_is_unavailable),
                cmocka_unit_test(test_client__silence_is_a_timeout),
                cmocka_unit_test(test_client__answers_have_a_cap),
                cmocka_unit_test(test_client__long_errors_are_errors_all_the_same),
                cmocka_unit_test(test_client__headers_have_a_cap),
                cmocka_unit_test(test_client__redirects_are_not_followed),
                cmocka_unit_test(test_client__login_page_is_the_decoders_business),
                cmocka_unit_test(test_client__other_protocols_are_refused),
                cmocka_unit_test(test_client__statuses_become_errors),
                cmocka_unit_test(
                        test_client__a_long_wait_that_is_asked_for_is_capped_not_forgotten),
                cmocka_unit_test(test_client__nothing_is_sent_before_its_retry_after),
                cmocka_unit_test(test_client__a_namespace_that_goes_is_left_in_peace),
                cmocka_unit_test(test_client__counters),
                cmocka_unit_test(test_client__token_file_is_read_again_after_401),
                cmocka_unit_test(test_client__unauthorized_is_asked_again_once),
                cmocka_unit_test(test_client__missing_token_file_fails_before_anything_is_sent),
                cmocka_unit_test(test_client__overlong_query_fails_before_anything_is_sent),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
