/*
 * Everything a decision needs, as one value: what `reconcile` reads and all it reads.
 *
 * An object whose newest version can't be read is here as its last good copy, and marked. Nothing
 * is created or deleted because of what that copy says; the labels follow it.
 *
 * Built by the controller from its caches and from live reads; by the tests from a file. The
 * caches may lag, but not behind our own writes: pods and status must show what was last written
 * for this resource.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/api/budget.h"
#include "llc/api/llc.h"
#include "llc/api/pod.h"
#include "llc/api/replicaset.h"
#include "llc/api/rollout.h"
#include "llc/api/service.h"

enum world_rollout {
        WORLD_ROLLOUT_UNKNOWN, /* not in the cache, not read live yet: nothing may be concluded */
        WORLD_ROLLOUT_FOUND,   /* world.rollout is the newest readable version */
        WORLD_ROLLOUT_MISSING, /* a live GET answered 404 while the CRD exists */
        WORLD_ROLLOUT_NO_KIND, /* the Rollout CRD is not installed */
};

enum world_template {
        WORLD_TEMPLATE_UNREAD,  /* not read in this pass */
        WORLD_TEMPLATE_FOUND,   /* world.replicaset is the stable ReplicaSet, read live */
        WORLD_TEMPLATE_MISSING, /* a live GET says that it does not exist, or is not the Rollout's */
};

/* The Service that the Rollout names (rollout_service). */
enum world_service {
        WORLD_SERVICE_UNKNOWN, /* none is named, or the cache is not filled (perhaps not allowed) */
        WORLD_SERVICE_FOUND,
        WORLD_SERVICE_MISSING,
};

/* The namespace's PodDisruptionBudgets. */
enum world_budgets {
        WORLD_BUDGETS_UNREAD,  /* not read in this pass */
        WORLD_BUDGETS_FOUND,   /* read live; there may be none */
        WORLD_BUDGETS_REFUSED, /* the server does not let us read them, or they are too many */
};

struct world {
        int64_t now; /* ms since the epoch */
        /* NULL: there is none of this name (any more); only orphans are looked after. */
        const struct llc *llc;
        bool llc_unreadable;
        bool llc_is_live; /* a live read has found it, in this pass */
        enum world_rollout rollout_state;
        const struct rollout *rollout;
        bool rollout_unreadable;
        enum world_template template_state;
        const struct replicaset *replicaset;
        enum world_service service_state;
        const struct service *service;
        int64_t service_changed_at; /* ms: when its selector was seen to change; 0 = not lately */
        enum world_budgets budgets_state;
        const struct budget *const *budgets;
        size_t n_budgets;
        const struct pod *const *pods; /* all with our name label; not all need be ours */
        size_t n_pods;
};
