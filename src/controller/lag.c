#include "lag.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"

struct lag_entry {
        int64_t since_us;
        char key[];
};

struct lag {
        struct map entries;
};

struct lag *lag_new(const uint64_t seed[2]) {
        struct lag *lag = calloc(1, sizeof(*lag));

        map_init(&lag->entries, seed);
        return lag;
}

void lag_free(struct lag *lag) {
        const char *key;
        size_t cursor = 0;
        void *entry;

        if (!lag)
                return;
        while (map_next(&lag->entries, &cursor, &key, &entry))
                free(entry);
        map_deinit(&lag->entries);
        free(lag);
}

void lag_begin(struct lag *lag, const char *key, int64_t now_us) {
        struct lag_entry *entry = map_get(&lag->entries, key);
        size_t len = strlen(key) + 1;

        if (!entry) {
                entry = calloc(1, sizeof(*entry) + len);
                memcpy(entry->key, key, len);
                map_put(&lag->entries, entry->key, entry);
        }
        entry->since_us = now_us;
}

bool lag_since(const struct lag *lag, const char *key, int64_t *ret_us) {
        const struct lag_entry *entry = map_get(&lag->entries, key);

        if (!entry)
                return false;
        *ret_us = entry->since_us;
        return true;
}

void lag_end(struct lag *lag, const char *key) {
        free(map_remove(&lag->entries, key));
}
