/*
 * One pass over one Rollout: what there is, what each strategy wants, what is written in the end.
 *
 * Follows Argo Rollouts 1.9 (rollout/bluegreen.go, canary.go, sync.go) as far as Services,
 * ReplicaSets, stableRS, pauses, promotion and abort go. Left out: analysis, experiments,
 * ephemeral metadata, anti-affinity, traffic routers (their Services and weights count, their
 * objects are not written), previewReplicaCount, scaling limits (maxSurge, maxUnavailable).
 */
#pragma once

#include "actors/writer.h"
#include "llc/base/arena.h"

#define ROLLOUT_HASH_LABEL "rollouts-pod-template-hash"

struct replica_set {
        const char *name, *hash;
        int64_t revision;
        int64_t replicas;         /* spec */
        int64_t total, available; /* status */
        int64_t ready;
        int64_t scale_down_at_ms; /* 0 = at once when it is not wanted */
        int64_t wanted;           /* -1 = nothing is to change */
};

struct rollout {
        const struct writer *writer;
        struct arena *arena;
        const char *namespace_;
        const char *name, *uid;
        struct json *tree;            /* as stored */
        struct json *status;          /* as it is to be */
        const struct json *spec;      /* of tree */
        const struct json *strategy;  /* spec.strategy.blueGreen or .canary */
        const struct json *template_; /* of the new version, also by workloadRef */
        const char *hash;             /* of template_ */
        int64_t replicas;
        int64_t now_ms;
        int64_t look_again_ms; /* -1 = only when something changes */
        bool changed;          /* something was written: there will be another pass */

        struct replica_set *sets;
        size_t n_sets;
        struct replica_set *newest; /* of hash; NULL = none yet */
        struct replica_set *stable; /* of status.stableRS; NULL = none */
};

/* rollout_sets.c: the ReplicaSets. */
void rollout_sets_load(struct rollout *rollout);
/* Makes the ReplicaSet of the new version, or gives it the newest revision again. */
void rollout_sets_create(struct rollout *rollout);
/* Keeps a set as it is until delay_ms from now, then it goes to 0; the time is written on it. */
void rollout_set_retire(struct rollout *rollout, struct replica_set *set, int64_t delay_ms);
/* Writes what is wanted of each, and removes the oldest beyond revisionHistoryLimit. */
void rollout_sets_scale(struct rollout *rollout);

/* rollout_service.c: points a Service's selector at a hash; "" takes it away. name "" = nothing. */
void rollout_service_point(struct rollout *rollout, const char *name, const char *hash);
/* Of a Rollout that is gone: its Services select without the hash again. */
void rollout_services_release(const struct writer *writer, const char *namespace_,
                              const struct json *rollout);

/* The strategies: decide on sets, Services and the status. */
void rollout_blue_green(struct rollout *rollout);
void rollout_canary(struct rollout *rollout);

/* rollout_pause.c: status.pauseConditions and controllerPause. */
bool rollout_is_paused(const struct rollout *rollout, const char *reason);
void rollout_pause(struct rollout *rollout, const char *reason);
/* Was there a pause that somebody has ended? */
bool rollout_was_resumed(const struct rollout *rollout);
void rollout_forget_pauses(struct rollout *rollout);
/* Since when it is paused; 0 = it is not. */
int64_t rollout_paused_since_ms(const struct rollout *rollout);

/* rollout_status.c: counts, phase, message and conditions; writes what differs. */
void rollout_status_write(struct rollout *rollout);
