#include "llc/api/meta.h"

#include <string.h>

#include "llc/api/resource.h"
#include "table.h"

static const struct field owner_reference_fields[] = {
        ROW_STR(owner_reference, api_version, "apiVersion", .flags = FIELD_REQUIRED),
        ROW_STR(owner_reference, kind, "kind", .flags = FIELD_REQUIRED),
        ROW_STR(owner_reference, name, "name", .flags = FIELD_REQUIRED),
        ROW_STR(owner_reference, uid, "uid", .flags = FIELD_REQUIRED),
        ROW_BOOL(owner_reference, controller, "controller"),
        ROW_BOOL(owner_reference, block_owner_deletion, "blockOwnerDeletion"),
};

static const struct type owner_reference_type = TABLE_TYPE(owner_reference, owner_reference_fields);

static const char *const pod_annotations[] = {
        ANNOTATION_SLOT,
        ANNOTATION_UID,
        ANNOTATION_ATTEMPT,
        ANNOTATION_RELABELLED_AT,
        ANNOTATION_INCARNATION,
        ANNOTATION_SPEC_HASH,
        ANNOTATION_BASE_HASH,
        ANNOTATION_HELD_LABELS,
        ANNOTATION_HOLDS,
        ANNOTATION_DELETION_COST,
        NULL,
};

static const char *const llc_annotations[] = { ANNOTATION_RESUME, NULL };
static const char *const replicaset_annotations[] = { ANNOTATION_EPHEMERAL, NULL };
static const char *const budget_annotations[] = { ANNOTATION_RECOUNT, NULL };

/* clang-format off */
#define META_IDENTITY_ROWS(tag)                                                                    \
        ROW_STR(tag, name, "name", .flags = FIELD_REQUIRED),                                       \
        ROW_STR(tag, namespace_, "namespace"),                                                     \
        ROW_STR(tag, uid, "uid", .flags = FIELD_REQUIRED),                                         \
        ROW_STR(tag, resource_version, "resourceVersion"),                                         \
        ROW_INT(tag, generation, "generation"),                                                    \
        ROW_TIME(tag, deletion_timestamp, "deletionTimestamp")

/* How it stands among others. */
#define META_RELATION_ROWS                                                                         \
        ROW_TIME(meta, creation_timestamp, "creationTimestamp"),                                   \
        ROW_STR_MAP(meta, labels, "labels"),                                                       \
        ROW_LIST(meta, owner_references, "ownerReferences", owner_reference),                      \
        ROW_STR_LIST(meta, finalizers, "finalizers")
/* clang-format on */

static const struct field identity_fields[] = {
        META_IDENTITY_ROWS(identity),
};

static const struct field meta_fields[] = {
        META_IDENTITY_ROWS(meta),
        META_RELATION_ROWS,
};

static const struct field meta_pod_fields[] = {
        META_IDENTITY_ROWS(meta),
        META_RELATION_ROWS,
        ROW_STR_MAP(meta, annotations, "annotations", .names = pod_annotations),
};

static const struct field meta_llc_fields[] = {
        META_IDENTITY_ROWS(meta),
        META_RELATION_ROWS,
        ROW_STR_MAP(meta, annotations, "annotations", .names = llc_annotations),
};

static const struct field meta_replicaset_fields[] = {
        META_IDENTITY_ROWS(meta),
        META_RELATION_ROWS,
        ROW_STR_MAP(meta, annotations, "annotations", .names = replicaset_annotations),
};

static const struct field meta_budget_fields[] = {
        META_IDENTITY_ROWS(meta),
        ROW_STR_MAP(meta, annotations, "annotations", .names = budget_annotations),
};

const struct type identity_type = TABLE_TYPE(identity, identity_fields);
const struct type meta_type = TABLE_TYPE(meta, meta_fields);
const struct type meta_pod_type = TABLE_TYPE(meta, meta_pod_fields);
const struct type meta_llc_type = TABLE_TYPE(meta, meta_llc_fields);
const struct type meta_replicaset_type = TABLE_TYPE(meta, meta_replicaset_fields);
const struct type meta_budget_type = TABLE_TYPE(meta, meta_budget_fields);

const char *str_pairs_get(const struct str_pair *pairs, size_t n, const char *key) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(pairs[i].key, key) == 0)
                        return pairs[i].value;
        return NULL;
}

const char *meta_label(const struct meta *meta, const char *key) {
        return str_pairs_get(meta->labels, meta->n_labels, key);
}

const char *meta_annotation(const struct meta *meta, const char *key) {
        return str_pairs_get(meta->annotations, meta->n_annotations, key);
}

const struct owner_reference *meta_controller(const struct meta *meta) {
        for (size_t i = 0; i < meta->n_owner_references; i++)
                if (meta->owner_references[i].controller)
                        return &meta->owner_references[i];
        return NULL;
}

static bool is_decimal(struct bytes text) {
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] < '0' || text.ptr[i] > '9')
                        return false;
        return text.len > 0 && text.ptr[0] != '0';
}

int resource_version_compare(struct bytes a, struct bytes b) {
        if (a.len != b.len)
                return a.len < b.len ? -1 : 1;
        return a.len > 0 ? memcmp(a.ptr, b.ptr, a.len) : 0;
}

bool resource_version_is_older(struct bytes a, struct bytes b) {
        return is_decimal(a) && is_decimal(b) && resource_version_compare(a, b) < 0;
}
