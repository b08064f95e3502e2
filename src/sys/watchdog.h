/*
 * No callback of the loop may keep it for long: all else waits meanwhile.
 *
 * In test builds (watchdog.c) one that sleeps for 50 ms, or works for longer than LLC_WATCHDOG says,
 * is named on stderr, and the process aborts. What is shipped does not measure (watchdog_off.c).
 */
#pragma once

#include <stdint.h>

/* All in microseconds. */
struct watchdog {
        int64_t started, ran, waited; /* monotonic; of this thread so far: on a CPU, for one */
};

void watchdog_start(struct watchdog *watchdog);
/* The callback has returned; fn is what is named. */
void watchdog_stop(const struct watchdog *watchdog, void (*fn)(void));
