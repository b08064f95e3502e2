#include "support/fake_loop.h"

#include <assert.h>
#include <stdlib.h>

#include "llc/sys/clock.h"

struct loop {
        struct loop_timer *timers;
        bool stopped;
};

struct loop_timer {
        struct loop *loop;
        struct loop_timer *next;
        void (*fn)(void *ctx);
        void *ctx;
        bool armed;
        int64_t due_ms;
};

struct loop_fd {
        int fd;
};

struct loop_signal {
        int signo;
};

static int64_t fake_now_ms = 1000000;

int64_t clock_wall_ms(void) {
        return 1700000000000 + fake_now_ms;
}

int64_t clock_monotonic_ms(void) {
        return fake_now_ms;
}

int64_t clock_monotonic_us(void) {
        return fake_now_ms * 1000;
}

struct loop *loop_new(void) {
        return calloc(1, sizeof(struct loop));
}

void loop_free(struct loop *loop) {
        if (!loop)
                return;
        assert(!loop->timers);
        free(loop);
}

static struct loop_timer *fake_loop_first(const struct loop *loop) {
        struct loop_timer *first = NULL;

        for (struct loop_timer *timer = loop->timers; timer; timer = timer->next)
                if (timer->armed && (!first || timer->due_ms < first->due_ms))
                        first = timer;
        return first;
}

int64_t fake_loop_next(const struct loop *loop) {
        const struct loop_timer *first = fake_loop_first(loop);

        return first ? first->due_ms - fake_now_ms : -1;
}

static bool fake_loop_turn(struct loop *loop, int64_t until_ms) {
        struct loop_timer *timer = fake_loop_first(loop);

        if (!timer || timer->due_ms > until_ms)
                return false;
        if (timer->due_ms > fake_now_ms)
                fake_now_ms = timer->due_ms;
        timer->armed = false;
        timer->fn(timer->ctx); /* may free the timer */
        return true;
}

void fake_loop_advance(struct loop *loop, int64_t ms) {
        int64_t until_ms = fake_now_ms + ms;

        while (fake_loop_turn(loop, until_ms)) {}
        fake_now_ms = until_ms;
}

/* Runs from timer to timer; ends also when there is nothing to wait for. */
void loop_run(struct loop *loop) {
        loop->stopped = false;
        while (!loop->stopped && fake_loop_turn(loop, INT64_MAX)) {}
}

void loop_stop(struct loop *loop) {
        loop->stopped = true;
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*fn)(void *ctx), void *ctx) {
        struct loop_timer *timer = calloc(1, sizeof(*timer));

        *timer = (struct loop_timer){ .loop = loop, .next = loop->timers, .fn = fn, .ctx = ctx };
        loop->timers = timer;
        return timer;
}

void loop_timer_free(struct loop_timer *timer) {
        struct loop_timer **link;

        if (!timer)
                return;
        for (link = &timer->loop->timers; *link != timer; link = &(*link)->next) {}
        *link = timer->next;
        free(timer);
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms) {
        timer->armed = true;
        timer->due_ms = fake_now_ms + (delay_ms > 0 ? delay_ms : 0);
}

void loop_timer_clear(struct loop_timer *timer) {
        timer->armed = false;
}

/* Descriptors and signals never fire here. */
struct loop_fd *loop_fd_new(struct loop *loop, int fd, int events,
                            void (*fn)(void *ctx, int events), void *ctx) {
        struct loop_fd *watch = calloc(1, sizeof(*watch));

        (void)loop;
        (void)events;
        (void)fn;
        (void)ctx;
        watch->fd = fd;
        return watch;
}

void loop_fd_free(struct loop_fd *watch) {
        free(watch);
}

struct loop_signal *loop_signal_new(struct loop *loop, int signo, void (*fn)(void *ctx),
                                    void *ctx) {
        struct loop_signal *watch = calloc(1, sizeof(*watch));

        (void)loop;
        (void)fn;
        (void)ctx;
        watch->signo = signo;
        return watch;
}

void loop_signal_free(struct loop_signal *watch) {
        free(watch);
}
