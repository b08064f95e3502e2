/*
 * What happened lately: a ring of changes with consecutive revisions, bounded in number and in the
 * bytes of what only it still holds. The newest change is always kept.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "storage/storage.h"

struct history {
        struct change *changes; /* limits.history_changes places */
        size_t first, n;
        size_t bytes;
        int64_t compacted; /* the revision before the first change kept */
        struct storage_limits limits;
};

void history_init(struct history *history, const struct storage_limits *limits);
void history_deinit(struct history *history);

/* Takes a reference each on the records. Its revision follows the last one's. */
const struct change *history_push(struct history *history, const struct change *change);
/* Forgets changes up to and with the revision. */
void history_compact(struct history *history, int64_t revision);
/* The change at a revision after history->compacted. */
const struct change *history_at(const struct history *history, int64_t revision);
