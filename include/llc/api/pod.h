/*
 * Pod, v1: only what the product reads of its own canary pods.
 */
#pragma once

#include "llc/api/meta.h"

struct pod_condition {
        const char *type, *status;
        int64_t last_transition_time; /* ms */
};

struct pod_waiting {
        const char *reason, *message;
};

struct pod_container_state {
        const struct pod_waiting *waiting;
};

struct pod_container_status {
        const char *name;
        int64_t restart_count;
        const struct pod_container_state *state;
};

struct pod_status {
        const char *phase, *reason, *message;
        const struct pod_condition *conditions;
        size_t n_conditions;
        const struct pod_container_status *container_statuses, *init_container_statuses;
        size_t n_container_statuses, n_init_container_statuses;
};

struct pod {
        const struct meta *meta; /* with labels, and the annotations we use */
        const struct pod_status *status;
};

extern const struct type pod_type;

bool pod_is_ready(const struct pod *pod);
/* When it became ready, ms; 0 = it is not. */
int64_t pod_ready_since(const struct pod *pod);
/* Live: no deletionTimestamp, not Failed or Succeeded. */
bool pod_is_live(const struct pod *pod);
