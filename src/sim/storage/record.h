/*
 * A record: one version of one API object, its JSON text, and what the server asks of every object.
 *
 * Immutable and counted: the collection, the history, and watches that have yet to send it hold
 * the same bytes. The text is compact, whole (apiVersion, kind and metadata.resourceVersion in it)
 * and goes out as it is. A tree costs 15 to 25 times as much, so none is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/json.h"

enum owner_flags { OWNER_CONTROLS = 1, OWNER_BLOCKS = 2 }; /* controller, blockOwnerDeletion */

struct record {
        unsigned refs;
        int64_t revision;       /* metadata.resourceVersion */
        const char *namespace_; /* "" = not in one */
        const char *name;
        const char *uid; /* "" = none (never so once stored) */
        const char
                *labels; /* "key\0value\0" again and again, sorted by key; ends with an empty key */
        const char *owners; /* of each owner reference a digit (enum owner_flags), the UID, a NUL;
                               ends with an empty one */
        bool deleting;      /* metadata.deletionTimestamp is set */
        bool orphan;        /* has the finalizer "orphan" */
        bool foreground;    /* has the finalizer "foregroundDeletion" */
        uint32_t text_len;
        const char *text; /* NUL-terminated */
};

/* Of an object's text, as in the real server: it may be as deep as Go reads, and where it comes from
 * outside its bytes are counted there. */
extern const struct json_limits RECORD_LIMITS;

/*
 * One reference. Writes the revision into the tree's metadata.resourceVersion; 0 takes that away (an
 * object that is not stored). The tree must have metadata.name. Out of memory aborts.
 */
struct record *record_new(struct json *tree, int64_t revision);
struct record *record_ref(struct record *record);
void record_unref(struct record *record); /* NULL is fine */

/* A tree of its own, for the caller to free; never fails: the text was written by us. */
struct json *record_tree(const struct record *record);

static inline struct bytes record_text(const struct record *record) {
        return (struct bytes){ .ptr = record->text, .len = record->text_len };
}

/* The value of a label, or NULL; labels as in the struct. */
const char *labels_value(const char *labels, const char *key);

static inline const char *record_label(const struct record *record, const char *key) {
        return labels_value(record->labels, key);
}

/* The UID of each owner; start with *cursor = record->owners, NULL at the end. */
const char *owners_next(const char **cursor, unsigned *ret_flags);
/* The UID of the owner that is its controller, or NULL. */
const char *record_controller(const struct record *record);
