#include "holdoff.h"

#include <stdlib.h>

#include "llc/base/map.h"
#include "llc/base/strbuf.h"
#include "llc/sys/random.h"

enum {
        HOLD_MAX_MS = 60 * 1000,
        ENTRIES_MAX = 4096, /* a pod each, in a storm; beyond that the callers' own waits must do */
        KEY_MAX_BYTES = 2048,
};

struct entry {
        int64_t until_ms;
        enum err_code code;
        char *message;
        char key[];
};

struct holdoff {
        struct map entries; /* by "METHOD path" */
};

struct holdoff *holdoff_new(void) {
        struct holdoff *holdoff = calloc(1, sizeof(*holdoff));
        uint64_t seed[2];

        random_fill(seed, sizeof(seed));
        map_init(&holdoff->entries, seed);
        return holdoff;
}

static void entry_free(struct entry *entry) {
        free(entry->message);
        free(entry);
}

/* Drops what is over by now. */
static void holdoff_sweep(struct holdoff *holdoff, int64_t now_ms) {
        struct map kept;
        size_t cursor = 0;
        const char *key;
        void *value;

        map_init(&kept, holdoff->entries.seed);
        while (map_next(&holdoff->entries, &cursor, &key, &value)) {
                struct entry *entry = value;

                if (entry->until_ms > now_ms)
                        map_put(&kept, entry->key, entry);
                else
                        entry_free(entry);
        }
        map_deinit(&holdoff->entries);
        holdoff->entries = kept;
}

void holdoff_free(struct holdoff *holdoff) {
        if (!holdoff)
                return;
        holdoff_sweep(holdoff, INT64_MAX);
        map_deinit(&holdoff->entries);
        free(holdoff);
}

static bool key_of(const char *method, struct bytes target, struct strbuf *out) {
        const char *query = target.len > 0 ? memchr(target.ptr, '?', target.len) : NULL;

        if (query)
                target.len = (size_t)(query - target.ptr);
        strbuf_puts(out, method);
        strbuf_append_char(out, ' ');
        strbuf_append(out, target);
        return strbuf_ok(out);
}

void holdoff_note(struct holdoff *holdoff, const char *method, struct bytes target, int64_t now_ms,
                  const struct err *err) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(KEY_MAX_BYTES);
        int64_t wait_ms = err->retry_after_ms < HOLD_MAX_MS ? err->retry_after_ms : HOLD_MAX_MS;
        struct entry *entry;

        if (wait_ms <= 0 || !key_of(method, target, &key))
                return;
        entry = map_get(&holdoff->entries, strbuf_str(&key));
        if (entry) {
                map_remove(&holdoff->entries, entry->key);
                entry_free(entry);
        }
        if (map_count(&holdoff->entries) == ENTRIES_MAX)
                holdoff_sweep(holdoff, now_ms);
        if (map_count(&holdoff->entries) == ENTRIES_MAX)
                return;
        entry = calloc(1, sizeof(*entry) + key.len + 1);
        entry->until_ms = now_ms + wait_ms;
        entry->code = err->code == ERR_TERMINATING ? ERR_TERMINATING : ERR_THROTTLED;
        entry->message = strdup(err->msg);
        memcpy(entry->key, strbuf_str(&key), key.len + 1);
        map_put(&holdoff->entries, entry->key, entry);
}

bool holdoff_permits(const struct holdoff *holdoff, const char *method, struct bytes target,
                     int64_t now_ms, struct err *err) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(KEY_MAX_BYTES);
        const struct entry *entry =
                key_of(method, target, &key) ? map_get(&holdoff->entries, strbuf_str(&key)) : NULL;

        if (!entry || entry->until_ms <= now_ms)
                return true;
        err_set(err, entry->code, "%s", entry->message);
        err->retry_after_ms = entry->until_ms - now_ms;
        return false;
}
