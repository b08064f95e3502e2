/*
 * A hash map from strings to pointers (open addressing, SipHash-1-3 with a seed given by the
 * caller, because keys come from outside).
 *
 * The map owns neither keys nor values: a key must stay valid and unchanged while its entry is in
 * the map; usually it lives inside the value.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry {
        const char *key; /* NULL = free slot */
        void *value;
        uint64_t hash;
};

struct map {
        struct map_entry *entries;
        size_t n_slots; /* 0 or a power of two */
        size_t n_used;
        uint64_t seed[2];
};

void map_init(struct map *map, const uint64_t seed[2]);
/* Frees the table, not keys or values. */
void map_deinit(struct map *map);

void *map_get(const struct map *map, const char *key);
/* Sets key to value (not NULL); returns the former value or NULL. The new key pointer is kept. */
void *map_put(struct map *map, const char *key, void *value);
/* Returns the removed value, or NULL when there was none. */
void *map_remove(struct map *map, const char *key);

static inline size_t map_count(const struct map *map) {
        return map->n_used;
}

/*
 * Walks all entries in no particular order: start with *cursor = 0, stops with false. The map
 * must not be changed during the walk.
 */
bool map_next(const struct map *map, size_t *cursor, const char **ret_key, void **ret_value);

/* SipHash-1-3 of bytes; also used where a stable hash of outside data is needed. */
uint64_t siphash13(const void *data, size_t len, const uint64_t seed[2]);
