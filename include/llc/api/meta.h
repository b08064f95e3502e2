/*
 * Object metadata, as far as the product reads it, and the names of the resources it uses.
 * Source: k8s.io/apimachinery meta/v1 ObjectMeta.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/api/desc.h"

struct owner_reference {
        const char *api_version, *kind, *name, *uid;
        bool controller;
        bool block_owner_deletion;
};

/* Which object this is, and whether it is being deleted. */
#define META_IDENTITY                                                                              \
        const char *name, *uid; /* never NULL when decoded */                                      \
        const char *namespace_;                                                                    \
        const char *resource_version;                                                              \
        int64_t generation;                                                                        \
        int64_t deletion_timestamp; /* ms; 0 = not being deleted */

/* All that is kept of kinds that there are thousands of. */
struct identity {
        META_IDENTITY
};

struct meta {
        union {
                struct identity identity; /* the same members, for who needs no others */
                struct {
                        META_IDENTITY
                };
        };
        int64_t creation_timestamp; /* ms */
        const struct str_pair *labels;
        size_t n_labels;
        const struct str_pair *annotations;
        size_t n_annotations;
        const struct owner_reference *owner_references;
        size_t n_owner_references;
        const char *const *finalizers;
        size_t n_finalizers;
};

extern const struct type identity_type;
/* One struct, read in several widths; what a table does not read is absent. */
extern const struct type meta_type;     /* without annotations */
extern const struct type meta_pod_type; /* everything, but of the annotations only those we use */
extern const struct type meta_llc_type; /* meta_type and the resume annotation */
extern const struct type meta_replicaset_type; /* meta_type and the ephemeral metadata */
extern const struct type meta_budget_type;     /* the identity and the recount annotation */

/* NULL when there is no such key. */
const char *meta_label(const struct meta *meta, const char *key);
const char *meta_annotation(const struct meta *meta, const char *key);
/* The owner reference with controller: true, or NULL. */
const struct owner_reference *meta_controller(const struct meta *meta);

/* Looks a key up in any string map. */
const char *str_pairs_get(const struct str_pair *pairs, size_t n, const char *key);

/*
 * resourceVersions are decimal strings that grow with each change of a resource type.
 * Source: KEP-5504 (comparable resource versions) and apimachinery util/resourceversion.
 *
 * < 0, 0 or > 0 as a is older than, equal to or newer than b. Nothing is older than all. What is
 * no decimal number compares by length, then bytes: it is never equal to another.
 */
int resource_version_compare(struct bytes a, struct bytes b);
/* Was a written before b? Only decimal versions can tell (KEP-5504); others never do. */
bool resource_version_is_older(struct bytes a, struct bytes b);
