/*
 * The resources of the Kubernetes API that the product uses: names for paths and objects.
 */
#pragma once

struct resource {
        const char *group;   /* "" = core */
        const char *version; /* "v1" */
        const char *plural;  /* "pods" */
        const char *kind;    /* "Pod" */
};

extern const struct resource RESOURCE_LLC;        /* argo-canary.dev/v1alpha1 longlivedcanaries */
extern const struct resource RESOURCE_ROLLOUT;    /* argoproj.io/v1alpha1 rollouts */
extern const struct resource RESOURCE_REPLICASET; /* apps/v1 replicasets */
extern const struct resource RESOURCE_POD;        /* v1 pods */
extern const struct resource RESOURCE_SERVICE;    /* v1 services */
extern const struct resource RESOURCE_BUDGET;     /* policy/v1 poddisruptionbudgets */
extern const struct resource RESOURCE_EVENT;      /* events.k8s.io/v1 events */

/* Labels and annotations that are ours, and Argo's hash label. */
#define LABEL_HASH "rollouts-pod-template-hash"
#define LABEL_NAME "argo-canary.dev/name" /* on pods: the LongLivedCanary's name */
#define LABEL_ROLE "argo-canary.dev/role" /* on pods: "canary" */
#define LABEL_QUARANTINED                                                                          \
        "argo-canary.dev/quarantined" /* on pods taken out of traffic because the canary failed */
#define LABEL_OURS_PREFIX      "argo-canary.dev/"
#define ANNOTATION_SLOT        "argo-canary.dev/slot"
#define ANNOTATION_INCARNATION "argo-canary.dev/incarnation"
#define ANNOTATION_SPEC_HASH                                                                       \
        "argo-canary.dev/spec-hash" /* of the overrides the pod was built with */
#define ANNOTATION_BASE_HASH "argo-canary.dev/base-hash" /* stable hash whose template was used */
#define ANNOTATION_HELD_LABELS                                                                     \
        "argo-canary.dev/held-labels" /* JSON: labels taken off to leave traffic */
#define ANNOTATION_HOLDS                                                                           \
        "argo-canary.dev/holds" /* how often the pod was taken out of traffic; absent: never */
#define ANNOTATION_UID                                                                             \
        "argo-canary.dev/uid" /* the LongLivedCanary's: proves an orphan to have been ours */
#define ANNOTATION_ATTEMPT                                                                         \
        "argo-canary.dev/attempt" /* how many pods of the slot ended in a row before this one */
#define ANNOTATION_RELABELLED_AT                                                                   \
        "argo-canary.dev/relabelled-at" /* RFC 3339: when the change of stable was seen */
#define ANNOTATION_RESUME                                                                          \
        "argo-canary.dev/resume" /* on a LongLivedCanary: a new value ends its quarantine */
#define ANNOTATION_RECOUNT                                                                         \
        "argo-canary.dev/recount" /* on a PodDisruptionBudget: makes its controller count again */
/* Argo's: what of the ReplicaSet's template is there only while it is preview, active, … */
#define ANNOTATION_EPHEMERAL "rollout.argoproj.io/ephemeral-metadata"
/* Others' annotations that we honour on our pods. */
#define ANNOTATION_DELETION_COST "controller.kubernetes.io/pod-deletion-cost"
#define LLC_API_VERSION          "argo-canary.dev/v1alpha1"
#define LLC_KIND                 "LongLivedCanary"
