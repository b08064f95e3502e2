/*
 * Argo Rollouts' Rollout, argoproj.io/v1alpha1: only what the product reads.
 */
#pragma once

#include "llc/api/meta.h"

struct rollout_blue_green {
        const char *active_service;
};

struct rollout_canary {
        const char *stable_service; /* NULL = whatever selects the app's labels */
};

struct rollout_strategy {
        const struct rollout_blue_green *blue_green;
        const struct rollout_canary *canary;
};

struct rollout_spec {
        int64_t replicas; /* default 1 */
        const struct rollout_strategy *strategy;
};

struct rollout_status {
        const char
                *stable_rs; /* pod template hash of the stable ReplicaSet; NULL or "" = none yet */
        int64_t available_replicas; /* a change may mean that stable is fit for traffic */
};

struct rollout {
        const struct meta *meta;         /* no labels, no annotations */
        const struct rollout_spec *spec; /* never NULL when decoded */
        const struct rollout_status *status;
};

extern const struct type rollout_type;

/* The Service that production's traffic comes through; NULL when the Rollout names none. */
const char *rollout_service(const struct rollout *rollout);
