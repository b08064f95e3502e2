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

const struct resource RESOURCE_SERVICE = {
        .group = "",
        .version = "v1",
        .plural = "services",
        .kind = "Service",
};

const struct resource RESOURCE_BUDGET = {
        .group = "policy",
        .version = "v1",
        .plural = "poddisruptionbudgets",
        .kind = "PodDisruptionBudget",
};

const struct resource RESOURCE_EVENT = {
        .group = "events.k8s.io",
        .version = "v1",
        .plural = "events",
        .kind = "Event",
};
