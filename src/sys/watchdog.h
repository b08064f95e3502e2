/*
 * No callback of the loop may keep it for long: all else waits meanwhile.
 *
 * In test builds (watchdog.c; LLC_WATCHDOG says how long, 50 ms where no sanitizer slows us down)
 * one that does is named on stderr, and the process aborts. What is shipped does not measure (watchdog_off.c).
 */
#pragma once

#include <stdint.h>

struct watchdog {
        int64_t started_us, waited_us; /* monotonic; for a CPU until then, -1 = unknown */
};

void watchdog_start(struct watchdog *watchdog);
/* The callback has returned; fn is what is named. */
void watchdog_stop(const struct watchdog *watchdog, void (*fn)(void));
