/*
 * The event loop: timers, file descriptors, signals. Backed by libevent (src/sys/loop.c only).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/err.h"

struct loop;
struct loop_timer;
struct loop_fd;
struct loop_signal;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/* Also ignores SIGPIPE in the process: a closed connection is an error, not a death. */
struct loop *loop_new(void);
/* All timers, descriptors and signals must be freed before. */
void loop_free(struct loop *loop);
/* Runs until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* A one-shot timer, not yet armed. free also disarms; free(NULL) is fine. */
struct loop_timer *loop_timer_new(struct loop *loop, void (*fn)(void *ctx), void *ctx);
void loop_timer_free(struct loop_timer *timer);
/* Arms or re-arms; 0 = in the next turn of the loop. */
void loop_timer_set(struct loop_timer *timer, int64_t delay_ms);
void loop_timer_clear(struct loop_timer *timer);

/*
 * Watches fd for events (LOOP_READ | LOOP_WRITE), level-triggered, until freed. Does not own fd.
 * As with timers and signals: may be freed within its own callback.
 */
struct loop_fd *loop_fd_new(struct loop *loop, int fd, int events,
                            void (*fn)(void *ctx, int events), void *ctx);
void loop_fd_free(struct loop_fd *watch);

struct loop_signal *loop_signal_new(struct loop *loop, int signo, void (*fn)(void *ctx), void *ctx);
void loop_signal_free(struct loop_signal *watch);
