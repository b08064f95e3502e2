/*
 * Which of a ReplicaSet's pods goes first when there are too many (ActivePodsWithRanks in
 * k8s.io/kubernetes/pkg/controller).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/json.h"

struct pod_worth {
        const char *uid, *node; /* of the pod's tree */
        int phase;
        int64_t ready_since_ms; /* 0 = it is not ready */
        int64_t cost;           /* controller.kubernetes.io/pod-deletion-cost */
        int64_t neighbours; /* pods that do the same on its node, itself too: set by the caller */
        int64_t restarts;
        int64_t created_ms, now_ms;
};

struct pod_worth pod_worth_of(const struct json *pod, int64_t now_ms);
/* As for qsort: below 0 when a goes before b. */
int pod_worth_compare(const struct pod_worth *a, const struct pod_worth *b);
