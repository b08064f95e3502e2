/*
 * The loop and the clocks without time: a test links fake_loop.c instead of llc/sys/loop.h's and
 * llc/sys/clock.h's own sources and says itself how time passes. One clock for the program.
 */
#pragma once

#include "llc/sys/loop.h"

/* Lets so many milliseconds pass, running the timers that are due in their order. */
void fake_loop_advance(struct loop *loop, int64_t ms);
/* Time until the next timer; -1 when none is armed. */
int64_t fake_loop_next(const struct loop *loop);
