/*
 * One pass over one Rollout: what there is, what each strategy wants, what is written in the end.
 *
 * Follows Argo Rollouts 1.9 (rollout/bluegreen.go, canary.go, sync.go) as far as Services,
 * ReplicaSets, stableRS, pauses, promotion and abort go. Left out: analysis, experiments,
 * ephemeral metadata, anti-affinity, traffic routers (their Services and ReplicaSets count, their
 * objects and status are not written), previewReplicaCount, setCanaryScale, scaling limits (maxSurge,
 * maxUnavailable), progress deadlines, rollback windows, restarts, scaleDown of a workloadRef.
 */
#pragma once

#include "actors/writer.h"
#include "llc/base/arena.h"

#define ROLLOUT_HASH_LABEL "rollouts-pod-template-hash"

struct replica_set {
        const char *name, *hash;
        int64_t revision;
        int64_t created_ms;
        int64_t replicas;         /* spec */
        int64_t desired;          /* those of the Rollout, as it was told last; -1 = never */
        int64_t min_ready;        /* seconds */
        int64_t total, available; /* status */
        int64_t ready;
        int64_t scale_down_at_ms; /* its deadline; 0 = none */

        int64_t wanted;        /* replicas to be; -1 = as they are */
        int64_t wanted_end_ms; /* deadline to be; 0 = none, -1 = as it is */
};

struct rollout {
        const struct writer *writer;
        struct arena *arena;
        const char *namespace_;
        const char *name, *uid;
        struct json *tree;           /* as stored */
        struct json *status;         /* as it is to be */
        const struct json *spec;     /* of tree */
        const struct json *selector; /* of the spec, or of the workload */
        const struct json *strategy; /* spec.strategy.blueGreen or .canary; NULL = neither */
        bool is_blue_green;
        const struct json *workload;  /* of workloadRef; NULL = there is none */
        const struct json *template_; /* of the new version, as a ReplicaSet has it */
        const char *hash;             /* of template_ */
        int64_t revision;             /* of the new version */
        int64_t replicas;
        int64_t now_ms;
        int64_t look_again_ms; /* -1 = only when something changes */
        bool halted;           /* by its users: nothing new is begun */

        struct replica_set *sets; /* the newest revision first */
        size_t n_sets;
        struct replica_set *newest; /* of hash; NULL = none yet */
        struct replica_set *stable; /* of status.stableRS; NULL = none */
};

/* There must be another pass in so long, if nothing wakes it before. */
void rollout_look_again(struct rollout *rollout, int64_t delay_ms);
/* What a write came to: refused, it is tried again. */
void rollout_wrote(struct rollout *rollout, int r);
int64_t rollout_seconds_ms(const struct json *object, const char *key, int64_t otherwise);

/* rollout_check.c: why the spec cannot be followed, in Argo's words; NULL = it can. */
const char *rollout_check(struct rollout *rollout);

/* rollout_sets.c: the ReplicaSets. */
void rollout_sets_load(struct rollout *rollout);
/* The ReplicaSet of the new version as it is made, for the caller to free. */
struct json *rollout_set_tree(const struct rollout *rollout, int64_t revision);
/* Makes it, or gives it the newest revision again. */
void rollout_sets_create(struct rollout *rollout);
/* It has that many pods, and no end. */
void rollout_set_serve(struct replica_set *set, int64_t replicas);
/* It goes to 0 in delay_ms; until then it has that many. The time is written on it. */
void rollout_set_retire(struct rollout *rollout, struct replica_set *set, int64_t delay_ms,
                        int64_t replicas);
/* The new version after an abort: once the stable one is whole, it goes after its delay. */
void rollout_set_give_up(struct rollout *rollout, struct replica_set *set);
/* Writes what is wanted of each, and removes the oldest beyond revisionHistoryLimit. */
void rollout_sets_write(struct rollout *rollout);

/* rollout_service.c. The hash that a Service selects; "" = none. */
const char *rollout_service_hash(const struct rollout *rollout, const char *name);
/* Is it known to be ours? */
bool rollout_service_is_managed(const struct rollout *rollout, const char *name);
/* Points its selector at a hash. name "" = nothing. */
void rollout_service_point(struct rollout *rollout, const char *name, const char *hash);
/* Of a Rollout that is gone: its Services select without the hash again. */
void rollout_services_release(const struct writer *writer, const char *namespace_,
                              const struct json *rollout);

/* The strategies: decide on sets, Services and the status. */
void rollout_blue_green(struct rollout *rollout);
void rollout_canary(struct rollout *rollout);
/* The steps of a canary as a short text; "" without. */
const char *rollout_step_hash(const struct rollout *rollout);
/* The new version is the stable one. */
void rollout_promote(struct rollout *rollout);

/* rollout_pause.c: status.pauseConditions and controllerPause. */
bool rollout_is_paused(const struct rollout *rollout, const char *reason);
void rollout_pause(struct rollout *rollout, const char *reason);
/* Was there a pause for this that somebody has ended? */
bool rollout_was_resumed(const struct rollout *rollout, const char *reason);
void rollout_end_pause(struct rollout *rollout, const char *reason);
void rollout_forget_pauses(struct rollout *rollout);
/* Since when it is paused for this; 0 = it is not. */
int64_t rollout_paused_since_ms(const struct rollout *rollout, const char *reason);
bool rollout_is_aborted(const struct rollout *rollout);
void rollout_end_abort(struct rollout *rollout);
/* What pauses and an abort leave in the status. */
void rollout_settle(struct rollout *rollout);

/* rollout_status.c: counts, phase, message and conditions; writes what differs. */
void rollout_status_write(struct rollout *rollout);
/* A spec that cannot be followed: nothing else is looked at. */
void rollout_status_write_invalid(struct rollout *rollout, const char *why);
