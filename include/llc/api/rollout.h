/*
 * Argo Rollouts' Rollout, argoproj.io/v1alpha1: only what the product reads.
 */
#pragma once

#include "llc/api/meta.h"

/* One piece: a cluster has thousands, and each is cached. */
struct rollout {
        const struct identity *meta;
        int64_t replicas;           /* spec; default 1 */
        const char *active_service; /* spec.strategy.blueGreen */
        const char *stable_service; /* spec.strategy.canary; NULL = whatever selects the app's */
        const char
                *stable_rs; /* pod template hash of the stable ReplicaSet; NULL or "" = none yet */
        int64_t available_replicas; /* a change may mean that stable is fit for traffic */
};

extern const struct type rollout_type;

/* The Service that production's traffic comes through; NULL when the Rollout names none. */
const char *rollout_service(const struct rollout *rollout);
