/*
 * Each state of an object that has passed is the "before" of exactly one change, and a last state
 * the "record" of its deletion: so the bytes that only the history holds are known without asking
 * the records.
 */
#include "storage/history.h"

#include <assert.h>
#include <stdlib.h>

void history_init(struct history *history, const struct storage_limits *limits) {
        assert(limits->history_changes > 0);
        *history = (struct history){
                .changes = calloc(limits->history_changes, sizeof(*history->changes)),
                .limits = *limits,
        };
        if (!history->changes)
                abort();
}

static size_t change_bytes(const struct change *change) {
        size_t bytes = change->before ? change->before->text_len : 0;

        return change->type == CHANGE_DELETED ? bytes + change->record->text_len : bytes;
}

static void history_drop_first(struct history *history) {
        struct change *change = &history->changes[history->first];

        history->bytes -= change_bytes(change);
        history->compacted = change->revision;
        record_unref(change->before);
        record_unref(change->record);
        history->first = (history->first + 1) % history->limits.history_changes;
        history->n--;
}

void history_deinit(struct history *history) {
        while (history->n > 0)
                history_drop_first(history);
        free(history->changes);
}

const struct change *history_push(struct history *history, const struct change *change) {
        size_t bytes = change_bytes(change);
        struct change *place;

        while (history->n > 0 && (history->n == history->limits.history_changes ||
                                  history->bytes + bytes > history->limits.history_bytes))
                history_drop_first(history);
        place = &history->changes[(history->first + history->n) % history->limits.history_changes];
        *place = *change;
        record_ref(place->record);
        if (place->before)
                record_ref(place->before);
        history->n++;
        history->bytes += bytes;
        return place;
}

void history_compact(struct history *history, int64_t revision) {
        while (history->n > 0 && history->changes[history->first].revision <= revision)
                history_drop_first(history);
        if (revision > history->compacted)
                history->compacted = revision;
}

const struct change *history_at(const struct history *history, int64_t revision) {
        size_t offset = (size_t)(revision - history->changes[history->first].revision);

        assert(offset < history->n);
        return &history->changes[(history->first + offset) % history->limits.history_changes];
}
