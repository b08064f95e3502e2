/*
 * PodDisruptionBudget, policy/v1: only what is needed to see that it counts our pods rightly.
 */
#pragma once

#include "llc/api/meta.h"
#include "llc/api/selector.h"

struct budget_spec {
        const struct label_selector *selector; /* NULL = selects nothing */
};

struct budget_status {
        int64_t expected_pods;
};

struct budget {
        const struct meta *meta; /* with our annotation ANNOTATION_RECOUNT */
        const struct budget_spec *spec;
        const struct budget_status *status; /* NULL = its controller has not seen it yet */
};

extern const struct type budget_type;
