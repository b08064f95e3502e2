#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>

#include "client_rig.h"
#include "llc/sys/clock.h"

enum { NOTICED_MS = 45 * 1000 };

/* A watch that has begun; then the network is gone. "/warm" is answered before that. */
static void serve_then_vanish(struct http_peer *peer, const struct http_request *request,
                              void *ctx) {
        struct rig *rig = ctx;

        if (strcmp(request->target, "/warm") == 0)
                http_peer_answer(peer, 200, "warm");
        else
                http_peer_send(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "3\r\none\r\n");
        http_peer_vanish(peer);
        atomic_fetch_add(&rig->committed, 1);
        if (strcmp(request->target, "/warm") != 0)
                sem_wait(&rig->step); /* until the end of the test */
}

/*
 * Real time: what is tested is the kernel's. A silent watch is found by TCP keep-alives, a write by
 * what is not acknowledged; neither has a timeout of its own here.
 */
static void test_client_blackhole__is_noticed_in_time(void **state) {
        OUTCOME_CLEANUP struct outcome warm = { 0 }, watch = { 0 }, write = { 0 };
        int64_t began_ms;
        struct rig rig;

        (void)state;
        rig_init(&rig, serve_then_vanish);
        rig_do(&rig, &warm, REQUEST_GET, "/warm", NULL);
        check_ok(&warm, "warm");
        while (atomic_load(&rig.committed) == 0) /* the write must not arrive */
                poll(NULL, 0, 1);
        began_ms = clock_monotonic_ms();
        rig_begin(&rig, &write, REQUEST_PATCH, "/x", "{}", 0);
        rig_begin_stream(&rig, &watch, REQUEST_WATCH, "/watch");
        rig_run(&rig);
        assert_true(clock_monotonic_ms() - began_ms <= NOTICED_MS);
        check_failed(&watch, ERR_UNAVAILABLE, "GET /watch: ");
        assert_string_equal(strbuf_str(&watch.body), "one");
        check_failed(&write, ERR_AMBIGUOUS, "PATCH /x: ");
        assert_int_equal(http_server_requests(rig.server), 2); /* the write never arrived */
        rig_deinit(&rig);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client_blackhole__is_noticed_in_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
