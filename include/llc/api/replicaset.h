/*
 * ReplicaSet, apps/v1: the stable one's pod template is what canary pods are built from.
 */
#pragma once

#include "llc/api/meta.h"

struct replicaset_spec {
        const struct json
                *template_; /* PodTemplateSpec as it stands; borrowed from the parsed tree */
};

struct replicaset {
        const struct meta *meta;
        const struct replicaset_spec *spec;
};

extern const struct type replicaset_type;
