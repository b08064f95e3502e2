/*
 * Whether a list is asked for as a stream of events (WatchList, KEP-3157) or in pages. Pure.
 *
 * A stream costs the server a fraction of the memory of a list, and it is the watch already. But
 * servers before 1.34 refuse it or, worse, take no notice, and proxies drop the bookmark that ends
 * it. So a stream that gets nowhere is given up for a list in pages; when that comes to its end, the
 * pages are what is asked for from then on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/err.h"

struct streaming {
        bool *refused;   /* for good; borrowed, of all informers of the resource */
        bool own;        /* where refused points to when nobody else cares */
        bool doubted;    /* the next list is in pages */
        unsigned broken; /* streams in a row that ended before their time */
        int64_t began_ms, heard_ms;
};

/* refused may be NULL. Not to be moved afterwards. */
void streaming_init(struct streaming *streaming, bool *refused);

bool streaming_is_wanted(const struct streaming *streaming);

/* Monotonic time: the stream begins, and something of it has come. */
void streaming_begin(struct streaming *streaming, int64_t now_ms);
void streaming_heard(struct streaming *streaming, int64_t now_ms);
/* How much longer its end is waited for; 0 = it is given up. */
int64_t streaming_patience_ms(const struct streaming *streaming, int64_t now_ms);

/* Its end was there. */
void streaming_succeeded(struct streaming *streaming);
/* It can't come to its end. */
void streaming_give_up(struct streaming *streaming);
/* It failed with this code. */
void streaming_failed(struct streaming *streaming, enum err_code code);

/* What became of a list in pages. */
void streaming_listed(struct streaming *streaming, bool success);
