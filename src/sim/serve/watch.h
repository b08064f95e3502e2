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
#include "serve/accept.h"
#include "serve/table.h"
#include "verbs/verbs.h"

struct watch;

enum watch_state { WATCH_OPEN, WATCH_ENDED };

struct watch_options {
        enum form form;
        enum table_include include; /* FORM_TABLE */
        bool initial;               /* begins with what is there, ADDED */
        bool initial_end;           /* and a bookmark that says where that ends */
        int64_t revision;           /* otherwise: what happened since */
        bool bookmarks;             /* each minute, and before the end */
        int64_t timeout_s;          /* 0 = half an hour to an hour */
};

/* target: what is selected, checked as a list's. The sim must outlive the watch. */
int watch_new(struct sim *sim, const struct kind *kind, const struct target *target,
              const struct watch_options *options, struct watch **ret_watch,
              struct refusal *refusal);
void watch_free(struct watch *watch); /* NULL is fine */

/* Called whenever there may be something new to take; it must not free the watch. */
void watch_on_ready(struct watch *watch, void (*fn)(void *ctx), void *ctx);
/*
 * Appends what is there to be sent, up to about max_bytes (whole lines; one line may be longer).
 * WATCH_ENDED when nothing will follow. Nothing appended: there is nothing until the next call of
 * watch_on_ready's.
 */
enum watch_state watch_take(struct watch *watch, size_t max_bytes, struct strbuf *out);
