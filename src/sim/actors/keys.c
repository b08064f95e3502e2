#include "actors/keys.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"

struct keys {
        struct agenda *agenda;
        void (*fn)(void *ctx, const char *namespace_, const char *name);
        void *ctx;
        struct map waiting; /* text → struct key */
        bool calling;
};

struct key {
        struct keys *keys;
        struct agenda_item *item;
        size_t slash;
        char text[]; /* "NAMESPACE/NAME" */
};

struct keys *keys_new(struct agenda *agenda,
                      void (*fn)(void *ctx, const char *namespace_, const char *name), void *ctx) {
        struct keys *keys = malloc(sizeof(*keys));
        uint64_t seed[2];

        if (!keys)
                abort();
        *keys = (struct keys){ .agenda = agenda, .fn = fn, .ctx = ctx };
        agenda_random(agenda, seed, sizeof(seed));
        map_init(&keys->waiting, seed);
        return keys;
}

static void key_free(struct key *key) {
        agenda_item_free(key->item);
        free(key);
}

void keys_free(struct keys *keys) {
        size_t cursor = 0;
        const char *text;
        void *key;

        if (!keys)
                return;
        assert(!keys->calling);
        while (map_next(&keys->waiting, &cursor, &text, &key))
                key_free(key);
        map_deinit(&keys->waiting);
        free(keys);
}

/* The key is forgotten before the call: what is noted from here on is another time. */
static void key_due(void *ctx) {
        struct key *key = ctx;
        struct keys *keys = key->keys;

        map_remove(&keys->waiting, key->text);
        key->text[key->slash] = '\0';
        keys->calling = true;
        keys->fn(keys->ctx, key->text, key->text + key->slash + 1);
        keys->calling = false;
        key_free(key);
}

static struct key *key_new(struct keys *keys, const char *namespace_, const char *name) {
        size_t slash = strlen(namespace_), bytes = slash + 1 + strlen(name) + 1;
        struct key *key = malloc(sizeof(*key) + bytes);

        if (!key)
                abort();
        key->keys = keys;
        key->item = NULL;
        key->slash = slash;
        snprintf(key->text, bytes, "%s/%s", namespace_, name);
        return key;
}

void keys_add(struct keys *keys, const char *namespace_, const char *name, int64_t delay_ms) {
        struct key *key = key_new(keys, namespace_, name);
        struct key *waiting = map_get(&keys->waiting, key->text);

        if (waiting) {
                key_free(key);
                key = waiting;
        } else {
                key->item = agenda_item_new(keys->agenda, key_due, key);
                map_put(&keys->waiting, key->text, key);
        }
        agenda_set_sooner(key->item, delay_ms);
}
