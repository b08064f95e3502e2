/*
 * A decision in the making: the world, what was worked out of it, and the plan that grows.
 *
 * Everything here lives in the arena of the pass, but for the prototype pod.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/canary/plan.h"
#include "llc/canary/world.h"

enum { SLOT_NONE = -1 };

/* A pod whose controller is our LongLivedCanary. */
struct own_pod {
        const struct pod *pod;
        int slot;            /* SLOT_NONE: a name we would not give, or a second pod in its slot */
        int64_t incarnation; /* as the annotation says and the name proves; -1 = unproven */
        int64_t cost;        /* controller.kubernetes.io/pod-deletion-cost */
        int64_t attempt;     /* pods of its slot that ended in a row before it */
        int64_t holds;       /* how often it was taken out of traffic */
        bool live;
        bool ready;           /* and live */
        bool available;       /* ready for minReadySeconds */
        int64_t available_at; /* ms: when it is or will be available; 0 = it is not ready */
        bool updated;  /* built with the present overrides and, where the update policy is Recreate,
                          the present template; in a slot of its own */
        bool drifted;  /* built from another template than the stable one */
        bool held;     /* template labels are off, saved in the annotation */
        bool attached; /* carries the hash to follow, and is not held */
        bool lapsed;   /* quarantined for a failure that no longer stands */
        bool doomed;   /* this plan deletes it */
};

struct slot {
        int64_t reserved;           /* the incarnation that may be created */
        struct own_pod *holder;     /* the live pod, or NULL */
        const struct own_pod *dead; /* the pod of the reserved incarnation, known dead, or NULL */
        const struct own_pod *last; /* the newest of its pods that are not live, or NULL */
        bool missed;                /* it has no live pod, and one is asked for */
};

/* Why no pod can be made now: the first that holds, in this order. */
enum obstacle {
        OBSTACLE_NONE,
        OBSTACLE_TERMINATING,
        OBSTACLE_UNREADABLE,
        OBSTACLE_ROLLOUT_UNKNOWN,
        OBSTACLE_NO_KIND,
        OBSTACLE_ROLLOUT_MISSING,
        OBSTACLE_ROLLOUT_DELETING,
        OBSTACLE_ROLLOUT_UNREADABLE,
        OBSTACLE_NO_STABLE,
        OBSTACLE_TEMPLATE_UNREAD,
        OBSTACLE_TEMPLATE_MISSING,
        OBSTACLE_INVALID_OVERRIDE,
        OBSTACLE_SELECTOR_MISMATCH,
};

/* Where the whole canary stands; never half of it. */
enum stance {
        STANCE_FOLLOW, /* pods carry the template's labels and the stable hash */
        STANCE_HOLD,   /* pods carry our labels only */
        STANCE_STAY,   /* nothing may be concluded: as they are; new ones are created held */
};

struct draft {
        const struct world *world;
        struct arena *arena;
        struct plan *plan;

        const char *stable;    /* the hash to follow; NULL = there is none to follow now */
        const char *spec_hash; /* of the present overrides */
        int64_t replicas;      /* asked for */

        struct own_pod *pods; /* by name */
        size_t n_pods;
        /* live pods, as observed */
        int64_t n_live, n_ready, n_available, n_updated, n_drifted, n_held, n_attached;

        enum stance stance;
        const char *
                stance_reason; /* CamelCase; why it is not FOLLOW; NULL = it is, or is not known yet */
        const char *stance_message; /* what is so, and what to do */
        const char *fingerprint;    /* what a failure is of; NULL = there was no need to know */
        const struct llc_failure *failure; /* the canary has failed, now or before; or NULL */
        const char *recounted; /* what the status says of PodDisruptionBudgets (budgets.h) */
        bool terminates;       /* no pods are wanted: onFailure or onRolloutMissing is Terminate */

        struct slot *slots; /* at least `replicas` of them */
        int n_slots;

        enum obstacle obstacle;
        const char *obstacle_detail; /* path and cause where the obstacle is the user's; or NULL */
        const char *replicaset_name; /* the stable one; NULL when no template is needed */
        struct json *prototype;      /* what pods are made from; owned; NULL = none is needed */
};

void draft_add(struct draft *draft, struct action action);
/* A merge patch of the object; takes the patch. */
void draft_patch(struct draft *draft, enum action_kind kind, const struct meta *meta,
                 struct json *patch, const char *reason);
void draft_delete(struct draft *draft, struct own_pod *own, const char *reason);
/* As the spec has it, whether it exists or not. */
const char *draft_rollout_name(const struct draft *draft);
/* Keeps the earliest. */
void draft_look_again_at(struct draft *draft, int64_t ms);
