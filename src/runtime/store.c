#include "llc/runtime/store.h"

#include <assert.h>
#include <stdlib.h>

#include "llc/base/map.h"

struct store {
        struct map objects; /* key → struct object */
        struct map buckets; /* index_key of the first object → first object */
        store_index_fn index;
};

struct store *store_new(const uint64_t seed[2], store_index_fn index) {
        struct store *store = calloc(1, sizeof(*store));

        map_init(&store->objects, seed);
        map_init(&store->buckets, seed);
        store->index = index;
        return store;
}

void store_free(struct store *store) {
        size_t cursor = 0;
        const char *key;
        void *object;

        if (!store)
                return;
        while (map_next(&store->objects, &cursor, &key, &object))
                object_free(object);
        map_deinit(&store->objects);
        map_deinit(&store->buckets);
        free(store);
}

const struct object *store_get(const struct store *store, const char *key) {
        return map_get(&store->objects, key);
}

struct object *store_get_mut(struct store *store, const char *key) {
        return map_get(&store->objects, key);
}

const struct object *store_lookup(const struct store *store, const char *index_key) {
        return map_get(&store->buckets, index_key);
}

size_t store_count(const struct store *store) {
        return map_count(&store->objects);
}

store_index_fn store_index(const struct store *store) {
        return store->index;
}

bool store_next(const struct store *store, size_t *cursor, const struct object **ret_object) {
        const char *key;
        void *object;

        if (!map_next(&store->objects, cursor, &key, &object))
                return false;
        *ret_object = object;
        return true;
}

static void store_link(struct store *store, struct object *object) {
        struct object *first;

        object->next = object->prev = NULL;
        if (!object->index_key)
                return;
        first = map_put(&store->buckets, object->index_key, object);
        object->next = first;
        if (first)
                first->prev = object;
}

static void store_unlink(struct store *store, struct object *object) {
        if (!object->index_key)
                return;
        if (object->next)
                object->next->prev = object->prev;
        if (object->prev)
                object->prev->next = object->next;
        else if (object->next) /* the bucket's key must be a living object's */
                map_put(&store->buckets, object->next->index_key, object->next);
        else
                map_remove(&store->buckets, object->index_key);
        object->next = object->prev = NULL;
}

struct object *store_exchange(struct store *store, struct object *object) {
        struct object *former = map_put(&store->objects, object->key, object);

        assert(former != object);
        if (former)
                store_unlink(store, former);
        store_link(store, object);
        return former;
}

struct object *store_take(struct store *store, const char *key) {
        struct object *object = map_remove(&store->objects, key);

        if (object)
                store_unlink(store, object);
        return object;
}

void store_put(struct store *store, struct object *object) {
        object_free(store_exchange(store, object));
}

void store_remove(struct store *store, const char *key) {
        object_free(store_take(store, key));
}
