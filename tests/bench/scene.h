/*
 * A cluster with many Rollouts of some 5 KB, of which a few have canaries; promotions of these.
 */
#pragma once

#include <stdbool.h>

#include "stage.h"

enum { SCENE_CANARIES = 20, SCENE_REPLICAS = 10 /* pods of each */ };

struct scene {
        struct stage *stage;
        int n_rollouts, n_services;
        int replicas;     /* of each canary, as asked for */
        const char *hash; /* of the stable ReplicaSet of each Rollout with a canary */
};

/* Rollouts with a canary and a Service each, and nothing else. */
void scene_init(struct scene *scene, struct stage *stage);
/* More of them, up to n, which no canary names. */
void scene_add_rollouts(struct scene *scene, int n);
void scene_add_services(struct scene *scene, int n);

void scene_scale(struct scene *scene, int replicas);
/* All Rollouts with canaries, to the other of two hashes. */
void scene_promote(struct scene *scene);
/* ctx: the scene. All canary pods are there, no more of them, and all have the hash. */
bool scene_is_followed(void *ctx);
/* Deletes the Events, of which the API server keeps none for ever. */
void scene_forget_events(struct scene *scene);
