/*
 * Messages name nothing that changes from pass to pass without anything having changed (back-off
 * times, ages): each change of a message is a write.
 */
#include "verdict.h"

#include <string.h>

#include "attachment.h"

#include "llc/api/resource.h"

static const char PAUSED_MESSAGE[] = "spec.paused is set: no pod is created, replaced or deleted; "
                                     "labels follow the Rollout";

static const char *missing_consequence(const struct draft *draft) {
        switch ((enum llc_on_rollout_missing)draft->world->llc->spec->on_rollout_missing) {
        case LLC_ON_ROLLOUT_MISSING_TERMINATE:
                return "Canary pods are deleted, as onRolloutMissing says";
        case LLC_ON_ROLLOUT_MISSING_KEEP:
                return "Canary pods stay as they are, as onRolloutMissing says; no new ones are "
                       "made";
        case LLC_ON_ROLLOUT_MISSING_QUARANTINE:
                break;
        }
        return "Canary pods are kept out of traffic until there is one; no new ones are made";
}

static struct verdict rollout_missing(const struct draft *draft) {
        return (struct verdict){
                .reason = "RolloutNotFound",
                .message = arena_printf(draft->arena, "Rollout \"%s\" does not exist. %s",
                                        draft_rollout_name(draft), missing_consequence(draft)),
        };
}

static struct verdict rollout_deleting(const struct draft *draft) {
        return (struct verdict){
                .reason = "RolloutDeleting",
                .message = arena_printf(draft->arena, "Rollout \"%s\" is being deleted. %s",
                                        draft_rollout_name(draft), missing_consequence(draft)),
        };
}

static struct verdict rollout_unreadable(const struct draft *draft) {
        return (struct verdict){
                .stalled = true,
                .reason = "RolloutUnreadable",
                .message = arena_printf(draft->arena,
                                        "the newest version of Rollout \"%s\" is too large or "
                                        "malformed to be read. Canary pods follow the one before; "
                                        "no new ones are made",
                                        draft_rollout_name(draft)),
        };
}

static struct verdict rollout_no_kind(void) {
        return (struct verdict){
                .reason = "RolloutsNotInstalled",
                .message = "the API server has no Rollouts (argoproj.io/v1alpha1): install Argo "
                           "Rollouts. Canary pods stay as they are; no new ones are made",
        };
}

static struct verdict rollout_unknown(const struct draft *draft) {
        return (struct verdict){
                .reason = "RolloutUnknown",
                .message = arena_printf(draft->arena,
                                        "Rollout \"%s\" could not be read yet. Canary pods stay as "
                                        "they are; no new ones are made",
                                        draft_rollout_name(draft)),
        };
}

static struct verdict rollout_no_stable(const struct draft *draft) {
        return (struct verdict){
                .reason = "WaitingForStable",
                .message = arena_printf(draft->arena,
                                        "Rollout \"%s\" has no stable ReplicaSet yet "
                                        "(status.stableRS): its first version must become healthy",
                                        draft_rollout_name(draft)),
        };
}

static struct verdict template_missing(const struct draft *draft) {
        return (struct verdict){
                .reason = "ReplicaSetNotFound",
                .message = arena_printf(draft->arena,
                                        "stable ReplicaSet \"%s\" does not exist or is not "
                                        "controlled by Rollout \"%s\". Running canary pods stay; "
                                        "no new ones are made",
                                        draft->replicaset_name, draft_rollout_name(draft)),
        };
}

/* What the obstacle says; no reason when it says nothing that the pods don't say better. */
static struct verdict obstacle_verdict(const struct draft *draft) {
        switch (draft->obstacle) {
        case OBSTACLE_NONE:
        case OBSTACLE_UNREADABLE:      /* nothing is said of it */
        case OBSTACLE_TEMPLATE_UNREAD: /* this pass is decided again */
                break;
        case OBSTACLE_TERMINATING:
                return (struct verdict){ .reason = "Terminating",
                                         .message = "being deleted, and its pods with it" };
        case OBSTACLE_ROLLOUT_UNKNOWN:
                return rollout_unknown(draft);
        case OBSTACLE_NO_KIND:
                return rollout_no_kind();
        case OBSTACLE_ROLLOUT_MISSING:
                return rollout_missing(draft);
        case OBSTACLE_ROLLOUT_DELETING:
                return rollout_deleting(draft);
        case OBSTACLE_ROLLOUT_UNREADABLE:
                return rollout_unreadable(draft);
        case OBSTACLE_NO_STABLE:
                return rollout_no_stable(draft);
        case OBSTACLE_TEMPLATE_MISSING:
                return template_missing(draft);
        case OBSTACLE_INVALID_OVERRIDE:
                return (struct verdict){ .stalled = true,
                                         .reason = "InvalidOverride",
                                         .message = draft->obstacle_detail };
        case OBSTACLE_SELECTOR_MISMATCH:
                return (struct verdict){ .stalled = true,
                                         .reason = "SelectorMismatch",
                                         .message = draft->obstacle_detail };
        }
        return (struct verdict){ .reason = NULL };
}

static struct verdict counted(const struct draft *draft, const char *reason, int64_t n,
                              const char *what) {
        return (struct verdict){
                .reason = reason,
                .message = arena_printf(draft->arena, "%lld of %lld pods %s", (long long)n,
                                        (long long)draft->replicas, what),
        };
}

static struct verdict verdict_of_failure(const struct draft *draft) {
        return (struct verdict){ .stalled = true,
                                 .reason = draft->failure->reason,
                                 .message = draft->failure->message };
}

/* Out of traffic though not asked to be, or in it though asked not to be. */
static struct verdict verdict_of_stance(const struct draft *draft) {
        bool as_asked = draft->stance == STANCE_HOLD &&
                        draft->world->llc->spec->traffic->mode == LLC_TRAFFIC_NONE;

        if (!draft->stance_reason || as_asked)
                return (struct verdict){ .reason = NULL };
        return (struct verdict){ .reason = draft->stance_reason, .message = draft->stance_message };
}

/* Do the pods exist that are asked for, of the present making? */
static struct verdict verdict_of_numbers(const struct draft *draft) {
        bool replaces = draft->world->llc->spec->update_policy->type != LLC_UPDATE_ON_DELETE;

        if (draft->n_live < draft->replicas)
                return counted(draft, "CreatingPods", draft->n_live, "exist");
        if (replaces && draft->n_updated < draft->replicas)
                return counted(draft, "ReplacingPods", draft->n_updated,
                               "are built as the spec is now");
        if (draft->n_ready < draft->replicas)
                return counted(draft, "PodsNotReady", draft->n_ready, "are ready");
        if (draft->n_available < draft->replicas)
                return counted(draft, "PodsNotAvailable", draft->n_available,
                               "have been ready for minReadySeconds");
        return (struct verdict){ .reason = NULL };
}

static struct verdict verdict_of_leaving(const struct draft *draft) {
        if (draft->stance == STANCE_HOLD && draft->n_held < draft->replicas)
                return counted(draft, "LeavingTraffic", draft->n_held, "are out of traffic");
        return (struct verdict){ .reason = NULL };
}

/* Labels that no Service selects are of no use, unless it only waits for an analysis. */
static struct verdict verdict_of_joining(const struct draft *draft) {
        struct verdict verdict;

        if (draft->stance == STANCE_HOLD)
                return (struct verdict){ .reason = NULL };
        if (draft->n_attached < draft->replicas)
                return counted(draft, "JoiningTraffic", draft->n_attached, "carry the stable hash");
        verdict = attachment_verdict(draft);
        return attachment_is_broken(&verdict) ? verdict : (struct verdict){ .reason = NULL };
}

static struct verdict verdict_of_ready(const struct draft *draft) {
        struct verdict verdict =
                counted(draft, "AllReady", draft->n_ready,
                        draft->stance == STANCE_HOLD ? "are ready and out of traffic, as asked for"
                                                     : "are ready and carry the stable hash");

        verdict.ready = true;
        return verdict;
}

static struct verdict verdict_of_scale(const struct draft *draft) {
        if (draft->n_live > draft->replicas)
                return (struct verdict){
                        .reason = "ScalingDown",
                        .message =
                                arena_printf(draft->arena, "live pods: %lld, wanted: %lld",
                                             (long long)draft->n_live, (long long)draft->replicas),
                };
        if (draft->replicas == 0)
                return (struct verdict){ .ready = true,
                                         .reason = "ScaledToZero",
                                         .message = "no pods are wanted" };
        return (struct verdict){ .reason = NULL };
}

struct verdict verdict_of(const struct draft *draft) {
        static struct verdict (*const order[])(const struct draft *draft) = {
                obstacle_verdict,   verdict_of_stance,  verdict_of_scale,   verdict_of_troubled_pod,
                verdict_of_numbers, verdict_of_leaving, verdict_of_joining, verdict_of_ready,
        };
        struct verdict verdict = { .reason = NULL };

        if (draft->obstacle == OBSTACLE_TERMINATING)
                return obstacle_verdict(draft);
        if (draft->failure)
                return verdict_of_failure(draft);
        if (draft->world->llc->spec->paused)
                return (struct verdict){ .ready = true,
                                         .reason = "Paused",
                                         .message = PAUSED_MESSAGE };
        for (size_t i = 0; !verdict.reason; i++)
                verdict = order[i](draft);
        return verdict;
}

struct verdict verdict_of_rollout(const struct draft *draft) {
        const struct world *world = draft->world;
        struct verdict verdict;

        switch (world->rollout_state) {
        case WORLD_ROLLOUT_UNKNOWN:
                verdict = rollout_unknown(draft);
                verdict.unknown = true;
                return verdict;
        case WORLD_ROLLOUT_NO_KIND:
                return rollout_no_kind();
        case WORLD_ROLLOUT_MISSING:
                return rollout_missing(draft);
        case WORLD_ROLLOUT_FOUND:
                break;
        }
        if (world->rollout->meta->deletion_timestamp != 0)
                return rollout_deleting(draft);
        return (struct verdict){
                .ready = true,
                .reason = "Found",
                .message = arena_printf(draft->arena, "Rollout \"%s\" exists",
                                        draft_rollout_name(draft)),
        };
}

struct verdict verdict_of_pods(const struct draft *draft) {
        struct verdict verdict;

        if (draft->n_available >= draft->replicas) {
                verdict = counted(draft, "Available", draft->n_available, "are available");
                verdict.ready = true;
                return verdict;
        }
        verdict = verdict_of_troubled_pod(draft);
        if (verdict.reason)
                return verdict;
        return draft->n_ready < draft->replicas
                       ? counted(draft, "PodsNotReady", draft->n_ready, "are ready")
                       : counted(draft, "PodsNotAvailable", draft->n_available,
                                 "have been ready for minReadySeconds");
}

struct verdict verdict_of_drift(const struct draft *draft) {
        struct verdict verdict;

        if (!draft->stable)
                return (struct verdict){ .unknown = true,
                                         .reason = "NoStable",
                                         .message = "there is no stable ReplicaSet to compare "
                                                    "with" };
        verdict = draft->n_drifted > 0 ? counted(draft, "StableChanged", draft->n_drifted,
                                                 "run the template of an earlier stable ReplicaSet")
                                       : (struct verdict){ .reason = "UpToDate", .message = "" };
        verdict.ready = draft->n_drifted > 0;
        return verdict;
}

struct verdict verdict_of_pause(const struct draft *draft) {
        bool paused = draft->world->llc->spec->paused;

        return (struct verdict){ .ready = paused,
                                 .reason = paused ? "Paused" : "NotPaused",
                                 .message = paused ? PAUSED_MESSAGE : "" };
}
