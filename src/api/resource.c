#include "llc/api/resource.h"

const struct resource RESOURCE_LLC = {
        .group = "argo-canary.dev",
        .version = "v1alpha1",
        .plural = "longlivedcanaries",
        .kind = LLC_KIND,
};

const struct resource RESOURCE_ROLLOUT = {
        .group = "argoproj.io",
        .version = "v1alpha1",
        .plural = "rollouts",
        .kind = "Rollout",
};

const struct resource RESOURCE_REPLICASET = {
        .group = "apps",
        .version = "v1",
        .plural = "replicasets",
        .kind = "ReplicaSet",
};

const struct resource RESOURCE_POD = {
        .group = "",
        .version = "v1",
        .plural = "pods",
        .kind = "Pod",
};
