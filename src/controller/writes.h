/*
 * Bounded parallel writes: at most a few in flight, relabels before everything else,
 * Events after it.
 *
 * More than about eight parallel writes only add latency at the API server (measured). The order
 * within a lane is kept. A quarter of the places is only for urgent writes, and no more than a
 * quarter is for Events. A write that is not answered within a second, as where a webhook hangs,
 * keeps nobody from its place any longer, up to a bound. Nothing is ever sent twice.
 */
#pragma once

#include <stddef.h>

#include "llc/kube/client.h"

enum writes_lane {
        WRITES_URGENT, /* what decides whether a pod takes traffic: relabel, hold, release */
        WRITES_NORMAL,
        WRITES_BACKGROUND, /* what nobody waits for */
        WRITES_LANES,
};

struct writes;

struct writes *writes_new(struct loop *loop, struct client *client, unsigned max_in_flight);
/* Drops what waits and cancels what is in flight, without calling back. */
void writes_free(struct writes *writes);

/*
 * Takes the request (and clears the caller's). done is called once, never from within. A read that
 * belongs to a write (what became of it?) may come along: it is bounded and dropped alike.
 */
void writes_send(struct writes *writes, enum writes_lane lane, struct request *request,
                 client_done_fn done, void *ctx);

/* Waiting and in flight. */
size_t writes_pending(const struct writes *writes);
