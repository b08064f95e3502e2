/*
 * ReplicaSet, apps/v1: the stable one's pod template is what canary pods are built from.
 */
#pragma once

#include "llc/api/meta.h"
#include "llc/api/selector.h"

struct replicaset_spec {
        int64_t replicas;                      /* default 1 */
        const struct label_selector *selector; /* the Rollout's and the hash */
        const struct json
                *template_; /* PodTemplateSpec as it stands; borrowed from the parsed tree */
};

struct replicaset_status {
        int64_t ready_replicas;
};

struct replicaset {
        const struct meta *meta; /* with ANNOTATION_EPHEMERAL */
        const struct replicaset_spec *spec;
        const struct replicaset_status *status;
};

extern const struct type replicaset_type;
