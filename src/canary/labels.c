#include "labels.h"

#include <stdlib.h>
#include <string.h>

#include "llc/api/resource.h"

static const struct json_limits SAVED_LABELS_LIMITS = {
        .max_bytes = SAVED_LABELS_MAX,
        .max_depth = 1,
        .max_nodes = 10000,
};

bool label_is_ours(const char *key) {
        return strncmp(key, LABEL_OURS_PREFIX, strlen(LABEL_OURS_PREFIX)) == 0;
}

static int pair_by_key(const void *a, const void *b) {
        const struct str_pair *left = a, *right = b;

        return strcmp(left->key, right->key);
}

struct str_pair *labels_foreign(const struct meta *meta, struct arena *arena, size_t *ret_n) {
        struct str_pair *pairs = ARENA_NEW_ARRAY(arena, struct str_pair, meta->n_labels);
        size_t n = 0;

        for (size_t i = 0; i < meta->n_labels; i++)
                if (!label_is_ours(meta->labels[i].key))
                        pairs[n++] = meta->labels[i];
        if (n > 1)
                qsort(pairs, n, sizeof(*pairs), pair_by_key);
        *ret_n = n;
        return pairs;
}

struct json *labels_saved(const struct meta *meta) {
        const char *text = meta_annotation(meta, ANNOTATION_HELD_LABELS);
        JSON_CLEANUP struct json *saved = NULL;
        const struct json *value;
        struct json *sound;
        void *cursor = NULL;
        const char *key;
        struct err err;

        if (!text || json_parse(bytes_of(text), &SAVED_LABELS_LIMITS, &saved, &err) < 0 ||
            json_kind(saved) != JSON_OBJECT)
                return NULL;
        while (json_next(saved, &cursor, &key, &value))
                if (json_kind(value) != JSON_STRING)
                        return NULL;
        sound = saved;
        saved = NULL;
        return sound;
}
