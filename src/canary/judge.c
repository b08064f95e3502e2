/*
 * A failure is of one spec and one resume annotation, and stands until one of the two changes:
 * not until the pods look well, which a crash loop does between any two crashes. It is kept in
 * the status and, in case the process ends before that is written, by the quarantined label of the
 * pods themselves.
 *
 * A pod that was quarantined for a failure that stands no longer (lapsed) is not judged by what it
 * did then: it returns to traffic if it is well, and is replaced if not.
 */
#include "judge.h"

#include <inttypes.h>
#include <string.h>

#include "fingerprint.h"
#include "llc/api/resource.h"

#define WHAT_TO_DO                                                                                 \
        "fix it, then change the spec or set the annotation " ANNOTATION_RESUME " to a new value"

static const char *quarantined_for(const struct own_pod *own) {
        return own->live ? meta_label(own->pod->meta, LABEL_QUARANTINED) : NULL;
}

static const struct llc_failure *failure_new(const struct draft *draft, const char *reason,
                                             const char *message) {
        struct llc_failure *failure = ARENA_NEW(draft->arena, struct llc_failure);

        *failure = (struct llc_failure){
                .reason = reason,
                .message = message,
                .since = draft->world->now - draft->world->now % 1000, /* as it is written */
                .spec = draft->fingerprint,
        };
        return failure;
}

static const struct pod_container_status *crashing_of(const struct pod_container_status *list,
                                                      size_t n, int64_t max_restarts) {
        for (size_t i = 0; i < n; i++) {
                const struct pod_container_state *state = list[i].state;

                if (state && state->waiting &&
                    text_equal(state->waiting->reason, "CrashLoopBackOff") &&
                    list[i].restart_count > max_restarts)
                        return &list[i];
        }
        return NULL;
}

static const struct pod_container_status *crashing_container(const struct draft *draft,
                                                             const struct own_pod *own) {
        int64_t max_restarts = draft->world->llc->spec->validation->max_restarts;
        const struct pod_status *status = own->pod->status;
        const struct pod_container_status *found;

        if (!status)
                return NULL;
        found = crashing_of(status->init_container_statuses, status->n_init_container_statuses,
                            max_restarts);
        return found ? found
                     : crashing_of(status->container_statuses, status->n_container_statuses,
                                   max_restarts);
}

/* A pod of other overrides, or one too many, is on its way out. */
static bool is_judged(const struct draft *draft, const struct own_pod *own) {
        const char *quarantined = quarantined_for(own);

        return own->live && own->updated &&
               (!own->held || !quarantined || text_equal(quarantined, draft->fingerprint));
}

static const char *crash_loop(const struct draft *draft) {
        int64_t max_restarts = draft->world->llc->spec->validation->max_restarts;

        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];
                const struct pod_container_status *container = crashing_container(draft, own);

                if (container && is_judged(draft, own))
                        return arena_printf(draft->arena,
                                            "container \"%s\" of pod \"%s\" is in a crash loop, "
                                            "restarted more than %" PRId64 " times: " WHAT_TO_DO,
                                            container->name, own->pod->meta->name, max_restarts);
        }
        return NULL;
}

/* Since when the pod has had the time to become ready. */
static int64_t unready_since(const struct pod *pod) {
        int64_t since = pod->meta->creation_timestamp;

        for (size_t i = 0; pod->status && i < pod->status->n_conditions; i++) {
                const struct pod_condition *condition = &pod->status->conditions[i];

                if (strcmp(condition->type, "Ready") == 0 &&
                    condition->last_transition_time > since)
                        since = condition->last_transition_time;
        }
        return since;
}

static const char *missed_deadline(struct draft *draft) {
        int64_t seconds = draft->world->llc->spec->progress_deadline_seconds;

        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];
                int64_t deadline = unready_since(own->pod) + seconds * 1000;

                if (own->ready || !is_judged(draft, own))
                        continue;
                if (draft->world->now >= deadline)
                        return arena_printf(draft->arena,
                                            "pod \"%s\" was not ready for %" PRId64
                                            " s (spec.progressDeadlineSeconds): " WHAT_TO_DO,
                                            own->pod->meta->name, seconds);
                draft_look_again_at(draft, deadline);
        }
        return NULL;
}

static void learn_fingerprint(struct draft *draft) {
        if (!draft->fingerprint)
                draft->fingerprint = fingerprint_of(draft->world->llc, draft->arena);
}

static const struct llc_failure *found_failure(struct draft *draft) {
        const char *reason = "CrashLooping", *message = crash_loop(draft);

        if (!message) {
                reason = "ProgressDeadlineExceeded";
                message = missed_deadline(draft);
        }
        if (!message)
                return NULL;
        learn_fingerprint(draft);
        return failure_new(draft, reason, message);
}

/* What pods, though they be dying, were quarantined for, when the status does not say it. */
static const struct llc_failure *failure_of_pods(struct draft *draft) {
        const struct llc_failure *failure;

        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];

                if (!text_equal(meta_label(own->pod->meta, LABEL_QUARANTINED), draft->fingerprint))
                        continue;
                failure = found_failure(draft);
                return failure ? failure
                               : failure_new(draft, "Quarantined",
                                             arena_printf(draft->arena,
                                                          "pod \"%s\" was taken out of traffic "
                                                          "because it failed: " WHAT_TO_DO,
                                                          own->pod->meta->name));
        }
        return NULL;
}

static bool is_quarantined_any(const struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++)
                if (meta_label(draft->pods[i].pod->meta, LABEL_QUARANTINED))
                        return true;
        return false;
}

static const struct llc_failure *stored_failure(const struct draft *draft) {
        const struct llc_status *status = draft->world->llc->status;

        return status ? status->failure : NULL;
}

bool judge_is_told(const struct draft *draft) {
        const struct llc_failure *stored = stored_failure(draft);

        return stored && draft->failure && text_equal(stored->spec, draft->failure->spec);
}

bool judge_quarantines(const struct draft *draft) {
        const struct llc_spec *spec = draft->world->llc->spec;

        if (!draft->failure)
                return false;
        switch ((enum llc_on_failure)spec->on_failure) {
        case LLC_ON_FAILURE_KEEP:
                return false;
        case LLC_ON_FAILURE_TERMINATE:
                return spec->paused; /* nothing may be deleted */
        case LLC_ON_FAILURE_QUARANTINE:
                break;
        }
        return true;
}

void judge_decide(struct draft *draft) {
        const struct llc_failure *stored = stored_failure(draft);
        const struct world *world = draft->world;

        if (stored || is_quarantined_any(draft))
                learn_fingerprint(draft);
        if (stored && text_equal(stored->spec, draft->fingerprint))
                draft->failure = stored;
        else
                draft->failure = failure_of_pods(draft);
        if (!draft->failure && world->llc->meta->deletion_timestamp == 0 && !world->llc_unreadable)
                draft->failure = found_failure(draft);
        draft->plan->tell_now = (stored || draft->failure) && !judge_is_told(draft);
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct own_pod *own = &draft->pods[i];

                own->lapsed = own->held && quarantined_for(own) && !judge_quarantines(draft);
        }
}
