#include "verbs/checks.h"
#include "verbs/decode.h"
#include "verbs/owners.h"
#include "verbs/scale.h"
#include "verbs/verbs.h"

static int update_object(const struct write *write, struct json *tree,
                         struct written *ret_written) {
        struct record *record;
        struct json *before JSON_CLEANUP = NULL;
        struct write stored;

        if (decode_object(write, tree) < 0 || decode_place(write, tree) < 0)
                return -1;
        owners_dedupe(write, tree);
        record = collection_get(write->kind->objects, write->namespace_, write->name);
        if (!record && (write->options->part != PART_OBJECT || !checks_put_creates(write->kind)))
                return refuse_not_found(write->refusal, write->kind, write->name);
        if (checks_uid(write, tree, record ? record->uid : "") < 0)
                return -1;
        stored = commit_stored(write, tree);
        if (record)
                before = record_tree(record);
        if (record ? commit_over(&stored, record, before, tree, ret_written) < 0
                   : commit_new(&stored, tree, ret_written) < 0)
                return -1;
        commit_show(write->kind, ret_written);
        return 0;
}

static int update_scale(const struct write *write, struct json *scale,
                        struct written *ret_written) {
        struct json *before JSON_CLEANUP = NULL, *object JSON_CLEANUP = NULL;
        struct record *record;

        if (scale_decode(write, scale) < 0)
                return -1;
        record = collection_get(write->kind->objects, write->namespace_, write->name);
        if (!record)
                return refuse_not_found(write->refusal, write->kind, write->name);
        if (checks_uid(write, scale, record->uid) < 0)
                return -1;
        before = record_tree(record);
        object = json_clone(before);
        if (scale_into(write, scale, object) < 0)
                return -1;
        return commit_over(write, record, before, object, ret_written);
}

int verb_update(struct sim *sim, const struct kind *kind, const char *namespace_, const char *name,
                struct json *tree, const struct write_options *options, struct written *ret_written,
                struct refusal *refusal) {
        struct json *owned JSON_CLEANUP = tree;
        struct write write = {
                .sim = sim,
                .kind = kind,
                .namespace_ = namespace_,
                .name = name,
                .options = options,
                .source = WRITE_BODY,
                .refusal = refusal,
        };

        if (options->part == PART_SCALE)
                return update_scale(&write, owned, ret_written);
        return update_object(&write, owned, ret_written);
}
