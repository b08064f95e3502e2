/*
 * The Rollout of examples/blue-green, of any strategy, and what its users do to it: each function
 * writes what kubectl and `kubectl argo rollouts` write, then what is due is done.
 */
#pragma once

#include "cluster.h"

#define DEMO    "bluegreen-demo"
#define PREVIEW "bluegreen-demo-preview"

/* Under spec.strategy. */
#define STRATEGY_CANARY "{canary: {steps: [{setWeight: 34}, {pause: {}}]}}"
#define STRATEGY_SERVICES                                                                          \
        "{canary: {stableService: bluegreen-demo, canaryService: bluegreen-demo-preview, steps: "  \
        "[{setWeight: 34}, {pause: {}}]}}"
#define STRATEGY_ROUTING                                                                           \
        "{canary: {stableService: bluegreen-demo, canaryService: bluegreen-demo-preview, "         \
        "trafficRouting: {nginx: {stableIngress: bluegreen-demo}}, steps: [{setWeight: 34}, "      \
        "{pause: {}}]}}"

struct scene {
        struct cluster cluster;
        bool has_workload; /* the template is that of a Deployment with 0 replicas */
        const char *watched, *seen;
};

/* strategy NULL: that of the example. Nothing is there yet. */
void scene_init(struct scene *scene, const char *strategy, bool has_workload);
/* The same, and all pods are ready. */
void scene_init_healthy(struct scene *scene, const char *strategy, bool has_workload);
void scene_deinit(struct scene *scene);
/* Time for pods to come and go. */
void scene_rest(struct scene *scene);

void scene_set_image(struct scene *scene, const char *colour);
void scene_promote(struct scene *scene);
void scene_promote_full(struct scene *scene);
void scene_abort(struct scene *scene);
void scene_retry(struct scene *scene);
/* To the ReplicaSet of the revision before the last. */
void scene_undo(struct scene *scene);
void scene_pause(struct scene *scene, bool paused);
void scene_scale(struct scene *scene, int replicas);
void scene_patch(struct scene *scene, const char *yaml);

/* "PHASE: message" */
const char *scene_phase(struct scene *scene);
const char *scene_stable(struct scene *scene);
/* A text of the Rollout; "" = it is not there. */
const char *scene_text(struct scene *scene, const char *path);
/* The hash that a Service selects. */
const char *scene_hash(struct scene *scene, const char *service);
/* The hash of the ReplicaSet whose pods have the image; "" = there is none. */
const char *scene_hash_of(struct scene *scene, const char *colour);
/* How many pods have the hash and are not going. */
size_t scene_pods(struct scene *scene, const char *hash);
/* A text of the ReplicaSet with the hash. */
const char *scene_set_text(struct scene *scene, const char *hash, const char *path);

/* How a version becomes the stable one: what is true first, until scene_seen says it, of "service "
 * (DEMO selects it), "stable " (stableRS) and "active " (activeSelector). */
void scene_watch(struct scene *scene, const char *hash);
const char *scene_seen(struct scene *scene);
