/*
 * A watch: events as they come, one JSON object a line, for a client that reads at its own speed.
 *
 * Events are taken from the store's history at the client's pace, so a slow client costs nothing
 * but the history's bound; when that has passed it by, it gets 410 and the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/strbuf.h"

struct watch;

enum watch_state { WATCH_OPEN, WATCH_ENDED };

/* Called whenever there may be something new to take. */
void watch_on_ready(struct watch *watch, void (*fn)(void *ctx), void *ctx);
/*
 * Appends what is there to be sent, up to about max_bytes (whole lines; one line may be longer).
 * WATCH_ENDED when nothing will follow.
 */
enum watch_state watch_take(struct watch *watch, size_t max_bytes, struct strbuf *out);
void watch_free(struct watch *watch); /* NULL is fine */
