/*
 * What is wrong with pods that are not ready: what the kubelet and the scheduler say of them.
 */
#include <string.h>

#include "verdict.h"

enum { REASON_MAX = 64 };

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

static struct verdict container_trouble(const struct draft *draft, const char *pod,
                                        const struct pod_container_status *containers, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const char *reason = waiting_trouble(&containers[i]);

                if (reason)
                        return (struct verdict){
                                .reason = reason,
                                .message = arena_printf(draft->arena,
                                                        "container \"%s\" of pod \"%s\" is in "
                                                        "%s: see kubectl describe pod",
                                                        containers[i].name, pod, reason),
                        };
        }
        return (struct verdict){ .reason = NULL };
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
        struct verdict trouble;

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
        trouble = container_trouble(draft, name, status->init_container_statuses,
                                    status->n_init_container_statuses);
        if (!trouble.reason)
                trouble = container_trouble(draft, name, status->container_statuses,
                                            status->n_container_statuses);
        if (trouble.reason)
                return trouble;
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

struct verdict verdict_of_troubled_pod(const struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct verdict trouble = pod_trouble(draft, &draft->pods[i]);

                if (trouble.reason)
                        return trouble;
        }
        return (struct verdict){ .reason = NULL };
}
