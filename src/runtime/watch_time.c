#include "watch_time.h"

enum {
        WATCH_MIN_SECONDS = 300, /* client-go's minWatchTimeout, up to twice that */
        SILENCE_MS = 150 * 1000,
        GRACE_MS = 30 * 1000,
};

unsigned watch_time_begin(struct watch_time *watch_time, struct jitter *jitter, int64_t now_ms) {
        unsigned seconds =
                WATCH_MIN_SECONDS + (unsigned)jitter_below(jitter, WATCH_MIN_SECONDS + 1);

        watch_time->began_ms = watch_time->heard_ms = now_ms;
        watch_time->until_ms = now_ms + (int64_t)seconds * 1000 + GRACE_MS;
        return seconds;
}

void watch_time_heard(struct watch_time *watch_time, int64_t now_ms) {
        watch_time->heard_ms = now_ms;
}

void watch_time_bookmark(struct watch_time *watch_time) {
        watch_time->has_bookmarks = true;
}

int64_t watch_time_left_ms(const struct watch_time *watch_time, int64_t now_ms) {
        int64_t end_ms = watch_time->until_ms, silent_ms = watch_time->heard_ms + SILENCE_MS;

        if (watch_time->has_bookmarks && silent_ms < end_ms)
                end_ms = silent_ms;
        return end_ms > now_ms ? end_ms - now_ms : 0;
}

int watch_time_reason(const struct watch_time *watch_time, int64_t now_ms, struct err *err) {
        if (now_ms >= watch_time->until_ms)
                return err_set(err, ERR_UNAVAILABLE, "open for longer than was asked for");
        return err_set(err, ERR_UNAVAILABLE, "silent for %d s", SILENCE_MS / 1000);
}
