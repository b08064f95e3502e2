/*
 * When a watch has to be given up although it has not failed. A frozen peer still acknowledges TCP
 * keep-alives, so that only silence tells: bookmarks come each minute, once they have been seen to
 * come at all. And the server must end the watch when its time is over. Time is an argument.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jitter.h"
#include "llc/base/err.h"

struct watch_time {
        bool has_bookmarks; /* from this server, whatever the watch */
        int64_t began_ms, heard_ms;
        int64_t until_ms; /* the time of the watch, and some */
};

/* A watch begins; returns how many seconds it is to be asked for: a random 5 to 10 minutes. */
unsigned watch_time_begin(struct watch_time *watch_time, struct jitter *jitter, int64_t now_ms);
void watch_time_heard(struct watch_time *watch_time, int64_t now_ms);
void watch_time_bookmark(struct watch_time *watch_time);

/* Until it has to be given up, unless something is heard. */
int64_t watch_time_left_ms(const struct watch_time *watch_time, int64_t now_ms);
/* Why it is given up, as ERR_UNAVAILABLE; always returns -1. */
int watch_time_reason(const struct watch_time *watch_time, int64_t now_ms, struct err *err);
