/*
 * An object is filed under one of its labels; whoever has that label looks at the others.
 */
#include "actors/selector_index.h"

#include <stdlib.h>
#include <string.h>

#include "llc/base/map.h"
#include "llc/base/strbuf.h"
#include "storage/record.h"

enum { TEXT_MAX = 4 << 20 };

struct entry {
        struct entry *next; /* of its place */
        struct place *place;
        char *pairs;     /* "key\0value\0" again and again; ends with an empty key */
        const char *key; /* "NAMESPACE/NAME" */
        const char *namespace_, *name;
};

struct place {
        struct entry *first;
        char key[]; /* "NAMESPACE/LABEL=VALUE", or "NAMESPACE/" */
};

struct selector_index {
        struct map entries, places;
};

struct selector_index *selector_index_new(const uint64_t seed[2]) {
        struct selector_index *index = malloc(sizeof(*index));

        if (!index)
                abort();
        map_init(&index->entries, seed);
        map_init(&index->places, seed);
        return index;
}

static void entry_free(struct entry *entry) {
        free(entry->pairs);
        free(entry);
}

void selector_index_free(struct selector_index *index) {
        size_t cursor = 0;
        const char *key;
        void *value;

        if (!index)
                return;
        while (map_next(&index->entries, &cursor, &key, &value))
                entry_free(value);
        cursor = 0;
        while (map_next(&index->places, &cursor, &key, &value))
                free(value);
        map_deinit(&index->entries);
        map_deinit(&index->places);
        free(index);
}

static struct place *place_of(struct selector_index *index, const char *key) {
        struct place *place = map_get(&index->places, key);
        size_t len = strlen(key);

        if (place)
                return place;
        place = malloc(sizeof(*place) + len + 1);
        if (!place)
                abort();
        place->first = NULL;
        memcpy(place->key, key, len + 1);
        map_put(&index->places, place->key, place);
        return place;
}

static char *pairs_of(const struct json *labels) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(TEXT_MAX);
        const struct json *value;
        void *cursor = NULL;
        const char *key;
        char *pairs;

        while (json_next(labels, &cursor, &key, &value)) {
                const char *said = json_text_at(labels, key);

                strbuf_append(&text, (struct bytes){ key, strlen(key) + 1 });
                strbuf_append(&text, (struct bytes){ said, strlen(said) + 1 });
        }
        pairs = malloc(text.len + 1);
        if (!pairs)
                abort();
        if (text.len > 0)
                memcpy(pairs, strbuf_str(&text), text.len);
        pairs[text.len] = '\0';
        return pairs;
}

static struct entry *entry_new(const char *namespace_, const char *name,
                               const struct json *labels) {
        size_t namespace_len = strlen(namespace_) + 1, name_len = strlen(name) + 1;
        struct entry *entry = malloc(sizeof(*entry) + 2 * namespace_len + name_len);
        char *text;

        if (!entry)
                abort();
        text = (char *)(entry + 1);
        *entry = (struct entry){ .pairs = pairs_of(labels), .key = text, .namespace_ = text };
        memcpy(text, namespace_, namespace_len);
        text[namespace_len - 1] = '/';
        memcpy(text + namespace_len, name, name_len);
        entry->name = text + namespace_len;
        entry->namespace_ = text + namespace_len + name_len;
        memcpy(text + namespace_len + name_len, namespace_, namespace_len);
        return entry;
}

static void write_place(struct strbuf *key, const char *namespace_, const char *label,
                        const char *value) {
        strbuf_clear(key);
        strbuf_printf(key, "%s/", namespace_);
        if (label)
                strbuf_printf(key, "%s=%s", label, value);
}

void selector_index_put(struct selector_index *index, const char *namespace_, const char *name,
                        const struct json *labels) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(TEXT_MAX);
        struct entry *entry;
        const char *first;

        selector_index_remove(index, namespace_, name);
        entry = entry_new(namespace_, name, labels);
        first = *entry->pairs ? entry->pairs : NULL;
        write_place(&key, namespace_, first, first ? first + strlen(first) + 1 : NULL);
        entry->place = place_of(index, strbuf_str(&key));
        entry->next = entry->place->first;
        entry->place->first = entry;
        map_put(&index->entries, entry->key, entry);
}

static void leave(struct selector_index *index, struct entry *entry) {
        struct place *place = entry->place;
        struct entry **at = &place->first;

        while (*at != entry)
                at = &(*at)->next;
        *at = entry->next;
        if (!place->first) {
                map_remove(&index->places, place->key);
                free(place);
        }
}

void selector_index_remove(struct selector_index *index, const char *namespace_, const char *name) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(TEXT_MAX);
        struct entry *entry;

        strbuf_printf(&key, "%s/%s", namespace_, name);
        entry = map_remove(&index->entries, strbuf_str(&key));
        if (!entry)
                return;
        leave(index, entry);
        entry_free(entry);
}

static bool has_all(const char *pairs, const char *labels) {
        while (*pairs) {
                const char *wanted = pairs + strlen(pairs) + 1;
                const char *value = labels_value(labels, pairs);

                if (!value || strcmp(value, wanted) != 0)
                        return false;
                pairs = wanted + strlen(wanted) + 1;
        }
        return true;
}

void selector_index_walk(const struct selector_index *index, const char *namespace_,
                         const char *labels,
                         void (*fn)(void *ctx, const char *namespace_, const char *name),
                         void *ctx) {
        STRBUF_CLEANUP struct strbuf key = STRBUF_INIT(TEXT_MAX);
        const char *label = NULL, *value = NULL, *next = labels;

        for (;;) {
                const struct place *place;

                write_place(&key, namespace_, label, value);
                place = map_get(&index->places, strbuf_str(&key));
                for (const struct entry *entry = place ? place->first : NULL; entry;
                     entry = entry->next)
                        if (has_all(entry->pairs, labels))
                                fn(ctx, entry->namespace_, entry->name);
                if (!*next)
                        return;
                label = next;
                value = label + strlen(label) + 1;
                next = value + strlen(value) + 1;
        }
}
