/*
 * The clocks of the machine.
 */
#pragma once

#include <stdint.h>

/* Milliseconds since the epoch (CLOCK_REALTIME): for timestamps in objects. */
int64_t clock_wall_ms(void);
/* Milliseconds that only grow (CLOCK_MONOTONIC): for delays and measuring. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);
