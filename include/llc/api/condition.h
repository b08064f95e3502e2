/*
 * Status conditions. Source: meta/v1 Condition and the kstatus rules (Ready, Reconciling, Stalled).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llc/api/desc.h"

enum condition_status { /* 1 + index into the table's names */
                        CONDITION_TRUE = 1,
                        CONDITION_FALSE,
                        CONDITION_UNKNOWN,
};

struct condition {
        const char *type;
        int status; /* enum condition_status */
        int64_t observed_generation;
        int64_t last_transition_time; /* ms */
        const char *reason, *message;
};

extern const struct type condition_type;

/* "True", "False", "Unknown"; "" when absent. */
const char *condition_status_name(int status);

/* NULL when there is no condition of that type. */
const struct condition *condition_find(const struct condition *conditions, size_t n,
                                       const char *type);
