#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "llc/sys/clock.h"
#include "llc/sys/loop.h"

struct trace {
        struct loop *loop;
        struct loop_timer *timer, *other;
        struct loop_fd *watch;
        struct loop_signal *signal;
        int fd;
        char order[16];
};

static void note(struct trace *t, char c) {
        size_t len = strlen(t->order);

        assert_true(len + 1 < sizeof(t->order));
        t->order[len] = c;
}

static void on_a(void *ctx) {
        note(ctx, 'a');
}

static void on_b(void *ctx) {
        note(ctx, 'b');
}

static void on_stop(void *ctx) {
        struct trace *t = ctx;

        note(t, '.');
        loop_stop(t->loop);
}

static void test_loop__timers_fire_once_in_order_and_never_early(void **state) {
        struct trace t = { .loop = loop_new() };
        struct loop_timer *a = loop_timer_new(t.loop, on_a, &t);
        struct loop_timer *b = loop_timer_new(t.loop, on_b, &t);
        struct loop_timer *stop = loop_timer_new(t.loop, on_stop, &t);
        int64_t start = clock_monotonic_us();

        (void)state;
        loop_timer_set(stop, 30);
        loop_timer_set(b, 20);
        loop_timer_set(a, 10);
        loop_run(t.loop);
        assert_string_equal(t.order, "ab.");
        assert_true(clock_monotonic_us() - start >= 30000);
        loop_timer_free(a);
        loop_timer_free(b);
        loop_timer_free(stop);
        loop_free(t.loop);
}

static void test_loop__timer_can_be_rearmed_and_cleared(void **state) {
        struct trace t = { .loop = loop_new() };
        struct loop_timer *a = loop_timer_new(t.loop, on_a, &t);
        struct loop_timer *b = loop_timer_new(t.loop, on_b, &t);
        struct loop_timer *stop = loop_timer_new(t.loop, on_stop, &t);

        (void)state;
        loop_timer_set(a, 3600000);
        loop_timer_set(a, -5); /* sooner, and no later than now */
        loop_timer_set(b, 0);
        loop_timer_clear(b);
        loop_timer_set(stop, 5);
        loop_run(t.loop);
        assert_string_equal(t.order, "a.");
        loop_timer_free(a);
        loop_timer_free(b);
        loop_timer_free(stop);
        loop_timer_free(NULL);
        loop_free(t.loop);
        loop_free(NULL);
}

static void on_free_other(void *ctx) {
        struct trace *t = ctx;

        note(t, 'f');
        loop_timer_free(t->other);
        loop_timer_free(t->timer); /* itself */
        t->timer = t->other = NULL;
}

static void test_loop__timer_freed_in_a_callback_stays_silent(void **state) {
        struct trace t = { .loop = loop_new() };
        struct loop_timer *stop = loop_timer_new(t.loop, on_stop, &t);

        (void)state;
        t.timer = loop_timer_new(t.loop, on_free_other, &t);
        t.other = loop_timer_new(t.loop, on_b, &t);
        loop_timer_set(t.timer, 0);
        loop_timer_set(t.other, 0); /* due in the same turn */
        loop_timer_set(stop, 5);
        loop_run(t.loop);
        assert_string_equal(t.order, "f.");
        loop_timer_free(stop);
        loop_free(t.loop);
}

static void on_readable(void *ctx, int events) {
        struct trace *t = ctx;
        char c;

        assert_int_equal(events, LOOP_READ);
        note(t, 'r');
        if (strlen(t->order) < 3)
                return; /* level-triggered: it comes again */
        assert_int_equal(read(t->fd, &c, 1), 1);
        loop_fd_free(t->watch);
        t->watch = NULL;
        loop_stop(t->loop);
}

static void test_loop__fd_is_level_triggered(void **state) {
        struct trace t = { .loop = loop_new() };
        int fds[2];

        (void)state;
        assert_int_equal(pipe(fds), 0);
        t.fd = fds[0];
        t.watch = loop_fd_new(t.loop, fds[0], LOOP_READ, on_readable, &t);
        assert_int_equal(write(fds[1], "x", 1), 1);
        loop_run(t.loop);
        assert_string_equal(t.order, "rrr");
        assert_null(t.watch);
        loop_fd_free(NULL);
        close(fds[0]);
        close(fds[1]);
        loop_free(t.loop);
}

static void on_writable(void *ctx, int events) {
        struct trace *t = ctx;

        assert_int_equal(events, LOOP_WRITE);
        note(t, 'w');
        loop_stop(t->loop);
}

static void test_loop__reports_only_the_events_asked_for(void **state) {
        struct trace t = { .loop = loop_new() };
        struct loop_fd *w;
        int fds[2];

        (void)state;
        assert_int_equal(pipe(fds), 0);
        w = loop_fd_new(t.loop, fds[1], LOOP_WRITE, on_writable, &t);
        loop_run(t.loop);
        assert_string_equal(t.order, "w");
        loop_fd_free(w);
        close(fds[0]);
        close(fds[1]);
        loop_free(t.loop);
}

static void on_signal(void *ctx) {
        struct trace *t = ctx;

        note(t, 's');
        loop_stop(t->loop);
}

static void test_loop__signals_are_callbacks_until_freed(void **state) {
        struct trace t = { .loop = loop_new() };

        (void)state;
        t.signal = loop_signal_new(t.loop, SIGTERM, on_signal, &t);
        assert_int_equal(raise(SIGTERM), 0);
        loop_run(t.loop);
        assert_int_equal(raise(SIGTERM), 0);
        loop_run(t.loop);
        assert_string_equal(t.order, "ss");
        loop_signal_free(t.signal);
        loop_signal_free(NULL);
        loop_free(t.loop);
}

static void test_loop__closed_pipe_is_an_error_not_a_death(void **state) {
        struct loop *loop = loop_new();
        int fds[2];

        (void)state;
        assert_int_equal(pipe(fds), 0);
        close(fds[0]);
        assert_int_equal(write(fds[1], "x", 1), -1);
        close(fds[1]);
        loop_free(loop);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_loop__timers_fire_once_in_order_and_never_early),
                cmocka_unit_test(test_loop__timer_can_be_rearmed_and_cleared),
                cmocka_unit_test(test_loop__timer_freed_in_a_callback_stays_silent),
                cmocka_unit_test(test_loop__fd_is_level_triggered),
                cmocka_unit_test(test_loop__reports_only_the_events_asked_for),
                cmocka_unit_test(test_loop__signals_are_callbacks_until_freed),
                cmocka_unit_test(test_loop__closed_pipe_is_an_error_not_a_death),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
