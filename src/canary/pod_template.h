/*
 * From the stable ReplicaSet's pod template and the overrides to the pod that is created.
 */
#pragma once

#include "llc/api/llc.h"
#include "llc/api/replicaset.h"
#include "llc/api/rollout.h"
#include "llc/base/arena.h"
#include "llc/base/json.h"

struct pod_source {
        const struct llc *llc;
        const struct rollout *rollout;
        const struct replicaset *replicaset; /* the stable one */
        const char *stable;                  /* its hash */
        const char *spec_hash;               /* of the overrides */
};

/*
 * Is it the Rollout's, of this hash, and a template that a pod can be made from? What is not is
 * treated as if it did not exist.
 */
bool pod_template_is_usable(const struct pod_source *source);

/*
 * A pod without a name and without slot and incarnation: what all pods of a canary have in
 * common. ERR_INVALID with the path when an override does not fit the template. The caller owns
 * the result.
 */
int pod_template_build(const struct pod_source *source, struct json **ret_prototype,
                       struct err *err);

/*
 * Does the ReplicaSet's selector, which is the Rollout's or its workload's, hold on what was built?
 * ERR_INVALID names the first requirement that does not.
 */
int pod_template_check_selector(const struct pod_source *source, const struct json *prototype,
                                struct err *err);

/*
 * Turns a prototype into one that is created out of traffic: all labels but ours move into the
 * held-labels annotation. The hash goes without trace: that is how a pod that never was in traffic
 * is known. ERR_INVALID when the labels are too large for an annotation; it is as it was then.
 */
int pod_template_hold(struct json *prototype, struct arena *arena, struct err *err);

struct pod_identity {
        const char *name;
        int slot;
        int64_t incarnation;
        int64_t attempt; /* pods of the slot that ended in a row before this one; 0 leaves no mark */
};

/* One pod, ready to be sent. The caller owns the result. */
struct json *pod_template_instance(const struct json *prototype,
                                   const struct pod_identity *identity, struct arena *arena);
