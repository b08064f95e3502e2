#include "jitter.h"

#include "llc/base/map.h"

uint64_t jitter_below(struct jitter *jitter, uint64_t bound) {
        uint64_t drawn = jitter->n_drawn++;

        /* The bias of % is 2^-40 at the bounds used here. */
        return bound ? siphash13(&drawn, sizeof(drawn), jitter->seed) % bound : 0;
}

int64_t jitter_delay(struct jitter *jitter, const struct jitter_backoff *backoff,
                     unsigned failures) {
        int64_t delay = backoff->min_ms;

        while (failures-- > 0 && delay < backoff->max_ms)
                delay *= 2;
        if (delay > backoff->max_ms)
                delay = backoff->max_ms;
        return delay +
               (int64_t)jitter_below(jitter, (uint64_t)delay * backoff->spread_percent / 100);
}
