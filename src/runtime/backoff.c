#include "backoff.h"

enum {
        /* What has lasted so long before it failed needs no back-off to be rare. */
        HEALTHY_MS = 10 * 1000,
        RETRY_AFTER_MAX_MS = 60 * 1000,
};

static const struct jitter_backoff BACKOFF = { 800, 30000, 100 };
/*
 * Where nobody answers there is nobody to spare, and who comes back finds many that wait: a
 * restarted API server is seen within 8 s, however long it was away.
 */
static const struct jitter_backoff UNREACHABLE_BACKOFF = { 800, 4000, 100 };
/* A CRD that is installed later is found within 10 s. */
static const struct jitter_backoff NO_KIND_BACKOFF = { 800, 5000, 100 };

static const struct jitter_backoff *range_of(const struct backoff_failure *failure) {
        if (failure->unreachable)
                return &UNREACHABLE_BACKOFF;
        return failure->no_kind ? &NO_KIND_BACKOFF : &BACKOFF;
}

/*
 * What has told something has worked: only failures since then slow us down. And how long nobody
 * was there says nothing about who answers now, nor the other way round.
 */
static void backoff_count(struct backoff *backoff, const struct backoff_failure *failure,
                          int64_t now_ms) {
        if (failure->has_worked || backoff->unreachable != failure->unreachable ||
            now_ms - backoff->until_ms > HEALTHY_MS)
                backoff->failures = 0;
        backoff->unreachable = failure->unreachable;
        backoff->failures++;
}

/* The server says when to come again; or else the delay grows from failure to failure. */
int64_t backoff_next(struct backoff *backoff, struct jitter *jitter,
                     const struct backoff_failure *failure, int64_t now_ms) {
        int64_t delay_ms = failure->retry_after_ms;

        backoff_count(backoff, failure, now_ms);
        if (delay_ms > RETRY_AFTER_MAX_MS)
                delay_ms = RETRY_AFTER_MAX_MS;
        if (delay_ms > 0)
                delay_ms += (int64_t)jitter_below(jitter, (uint64_t)delay_ms / 4);
        else
                delay_ms = jitter_delay(jitter, range_of(failure), backoff->failures - 1);
        backoff->until_ms = now_ms + delay_ms;
        return delay_ms;
}
