#include "llc/sys/loop.h"

#include <assert.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

#include "watchdog.h"

struct loop {
        struct event_base *base;
};

struct loop_timer {
        struct event *event;
        void (*fn)(void *ctx);
        void *ctx;
};

struct loop_fd {
        struct event *event;
        void (*fn)(void *ctx, int events);
        void *ctx;
};

struct loop_signal {
        struct event *event;
        void (*fn)(void *ctx);
        void *ctx;
};

/* libevent answers NULL when memory or descriptors are short: neither can be lived with. */
static void *must(void *p) {
        if (!p)
                abort();
        return p;
}

struct loop *loop_new(void) {
        struct loop *loop = must(malloc(sizeof(*loop)));
        struct event_config *config = must(event_config_new());

        /* The coarse clock would let timers fire up to 4 ms early, the cached one late callbacks. */
        event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
        event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
        loop->base = must(event_base_new_with_config(config));
        event_config_free(config);
        signal(SIGPIPE, SIG_IGN); /* lint: allow signal because SIG_IGN has no handler */
        return loop;
}

void loop_free(struct loop *loop) {
        if (!loop)
                return;
        event_base_free(loop->base);
        free(loop);
}

void loop_run(struct loop *loop) {
        if (event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
                abort();
}

void loop_stop(struct loop *loop) {
        event_base_loopbreak(loop->base);
}

static void loop_timer_fired(evutil_socket_t fd, short what, void *ctx) {
        struct loop_timer *timer = ctx;
        void (*fn)(void *ctx) = timer->fn;
        struct watchdog watchdog;

        (void)fd;
        (void)what;
        watchdog_start(&watchdog);
        fn(timer->ctx); /* may free the timer */
        watchdog_stop(&watchdog, (void (*)(void))fn);
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*fn)(void *ctx), void *ctx) {
        struct loop_timer *timer = must(malloc(sizeof(*timer)));

        timer->event = must(event_new(loop->base, -1, 0, loop_timer_fired, timer));
        timer->fn = fn;
        timer->ctx = ctx;
        return timer;
}

void loop_timer_free(struct loop_timer *timer) {
        if (!timer)
                return;
        event_free(timer->event);
        free(timer);
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms) {
        struct timeval tv;

        if (delay_ms < 0)
                delay_ms = 0;
        tv.tv_sec = (time_t)(delay_ms / 1000);
        tv.tv_usec = (suseconds_t)(delay_ms % 1000 * 1000);
        if (event_add(timer->event, &tv) < 0)
                abort();
}

void loop_timer_clear(struct loop_timer *timer) {
        event_del(timer->event);
}

static void loop_fd_fired(evutil_socket_t fd, short what, void *ctx) {
        struct loop_fd *watch = ctx;
        void (*fn)(void *ctx, int events) = watch->fn;
        struct watchdog watchdog;

        (void)fd;
        watchdog_start(&watchdog);
        fn(watch->ctx, (what & EV_READ ? LOOP_READ : 0) | (what & EV_WRITE ? LOOP_WRITE : 0));
        watchdog_stop(&watchdog, (void (*)(void))fn);
}

struct loop_fd *loop_fd_new(struct loop *loop, int fd, int events,
                            void (*fn)(void *ctx, int events), void *ctx) {
        struct loop_fd *watch = must(malloc(sizeof(*watch)));
        short what = EV_PERSIST;

        assert(events != 0 && (events & ~(LOOP_READ | LOOP_WRITE)) == 0);
        if (events & LOOP_READ)
                what |= EV_READ;
        if (events & LOOP_WRITE)
                what |= EV_WRITE;
        watch->event = must(event_new(loop->base, fd, what, loop_fd_fired, watch));
        watch->fn = fn;
        watch->ctx = ctx;
        if (event_add(watch->event, NULL) < 0)
                abort();
        return watch;
}

void loop_fd_free(struct loop_fd *watch) {
        if (!watch)
                return;
        event_free(watch->event);
        free(watch);
}

static void loop_signal_fired(evutil_socket_t fd, short what, void *ctx) {
        struct loop_signal *watch = ctx;
        void (*fn)(void *ctx) = watch->fn;
        struct watchdog watchdog;

        (void)fd;
        (void)what;
        watchdog_start(&watchdog);
        fn(watch->ctx);
        watchdog_stop(&watchdog, (void (*)(void))fn);
}

struct loop_signal *loop_signal_new(struct loop *loop, int signo, void (*fn)(void *ctx),
                                    void *ctx) {
        struct loop_signal *watch = must(malloc(sizeof(*watch)));

        watch->event = must(
                event_new(loop->base, signo, EV_SIGNAL | EV_PERSIST, loop_signal_fired, watch));
        watch->fn = fn;
        watch->ctx = ctx;
        if (event_add(watch->event, NULL) < 0)
                abort();
        return watch;
}

void loop_signal_free(struct loop_signal *watch) {
        if (!watch)
                return;
        event_free(watch->event);
        free(watch);
}
