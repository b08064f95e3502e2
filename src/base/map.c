/*
 * Linear probing with backward-shift deletion: no tombstones, so a table that lives for months
 * under churn stays as fast as a new one.
 */
#include "llc/base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_SLOTS = 16 };

static uint64_t rotl(uint64_t x, int b) {
        return (x << b) | (x >> (64 - b));
}

static void sip_round(uint64_t v[static 4]) {
        v[0] += v[1];
        v[1] = rotl(v[1], 13) ^ v[0];
        v[0] = rotl(v[0], 32);
        v[2] += v[3];
        v[3] = rotl(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotl(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotl(v[1], 17) ^ v[2];
        v[2] = rotl(v[2], 32);
}

static uint64_t load_le64(const unsigned char *p, size_t n) {
        uint64_t x = 0;

        for (size_t i = 0; i < n; i++)
                x |= (uint64_t)p[i] << (8 * i);
        return x;
}

uint64_t siphash13(const void *data, size_t len, const uint64_t seed[2]) {
        const unsigned char *p = data;
        uint64_t v[4] = {
                seed[0] ^ 0x736f6d6570736575U,
                seed[1] ^ 0x646f72616e646f6dU,
                seed[0] ^ 0x6c7967656e657261U,
                seed[1] ^ 0x7465646279746573U,
        };
        uint64_t last = (uint64_t)len << 56;
        size_t left = len;

        for (; left >= 8; left -= 8, p += 8) {
                uint64_t m = load_le64(p, 8);

                v[3] ^= m;
                sip_round(v);
                v[0] ^= m;
        }
        last |= load_le64(p, left);
        v[3] ^= last;
        sip_round(v);
        v[0] ^= last;
        v[2] ^= 0xff;
        for (int i = 0; i < 3; i++)
                sip_round(v);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *map, const uint64_t seed[2]) {
        *map = (struct map){ .seed = { seed[0], seed[1] } };
}

void map_deinit(struct map *map) {
        free(map->entries);
        *map = (struct map){ .seed = { map->seed[0], map->seed[1] } };
}

/* The slot of key, or the free slot where it belongs. The table is never full. */
static size_t map_find(const struct map *map, const char *key, uint64_t hash) {
        size_t mask = map->n_slots - 1;
        size_t i = (size_t)hash & mask;

        while (map->entries[i].key &&
               (map->entries[i].hash != hash || strcmp(map->entries[i].key, key) != 0))
                i = (i + 1) & mask;
        return i;
}

static void map_resize(struct map *map, size_t n_slots) {
        struct map_entry *old = map->entries;
        size_t n_old = map->n_slots;

        map->entries = calloc(n_slots, sizeof(*map->entries));
        if (!map->entries)
                abort();
        map->n_slots = n_slots;
        for (size_t i = 0; i < n_old; i++)
                if (old[i].key)
                        map->entries[map_find(map, old[i].key, old[i].hash)] = old[i];
        free(old);
}

void *map_get(const struct map *map, const char *key) {
        if (map->n_used == 0)
                return NULL;
        return map->entries[map_find(map, key, siphash13(key, strlen(key), map->seed))].value;
}

void *map_put(struct map *map, const char *key, void *value) {
        uint64_t hash = siphash13(key, strlen(key), map->seed);
        struct map_entry *entry;
        void *former;

        assert(value);
        if (map->n_used * 4 >= map->n_slots * 3)
                map_resize(map, map->n_slots ? map->n_slots * 2 : MIN_SLOTS);
        entry = &map->entries[map_find(map, key, hash)];
        former = entry->value;
        if (!entry->key)
                map->n_used++;
        *entry = (struct map_entry){ .key = key, .value = value, .hash = hash };
        return former;
}

void *map_remove(struct map *map, const char *key) {
        size_t mask, hole, i;
        void *value;

        if (map->n_used == 0)
                return NULL;
        mask = map->n_slots - 1;
        hole = map_find(map, key, siphash13(key, strlen(key), map->seed));
        value = map->entries[hole].value;
        if (!map->entries[hole].key)
                return NULL;
        for (i = (hole + 1) & mask; map->entries[i].key; i = (i + 1) & mask) {
                size_t home = (size_t)map->entries[i].hash & mask;

                /* Does the entry at i reach back to the hole from its home? */
                if (((i - home) & mask) >= ((i - hole) & mask)) {
                        map->entries[hole] = map->entries[i];
                        hole = i;
                }
        }
        map->entries[hole] = (struct map_entry){ .key = NULL };
        map->n_used--;
        if (map->n_slots > MIN_SLOTS && map->n_used * 8 < map->n_slots)
                map_resize(map, map->n_slots / 2);
        return value;
}

bool map_next(const struct map *map, size_t *cursor, const char **ret_key, void **ret_value) {
        for (; *cursor < map->n_slots; (*cursor)++) {
                const struct map_entry *entry = &map->entries[*cursor];

                if (entry->key) {
                        *ret_key = entry->key;
                        *ret_value = entry->value;
                        (*cursor)++;
                        return true;
                }
        }
        return false;
}
