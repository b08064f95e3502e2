/*
 * Messages name nothing that changes from pass to pass without anything having changed (back-off
 * times, ages): each change of a message is a write.
 */
#include "verdict.h"

#include <string.h>

#include "llc/api/resource.h"

enum { REASON_MAX = 64 };

static const char *rollout_name(const struct draft *draft) {
        return draft->world->llc->spec->rollout_ref->name;
}

static struct verdict rollout_missing(const struct draft *draft) {
        return (struct verdict){
                .reason = "RolloutNotFound",
                .message =
                        arena_printf(draft->arena,
                                     "Rollout \"%s\" does not exist. Canary pods are kept out of "
                                     "traffic until it does; no new ones are made",
                                     rollout_name(draft)),
        };
}

static struct verdict rollout_deleting(const struct draft *draft) {
        return (struct verdict){
                .reason = "RolloutDeleting",
                .message =
                        arena_printf(draft->arena,
                                     "Rollout \"%s\" is being deleted. Canary pods are kept out of "
                                     "traffic; no new ones are made",
                                     rollout_name(draft)),
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
                                        rollout_name(draft)),
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
                                        rollout_name(draft)),
        };
}

static struct verdict rollout_no_stable(const struct draft *draft) {
        return (struct verdict){
                .reason = "WaitingForStable",
                .message = arena_printf(draft->arena,
                                        "Rollout \"%s\" has no stable ReplicaSet yet "
                                        "(status.stableRS): its first version must become healthy",
                                        rollout_name(draft)),
        };
}

static struct verdict template_missing(const struct draft *draft) {
        return (struct verdict){
                .reason = "ReplicaSetNotFound",
                .message = arena_printf(draft->arena,
                                        "stable ReplicaSet \"%s\" does not exist or is not "
                                        "controlled by Rollout \"%s\". Running canary pods stay; "
                                        "no new ones are made",
                                        draft->replicaset_name, rollout_name(draft)),
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

/* The API server takes no other as a condition's reason. */
static bool is_reason(const char *text) {
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        size_t len = strlen(text);

        return len > 0 && len <= REASON_MAX && strspn(text, letters) > 0 &&
               strspn(text, more) == len;
}

/* Why a container waits; NULL when that is a normal step of starting. */
static const char *waiting_trouble(const struct pod_container_status *container) {
        const char *reason;

        if (!container->state || !container->state->waiting || !container->state->waiting->reason)
                return NULL;
        reason = container->state->waiting->reason;
        if (strcmp(reason, "ContainerCreating") == 0 || strcmp(reason, "PodInitializing") == 0)
                return NULL;
        /* The kubelet goes back and forth between the two. */
        if (strcmp(reason, "ErrImagePull") == 0)
                return "ImagePullBackOff";
        return is_reason(reason) ? reason : NULL;
}

static bool is_unschedulable(const struct pod_status *status) {
        for (size_t i = 0; i < status->n_conditions; i++) {
                const struct pod_condition *condition = &status->conditions[i];

                if (condition->type && strcmp(condition->type, "PodScheduled") == 0)
                        return condition->status && strcmp(condition->status, "False") == 0;
        }
        return false;
}

/* What is wrong with one pod; no reason when it is only on its way. */
static struct verdict pod_trouble(const struct draft *draft, const struct own_pod *own) {
        const struct pod_status *status = own->pod->status;
        const char *name = own->pod->meta->name;

        if (!status || own->ready || own->pod->meta->deletion_timestamp != 0)
                return (struct verdict){ .reason = NULL };
        if (!own->live && draft->n_live >= draft->replicas)
                return (struct verdict){ .reason = NULL }; /* nobody misses it */
        if (!own->live)
                return (struct verdict){
                        .reason = "PodEnded",
                        .message = arena_printf(draft->arena,
                                                "pod \"%s\" has ended (%s) and is replaced", name,
                                                status->reason ? status->reason : status->phase),
                };
        for (size_t i = 0; i < status->n_container_statuses; i++) {
                const char *reason = waiting_trouble(&status->container_statuses[i]);

                if (reason)
                        return (struct verdict){
                                .reason = reason,
                                .message = arena_printf(
                                        draft->arena,
                                        "container \"%s\" of pod \"%s\" is in %s: see kubectl "
                                        "describe pod",
                                        status->container_statuses[i].name, name, reason),
                        };
        }
        if (is_unschedulable(status))
                return (struct verdict){
                        .reason = "Unschedulable",
                        .message = arena_printf(draft->arena,
                                                "pod \"%s\" fits on no node: see kubectl describe "
                                                "pod",
                                                name),
                };
        return (struct verdict){ .reason = NULL };
}

static struct verdict first_pod_trouble(const struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct verdict trouble = pod_trouble(draft, &draft->pods[i]);

                if (trouble.reason)
                        return trouble;
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

/* The last one is about traffic, and there is a hash to follow when it is asked. */
struct verdict verdict_of(const struct draft *draft) {
        struct verdict verdict = obstacle_verdict(draft);

        if (verdict.reason)
                return verdict;
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
        verdict = first_pod_trouble(draft);
        if (verdict.reason)
                return verdict;
        if (draft->n_live < draft->replicas)
                return counted(draft, "CreatingPods", draft->n_live, "exist");
        if (draft->n_updated < draft->replicas)
                return counted(draft, "ReplacingPods", draft->n_updated,
                               "are built with the present overrides");
        if (draft->n_ready < draft->replicas)
                return counted(draft, "PodsNotReady", draft->n_ready, "are ready");
        if (draft->n_attached < draft->replicas)
                return counted(draft, "JoiningTraffic", draft->n_attached, "carry the stable hash");
        verdict = counted(draft, "AllReady", draft->n_ready, "are ready and carry the stable hash");
        verdict.ready = true;
        return verdict;
}

struct verdict verdict_of_rollout(const struct draft *draft) {
        const struct world *world = draft->world;

        switch (world->rollout_state) {
        case WORLD_ROLLOUT_UNKNOWN:
                return rollout_unknown(draft);
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
                .message = arena_printf(draft->arena, "Rollout \"%s\" exists", rollout_name(draft)),
        };
}

struct verdict verdict_of_pods(const struct draft *draft) {
        struct verdict verdict;

        if (draft->n_ready >= draft->replicas) {
                verdict = counted(draft, "Available", draft->n_ready, "are ready");
                verdict.ready = true;
                return verdict;
        }
        verdict = first_pod_trouble(draft);
        return verdict.reason ? verdict
                              : counted(draft, "PodsNotReady", draft->n_ready, "are ready");
}
