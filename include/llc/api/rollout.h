/*
 * Argo Rollouts' Rollout, argoproj.io/v1alpha1: only what the product reads.
 */
#pragma once

#include "llc/api/meta.h"

struct rollout_selector {
        const struct str_pair *match_labels;
        size_t n_match_labels;
};

struct rollout_spec {
        const struct rollout_selector *selector; /* NULL: it comes from the workloadRef */
};

struct rollout_status {
        const char
                *stable_rs; /* pod template hash of the stable ReplicaSet; NULL or "" = none yet */
};

struct rollout {
        const struct meta *meta; /* no labels, no annotations */
        const struct rollout_spec *spec;
        const struct rollout_status *status;
};

extern const struct type rollout_type;
