/*
 * A patch is read, change, write: one parse of the stored text, and the same way from there as an
 * update's.
 */
#include <stdlib.h>
#include <string.h>

#include "llc/base/timestamp.h"
#include "patch/ownership.h"
#include "patch/patch.h"
#include "verbs/agenda.h"
#include "verbs/decode.h"
#include "verbs/owners.h"
#include "verbs/scale.h"
#include "verbs/verbs.h"

static int apply(const struct write *write, struct json **object, const struct json *applied) {
        struct ownership_of ownership = commit_ownership(write);

        return ownership_apply(&ownership, object, applied, write->options->force, write->refusal);
}

static int change(const struct write *write, enum patch_type type, const struct json *patch,
                  const struct schema *schema, struct json **object) {
        switch (type) {
        case PATCH_JSON:
                return patch_json(*object, patch, write->refusal);
        case PATCH_MERGE:
                return patch_merge(*object, patch, write->refusal);
        case PATCH_STRATEGIC:
                return patch_strategic(*object, patch, schema, write->refusal);
        case PATCH_APPLY:
                return apply(write, object, patch);
        }
        abort();
}

static int apply_new(const struct write *write, const struct json *applied,
                     struct written *ret_written) {
        struct json *object JSON_CLEANUP = NULL;
        struct write stored;
        const char *uid;

        if (apply(write, &object, applied) < 0)
                return -1;
        uid = json_text_at(json_get(object, "metadata"), "uid");
        if (uid[0] != '\0')
                return refuse_conflict(write->refusal, write->kind, write->name,
                                       "uid mismatch: the provided object specified uid %s, and no "
                                       "existing object was found",
                                       uid);
        if (decode_object(write, object) < 0 || decode_place(write, object) < 0)
                return -1;
        owners_dedupe(write, object);
        stored = commit_stored(write, object);
        if (commit_new(&stored, object, ret_written) < 0)
                return -1;
        commit_show(write->kind, ret_written);
        return 0;
}

/* What the patch is of: the object as the kind asked for shows it. */
static struct json *shown(const struct kind *kind, struct record *record,
                          const struct json *before) {
        struct record *other;
        struct json *tree;

        if (!kind->stored_as)
                return json_clone(before);
        other = kind_shown(kind, record);
        tree = record_tree(other);
        record_unref(other);
        return tree;
}

static int patch_object(const struct write *write, struct record *record, enum patch_type type,
                        const struct json *patch, struct written *ret_written) {
        struct json *before JSON_CLEANUP = record_tree(record);
        struct json *object JSON_CLEANUP = shown(write->kind, record, before);
        struct write stored;

        if (change(write, type, patch, write->kind->schema, &object) < 0 ||
            decode_object(write, object) < 0 || decode_place(write, object) < 0)
                return -1;
        owners_dedupe(write, object);
        stored = commit_stored(write, object);
        if (commit_over(&stored, record, before, object, ret_written) < 0)
                return -1;
        commit_show(write->kind, ret_written);
        return 0;
}

static int patch_scale(const struct write *write, struct record *record, enum patch_type type,
                       const struct json *patch, struct written *ret_written) {
        struct json *before JSON_CLEANUP = record_tree(record);
        struct json *object JSON_CLEANUP = json_clone(before);
        struct json *scale JSON_CLEANUP = NULL;
        bool found;

        if (type == PATCH_APPLY)
                return refuse_out_of_scope(
                        write->refusal,
                        "llc-sim has no server-side apply of the scale subresource");
        scale = scale_of(write->kind, before, &found);
        if (change(write, type, patch, scale_schema(), &scale) < 0 ||
            scale_decode(write, scale) < 0 ||
            scale_check_patched(write, scale, before, found) < 0 ||
            scale_into(write, scale, object) < 0)
                return -1;
        return commit_over(write, record, before, object, ret_written);
}

int verb_patch(struct sim *sim, const struct kind *kind, const char *namespace_, const char *name,
               enum patch_type type, const struct json *patch, const struct write_options *options,
               struct written *ret_written, struct refusal *refusal) {
        struct record *record = collection_get(kind->objects, namespace_, name);
        struct write write = {
                .sim = sim,
                .kind = kind,
                .namespace_ = namespace_,
                .name = name,
                .options = options,
                .source = type == PATCH_APPLY ? WRITE_APPLY : WRITE_PATCH,
                .strategic = type == PATCH_STRATEGIC ? patch : NULL,
                .refusal = refusal,
        };

        if (!record && (type != PATCH_APPLY || options->part != PART_OBJECT))
                return refuse_not_found(refusal, kind, name);
        if (!record)
                return apply_new(&write, patch, ret_written);
        if (options->part == PART_SCALE)
                return patch_scale(&write, record, type, patch, ret_written);
        return patch_object(&write, record, type, patch, ret_written);
}
