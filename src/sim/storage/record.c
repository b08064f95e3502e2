/*
 * One allocation holds the struct, its text, its names and its labels: 100,000 pods are 100,000
 * blocks, with little beside their text.
 */
#include "storage/record.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 << 20, LABELS_MAX = 1 << 20 };

const struct json_limits RECORD_LIMITS = {
        .max_bytes = TEXT_MAX,
        .max_depth = 10000,
        .max_nodes = SIZE_MAX,
};

struct label {
        const char *key;
        const char *value;
};

static int label_compare(const void *a, const void *b) {
        const struct label *x = a, *y = b;

        return strcmp(x->key, y->key);
}

/* The texts of the tree's labels, as struct record has them, without the last empty key. */
static void labels_write(const struct json *labels, struct strbuf *out) {
        struct label *items;
        void *cursor = NULL;
        const char *key;
        const struct json *value;
        size_t n = 0;

        if (json_kind(labels) != JSON_OBJECT || json_length(labels) == 0)
                return;
        items = calloc(json_length(labels), sizeof(*items));
        if (!items)
                abort();
        while (json_next(labels, &cursor, &key, &value))
                if (json_kind(value) == JSON_STRING && key[0] != '\0')
                        items[n++] = (struct label){ key, json_as_string(value).ptr };
        qsort(items, n, sizeof(*items), label_compare);
        for (size_t i = 0; i < n; i++) {
                strbuf_append(out, (struct bytes){ items[i].key, strlen(items[i].key) + 1 });
                strbuf_append(out, (struct bytes){ items[i].value, strlen(items[i].value) + 1 });
        }
        free(items);
}

static void owners_write(const struct json *references, struct strbuf *out) {
        size_t n = json_kind(references) == JSON_ARRAY ? json_length(references) : 0;

        for (size_t i = 0; i < n; i++) {
                const struct json *reference = json_at(references, i);
                const char *uid = json_text_at(reference, "uid");
                bool controls = json_is_true_at(reference, "controller");
                bool blocks = json_is_true_at(reference, "blockOwnerDeletion");

                if (uid[0] == '\0')
                        continue;
                strbuf_append_char(out, (char)('0' + (controls ? OWNER_CONTROLS : 0) +
                                               (blocks ? OWNER_BLOCKS : 0)));
                strbuf_append(out, (struct bytes){ uid, strlen(uid) + 1 });
        }
}

static bool has_finalizer(const struct json *meta, const char *name) {
        const struct json *finalizers = json_get(meta, "finalizers");
        size_t n = json_kind(finalizers) == JSON_ARRAY ? json_length(finalizers) : 0;

        for (size_t i = 0; i < n; i++) {
                const struct json *item = json_at(finalizers, i);

                if (json_kind(item) == JSON_STRING && bytes_is(json_as_string(item), name))
                        return true;
        }
        return false;
}

/* Copies the bytes and a NUL to *end, which moves on. */
static const char *place(char **end, struct bytes bytes) {
        char *start = *end;

        if (bytes.len > 0)
                memcpy(start, bytes.ptr, bytes.len);
        start[bytes.len] = '\0';
        *end = start + bytes.len + 1;
        return start;
}

static void set_version(struct json *meta, int64_t revision) {
        char version[24];

        snprintf(version, sizeof(version), "%" PRId64, revision);
        if (revision > 0)
                json_set_str(meta, "resourceVersion", version);
        else
                json_remove(meta, "resourceVersion");
}

struct record *record_new(struct json *tree, int64_t revision) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(TEXT_MAX);
        STRBUF_CLEANUP struct strbuf labels = STRBUF_INIT(LABELS_MAX);
        STRBUF_CLEANUP struct strbuf owners = STRBUF_INIT(LABELS_MAX);
        struct json *meta = json_get_mut(tree, "metadata");
        struct bytes namespace_ = bytes_of(json_text_at(meta, "namespace"));
        struct bytes name = bytes_of(json_text_at(meta, "name"));
        struct bytes uid = bytes_of(json_text_at(meta, "uid"));
        struct record *record;
        char *end;

        assert(name.len > 0);
        set_version(meta, revision);
        json_write(tree, &text);
        labels_write(json_get(meta, "labels"), &labels);
        owners_write(json_get(meta, "ownerReferences"), &owners);
        assert(strbuf_ok(&text) && strbuf_ok(&labels) && strbuf_ok(&owners));

        record = malloc(sizeof(*record) + text.len + namespace_.len + name.len + uid.len +
                        labels.len + owners.len + 6);
        if (!record)
                abort();
        end = (char *)(record + 1);
        *record = (struct record){
                .refs = 1,
                .revision = revision,
                .deleting = json_get(meta, "deletionTimestamp") != NULL,
                .orphan = has_finalizer(meta, "orphan"),
                .foreground = has_finalizer(meta, "foregroundDeletion"),
                .text_len = (uint32_t)text.len,
        };
        record->text = place(&end, strbuf_bytes(&text));
        record->namespace_ = place(&end, namespace_);
        record->name = place(&end, name);
        record->uid = place(&end, uid);
        record->labels = place(&end, strbuf_bytes(&labels));
        record->owners = place(&end, strbuf_bytes(&owners));
        return record;
}

struct record *record_ref(struct record *record) {
        record->refs++;
        return record;
}

void record_unref(struct record *record) {
        if (record && --record->refs == 0)
                free(record);
}

struct json *record_tree(const struct record *record) {
        struct json *tree;
        struct err err;

        if (json_parse(record_text(record), &RECORD_LIMITS, &tree, &err) < 0)
                abort();
        return tree;
}

const char *labels_value(const char *labels, const char *key) {
        for (const char *at = labels; *at;) {
                const char *value = at + strlen(at) + 1;
                int order = strcmp(at, key);

                if (order == 0)
                        return value;
                if (order > 0)
                        return NULL;
                at = value + strlen(value) + 1;
        }
        return NULL;
}

const char *owners_next(const char **cursor, unsigned *ret_flags) {
        const char *entry = *cursor;

        if (entry[0] == '\0')
                return NULL;
        *cursor = entry + strlen(entry) + 1;
        *ret_flags = (unsigned)(entry[0] - '0');
        return entry + 1;
}

const char *record_controller(const struct record *record) {
        const char *cursor = record->owners, *uid;
        unsigned flags;

        while ((uid = owners_next(&cursor, &flags)))
                if (flags & OWNER_CONTROLS)
                        return uid;
        return NULL;
}
