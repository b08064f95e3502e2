#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "client_rig.h"

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/* Each chunk waits until the test says that the one before has arrived. */
static void serve_step_by_step(struct http_peer *peer, const struct http_request *request,
                               void *ctx) {
        struct rig *rig = ctx;

        (void)request;
        http_peer_send(peer, CHUNKED "3\r\none\r\n");
        sem_wait(&rig->step);
        http_peer_send(peer, "3\r\ntwo\r\n");
        sem_wait(&rig->step);
        http_peer_send(peer, "0\r\n\r\n");
}

static int data_then_step(void *ctx, struct bytes bytes, struct err *err) {
        struct outcome *outcome = ctx;

        strbuf_append_char(&outcome->body, '|');
        outcome_data(ctx, bytes, err);
        sem_post(&outcome->rig->step);
        return 0;
}

/* Begins a stream with callbacks of the test's own. */
static void begin(struct rig *rig, struct outcome *outcome, const struct client_stream *stream) {
        REQUEST_CLEANUP struct request request = {
                .verb = REQUEST_WATCH,
                .target = STRBUF_INIT(100),
                .body = STRBUF_INIT(0),
        };

        strbuf_puts(&request.target, "/watch");
        *outcome = (struct outcome){ .rig = rig, .body = STRBUF_INIT(1000) };
        rig->pending++;
        outcome->call = client_stream(rig->client, &request, stream, outcome);
}

static void test_client_stream__chunks_are_delivered_as_they_come(void **state) {
        static const struct client_stream stream = { data_then_step, outcome_end };
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_step_by_step);
        begin(&rig, &a, &stream);
        rig_run(&rig); /* would hang, were chunks held back */
        check_ok(&a, "|one|two");
        rig_deinit(&rig);
}

static void serve_cut(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_send(peer, CHUNKED "3\r\none\r\n5\r\ntw");
        http_peer_close(peer);
}

static void serve_bad_chunk(struct http_peer *peer, const struct http_request *request, void *ctx) {
        (void)request;
        (void)ctx;
        http_peer_send(peer, CHUNKED "3\r\none\r\nzz\r\n");
        http_peer_close(peer);
}

static void test_client_stream__end_without_the_last_chunk_is_an_error(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_cut);
        rig_begin_stream(&rig, &a, REQUEST_WATCH, "/watch");
        rig_run(&rig);
        check_failed(&a, ERR_UNAVAILABLE, "GET /watch: ");
        assert_string_equal(strbuf_str(&a.body), "onetw");
        rig_deinit(&rig);
        rig_init(&rig, serve_bad_chunk);
        rig_begin_stream(&rig, &b, REQUEST_WATCH, "/watch");
        rig_run(&rig);
        check_failed(&b, ERR_UNAVAILABLE, "GET /watch: ");
        rig_deinit(&rig);
}

static int data_refused(void *ctx, struct bytes bytes, struct err *err) {
        outcome_data(ctx, bytes, err);
        return err_set(err, ERR_PROTOCOL, "not what was promised");
}

static void serve_events(struct http_peer *peer, const struct http_request *request, void *ctx) {
        struct rig *rig = ctx;

        (void)request;
        http_peer_send(peer, CHUNKED "3\r\none\r\n");
        sem_wait(&rig->step);
}

static void test_client_stream__receiver_can_give_up(void **state) {
        static const struct client_stream stream = { data_refused, outcome_end };
        OUTCOME_CLEANUP struct outcome a = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_events);
        begin(&rig, &a, &stream);
        rig_run(&rig);
        check_failed(&a, ERR_PROTOCOL, "GET /watch: not what was promised");
        assert_string_equal(strbuf_str(&a.body), "one");
        rig_deinit(&rig);
}

/* Three calls that cancel each other from within callbacks. */
struct cancel {
        struct outcome stream, victim, queued;
};

static struct cancel *cancel_of(struct outcome *stream) {
        return (struct cancel *)((char *)stream - offsetof(struct cancel, stream));
}

static int data_cancels_others(void *ctx, struct bytes bytes, struct err *err) {
        struct outcome *outcome = ctx;
        struct cancel *c = cancel_of(outcome);

        outcome_data(ctx, bytes, err);
        if (c->victim.call) {
                client_cancel(c->victim.call); /* running: libcurl is on the stack */
                c->victim.call = NULL;
                rig_begin(outcome->rig, &c->queued, REQUEST_GET, "/queued", NULL, 0);
                client_cancel(c->queued.call); /* not even started */
                outcome->rig->pending -= 2;
        }
        return err_set(err, ERR_GONE, "enough");
}

static void test_client_stream__others_can_be_cancelled_from_within_data(void **state) {
        static const struct client_stream stream = { data_cancels_others, outcome_end };
        struct cancel c = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_events);
        rig_begin_stream(&rig, &c.victim, REQUEST_WATCH, "/victim");
        begin(&rig, &c.stream, &stream);
        rig_run(&rig);
        check_failed(&c.stream, ERR_GONE, "enough");
        assert_int_equal(c.victim.n_ends, 0);
        assert_int_equal(c.queued.n_ends, 0);
        outcome_deinit(&c.stream);
        outcome_deinit(&c.victim);
        outcome_deinit(&c.queued);
        rig_deinit(&rig);
}

/* When the first ends: cancels the second, itself, and sends a third. */
static void end_cancels_others(void *ctx, const struct err *err) {
        struct outcome *outcome = ctx;
        struct cancel *c = cancel_of(outcome);

        client_cancel(outcome->call); /* does nothing: it is ending */
        client_cancel(c->victim.call);
        outcome->rig->pending--;
        rig_begin(outcome->rig, &c->queued, REQUEST_GET, "/third", NULL, 0);
        outcome_end(ctx, err);
}

static void serve_third(struct http_peer *peer, const struct http_request *request, void *ctx) {
        if (strcmp(request->target, "/third") == 0)
                http_peer_answer(peer, 200, "third");
        else if (strcmp(request->target, "/watch") == 0)
                http_peer_answer(peer, 200, "end");
        else
                serve_events(peer, request, ctx);
}

static void test_client_stream__calls_can_be_begun_and_cancelled_from_within_end(void **state) {
        static const struct client_stream stream = { outcome_data, end_cancels_others };
        struct cancel c = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_third);
        rig_begin_stream(&rig, &c.victim, REQUEST_WATCH, "/victim");
        begin(&rig, &c.stream, &stream);
        rig_run(&rig);
        check_ok(&c.stream, "end");
        check_ok(&c.queued, "third");
        assert_int_equal(c.victim.n_ends, 0);
        outcome_deinit(&c.stream);
        outcome_deinit(&c.victim);
        outcome_deinit(&c.queued);
        rig_deinit(&rig);
}

static void test_client_stream__cancelled_and_freed_calls_are_silent(void **state) {
        OUTCOME_CLEANUP struct outcome a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_third);
        client_cancel(NULL);
        rig_begin_stream(&rig, &a, REQUEST_WATCH, "/running");
        rig_begin(&rig, &b, REQUEST_GET, "/third", NULL, 0);
        rig.pending--; /* run until b has ended: a runs, then */
        rig_run(&rig);
        check_ok(&b, "third");
        rig_begin(&rig, &c, REQUEST_PATCH, "/third", "{}", 0);
        client_cancel(c.call);
        rig_begin(&rig, &d, REQUEST_PATCH, "/third", "{}", 0);
        client_free(rig.client); /* a runs, d is queued */
        rig.client = NULL;
        assert_int_equal(a.n_ends + c.n_ends + d.n_ends, 0);
        rig_deinit(&rig);
}

enum { WATCHES = 40 };

static void test_client_stream__watches_do_not_hold_up_writes(void **state) {
        struct outcome watches[WATCHES];
        OUTCOME_CLEANUP struct outcome write = { 0 };
        struct rig rig;

        (void)state;
        memset(watches, 0, sizeof(watches));
        rig_init(&rig, serve_third);
        for (unsigned i = 0; i < WATCHES; i++) {
                rig_begin_stream(&rig, &watches[i], REQUEST_WATCH, "/open");
                rig.pending--;
        }
        rig_do(&rig, &write, REQUEST_PATCH, "/third", "{}");
        check_ok(&write, "third");
        for (unsigned i = 0; i < WATCHES; i++) {
                assert_int_equal(watches[i].n_ends, 0);
                client_cancel(watches[i].call);
                outcome_deinit(&watches[i]);
        }
        rig_deinit(&rig);
}

static void serve_head_late(struct http_peer *peer, const struct http_request *request, void *ctx) {
        struct rig *rig = ctx;

        if (strcmp(request->target, "/mute") != 0)
                http_peer_send(peer, CHUNKED);
        sem_wait(&rig->step);
        http_peer_send(peer, "3\r\none\r\n0\r\n\r\n");
}

static void begin_within(struct rig *rig, struct outcome *outcome, const char *target,
                         int64_t timeout_ms) {
        static const struct client_stream stream = { outcome_data, outcome_end };
        REQUEST_CLEANUP struct request request = {
                .verb = REQUEST_WATCH,
                .target = STRBUF_INIT(100),
                .timeout_ms = timeout_ms,
        };

        strbuf_puts(&request.target, target);
        *outcome = (struct outcome){ .rig = rig, .body = STRBUF_INIT(1000) };
        rig->pending++;
        outcome->call = client_stream(rig->client, &request, &stream, outcome);
}

/* A peer that is frozen takes a request and never begins to answer; a quiet watch has begun. */
static void test_client_stream__a_watch_must_begin_in_time_then_may_be_quiet(void **state) {
        OUTCOME_CLEANUP struct outcome mute = { 0 }, quiet = { 0 }, clock = { 0 };
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_head_late);
        begin_within(&rig, &quiet, "/quiet", 500);
        begin_within(&rig, &mute, "/mute", 500);
        rig_begin(&rig, &clock, REQUEST_GET, "/mute", NULL, 1000);
        rig.pending--; /* the quiet one is to outlive the others */
        rig_run(&rig);
        check_failed(&clock, ERR_TIMEOUT, "GET /mute: ");
        check_failed(&mute, ERR_TIMEOUT, "GET /mute: ");
        assert_int_equal(quiet.n_ends, 0);
        for (unsigned i = 0; i < 3; i++)
                sem_post(&rig.step);
        rig.pending++;
        rig_run(&rig);
        check_ok(&quiet, "one");
        rig_deinit(&rig);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client_stream__chunks_are_delivered_as_they_come),
                cmocka_unit_test(test_client_stream__end_without_the_last_chunk_is_an_error),
                cmocka_unit_test(test_client_stream__receiver_can_give_up),
                cmocka_unit_test(test_client_stream__others_can_be_cancelled_from_within_data),
                cmocka_unit_test(
                        test_client_stream__calls_can_be_begun_and_cancelled_from_within_end),
                cmocka_unit_test(test_client_stream__cancelled_and_freed_calls_are_silent),
                cmocka_unit_test(test_client_stream__watches_do_not_hold_up_writes),
                cmocka_unit_test(test_client_stream__a_watch_must_begin_in_time_then_may_be_quiet),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
