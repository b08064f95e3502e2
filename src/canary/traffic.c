/*
 * Argo Rollouts moves the Service to a new hash; the label of every live pod follows. When the
 * Rollout is gone the Service selects by the app's labels alone and our pods would be its only
 * endpoints, so all labels that are not ours come off and are kept in an annotation (hold) until
 * there is a Rollout again (release).
 *
 * A held pod whose saved labels can't be read is deleted: it serves nobody, nothing but a guess
 * could put it back, and its replacement is built from the template.
 */
#include "traffic.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "llc/api/resource.h"
#include "llc/base/timestamp.h"
#include "source.h"

/* All annotations of an object together may have 256 KiB. */
enum { HELD_LABELS_MAX = 200 << 10 };

static const struct json_limits HELD_LABELS_LIMITS = {
        .max_bytes = HELD_LABELS_MAX,
        .max_depth = 1,
        .max_nodes = 10000,
};

static bool label_is_ours(const char *key) {
        return strncmp(key, LABEL_OURS_PREFIX, strlen(LABEL_OURS_PREFIX)) == 0;
}

/* {"metadata":{"uid":…,"labels":{}}}: a pod of another UID under the name is not touched. */
static struct json *patch_new(const struct own_pod *own) {
        struct json *patch = json_new_object();
        struct json *meta = json_object_at(patch, "metadata");

        json_set_str(meta, "uid", own->pod->meta->uid);
        json_object_at(meta, "labels");
        return patch;
}

static struct json *patch_labels(struct json *patch) {
        return json_object_at(json_object_at(patch, "metadata"), "labels");
}

static struct json *patch_annotations(struct json *patch) {
        return json_object_at(json_object_at(patch, "metadata"), "annotations");
}

static void add_patch(struct draft *draft, enum action_kind kind, const struct own_pod *own,
                      struct json *patch, const char *reason) {
        draft_add(draft, (struct action){
                                 .kind = kind,
                                 .name = own->pod->meta->name,
                                 .uid = own->pod->meta->uid,
                                 .body = patch,
                                 .reason = reason,
                         });
}

static void relabel(struct draft *draft, const struct own_pod *own) {
        const char *label = meta_label(own->pod->meta, LABEL_HASH);
        char at[TIMESTAMP_SIZE];
        struct json *patch;

        if (own->attached)
                return;
        patch = patch_new(own);
        json_set_str(patch_labels(patch), LABEL_HASH, draft->stable);
        json_set_str(patch_annotations(patch), ANNOTATION_RELABELLED_AT,
                     timestamp_format(draft->world->now, at));
        add_patch(draft, ACTION_RELABEL, own, patch,
                  label ? arena_printf(draft->arena, "hash label follows stable from %s to %s",
                                       label, draft->stable)
                        : "hash label was missing");
}

static int pair_by_key(const void *a, const void *b) {
        const struct str_pair *left = a, *right = b;

        return strcmp(left->key, right->key);
}

/* The pod's labels that are not ours, sorted. */
static struct str_pair *foreign_labels(const struct draft *draft, const struct meta *meta,
                                       size_t *ret_n) {
        struct str_pair *pairs = ARENA_NEW_ARRAY(draft->arena, struct str_pair, meta->n_labels);
        size_t n = 0;

        for (size_t i = 0; i < meta->n_labels; i++)
                if (!label_is_ours(meta->labels[i].key))
                        pairs[n++] = meta->labels[i];
        if (n > 1)
                qsort(pairs, n, sizeof(*pairs), pair_by_key);
        *ret_n = n;
        return pairs;
}

static void hold(struct draft *draft, struct own_pod *own) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(HELD_LABELS_MAX);
        JSON_CLEANUP struct json *saved = json_new_object();
        JSON_CLEANUP struct json *patch = patch_new(own);
        struct str_pair *labels;
        size_t n;

        labels = foreign_labels(draft, own->pod->meta, &n);
        for (size_t i = 0; i < n; i++) {
                json_set_str(saved, labels[i].key, labels[i].value);
                json_set(patch_labels(patch), labels[i].key, NULL);
        }
        json_write(saved, &text);
        if (!strbuf_ok(&text)) {
                draft_delete(draft, own,
                             "must leave traffic, and its labels are too large to save");
                return;
        }
        json_set_str(patch_annotations(patch), ANNOTATION_HELD_LABELS, strbuf_str(&text));
        add_patch(draft, ACTION_HOLD, own, patch, "the Rollout is gone");
        patch = NULL;
}

/* NULL unless it is an object of strings. The caller frees it. */
static struct json *saved_labels(const struct own_pod *own) {
        const char *text = meta_annotation(own->pod->meta, ANNOTATION_HELD_LABELS);
        JSON_CLEANUP struct json *saved = NULL;
        const struct json *value;
        struct json *sound;
        void *cursor = NULL;
        const char *key;
        struct err err;

        if (json_parse(bytes_of(text), &HELD_LABELS_LIMITS, &saved, &err) < 0 ||
            json_kind(saved) != JSON_OBJECT)
                return NULL;
        while (json_next(saved, &cursor, &key, &value))
                if (json_kind(value) != JSON_STRING)
                        return NULL;
        sound = saved;
        saved = NULL;
        return sound;
}

static void release(struct draft *draft, struct own_pod *own) {
        JSON_CLEANUP struct json *saved = saved_labels(own);
        const struct json *value;
        struct json *patch;
        void *cursor = NULL;
        const char *key;

        if (!saved) {
                draft_delete(draft, own, "its saved labels can't be read");
                return;
        }
        patch = patch_new(own);
        while (json_next(saved, &cursor, &key, &value))
                if (!label_is_ours(key))
                        json_set(patch_labels(patch), key, json_clone(value));
        json_set_str(patch_labels(patch), LABEL_HASH, draft->stable);
        json_set(patch_annotations(patch), ANNOTATION_HELD_LABELS, NULL);
        add_patch(draft, ACTION_RELEASE, own, patch, "there is a Rollout to follow again");
}

void traffic_decide(struct draft *draft) {
        bool leaves = source_rollout_leaves(draft->world);
        bool terminating = draft->world->llc->meta->deletion_timestamp != 0;

        for (size_t i = 0; i < draft->n_pods; i++) {
                struct own_pod *own = &draft->pods[i];

                if (!own->live)
                        continue;
                if (leaves && !own->held)
                        hold(draft, own);
                else if (draft->stable && !own->held)
                        relabel(draft, own);
                else if (draft->stable && own->held && !terminating)
                        release(draft, own);
        }
}
