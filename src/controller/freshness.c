#include "freshness.h"

#include <stdlib.h>
#include <string.h>

#include "llc/api/meta.h"
#include "llc/base/map.h"

enum { RESOURCE_VERSION_MAX = 32 };

struct freshness_mark {
        char resource_version[RESOURCE_VERSION_MAX]; /* "" = nothing outstanding */
        uint64_t lists; /* the first list that surely began after we wrote */
        bool awaited;
};

struct freshness_entry {
        struct freshness_mark marks[FRESHNESS_KINDS];
        char key[];
};

struct freshness {
        struct map entries;
};

struct freshness *freshness_new(const uint64_t seed[2]) {
        struct freshness *freshness = calloc(1, sizeof(*freshness));

        map_init(&freshness->entries, seed);
        return freshness;
}

void freshness_free(struct freshness *freshness) {
        const char *key;
        size_t cursor = 0;
        void *entry;

        if (!freshness)
                return;
        while (map_next(&freshness->entries, &cursor, &key, &entry))
                free(entry);
        map_deinit(&freshness->entries);
        free(freshness);
}

void freshness_wrote(struct freshness *freshness, const char *key, enum freshness_of of,
                     struct bytes resource_version, const struct informer *informer) {
        struct freshness_entry *entry = map_get(&freshness->entries, key);
        char version[RESOURCE_VERSION_MAX] = "";
        struct freshness_mark *mark;

        if (resource_version.len == 0 || resource_version.len >= sizeof(version))
                return;
        memcpy(version, resource_version.ptr, resource_version.len);
        if (!entry) {
                size_t len = strlen(key) + 1;

                entry = calloc(1, sizeof(*entry) + len);
                memcpy(entry->key, key, len);
                map_put(&freshness->entries, entry->key, entry);
        }
        mark = &entry->marks[of];
        if (resource_version_compare(resource_version, bytes_of(mark->resource_version)) <= 0)
                return;
        memcpy(mark->resource_version, version, sizeof(version));
        mark->lists = informer_counters(informer)->lists + 1;
        if (informer_is_listing(informer))
                mark->lists++; /* the one under way may have begun before */
}

static bool mark_seen(const struct freshness_mark *mark, const struct informer *informer) {
        const char *seen = informer_resource_version(informer);

        if (mark->resource_version[0] == '\0')
                return true;
        if (seen && resource_version_compare(bytes_of(seen), bytes_of(mark->resource_version)) >= 0)
                return true;
        return informer_counters(informer)->lists >= mark->lists;
}

bool freshness_caught_up(struct freshness *freshness, const char *key, enum freshness_of of,
                         const struct informer *informer) {
        struct freshness_entry *entry = map_get(&freshness->entries, key);

        if (!entry)
                return true;
        entry->marks[of].awaited = !mark_seen(&entry->marks[of], informer);
        if (entry->marks[of].awaited)
                return false;
        entry->marks[of] = (struct freshness_mark){ .lists = 0 };
        return true;
}

bool freshness_is_awaited(const struct freshness *freshness, const char *key) {
        const struct freshness_entry *entry = map_get(&freshness->entries, key);

        for (int of = 0; entry && of < FRESHNESS_KINDS; of++)
                if (entry->marks[of].awaited)
                        return true;
        return false;
}

void freshness_forget(struct freshness *freshness, const char *key) {
        free(map_remove(&freshness->entries, key));
}
