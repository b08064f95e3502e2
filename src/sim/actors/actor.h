/*
 * The controllers inside: what in a cluster the controller manager, the kubelet and Argo Rollouts
 * do. Each is level-triggered: it listens, notes the keys that changed, and from the agenda looks
 * at each as it then is. They write through sim/verbs, as anybody.
 */
#pragma once

#include "verbs/agenda.h"
#include "verbs/verbs.h"

struct actor; /* opaque, one struct per implementation behind it */

struct actor_type {
        const char *name; /* "garbage-collector": its fieldManager and name in the log */
        void *(*start)(struct sim *sim);
        void (*stop)(void *actor);
};

extern const struct actor_type GARBAGE_COLLECTOR, NAMESPACES, DEFINITIONS, REPLICASETS, DEPLOYMENTS,
        KUBELET, ENDPOINTS, BUDGETS, ROLLOUTS;
