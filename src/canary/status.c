#include "status.h"

#include <string.h>

#include "attachment.h"
#include "conditions.h"
#include "events.h"
#include "llc/api/resource.h"
#include "overrides.h"
#include "slots.h"

/* The hash that all live pods carry, or NULL. */
static const char *common_hash(const struct draft *draft) {
        const char *common = NULL;

        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];
                const char *hash = meta_label(own->pod->meta, LABEL_HASH);

                if (!own->live)
                        continue;
                if (!hash || own->held || (common && strcmp(common, hash) != 0))
                        return NULL;
                common = hash;
        }
        return common;
}

static bool condition_has(const struct llc_status *status, const char *type,
                          enum condition_status wanted, const char *reason) {
        const struct condition *condition =
                condition_find(status->conditions, status->n_conditions, type);

        return condition && condition->status == (int)wanted &&
               (!reason || strcmp(condition->reason, reason) == 0);
}

/* Waits for something that is not a pod. */
static bool is_pending(const struct llc_status *status) {
        static const char *const reasons[] = { "RolloutNotFound",      "RolloutDeleting",
                                               "RolloutsNotInstalled", "RolloutUnknown",
                                               "WaitingForStable",     "ReplicaSetNotFound" };

        if (condition_has(status, "Stalled", CONDITION_TRUE, NULL))
                return true;
        for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
                if (condition_has(status, "Ready", CONDITION_FALSE, reasons[i]))
                        return true;
        return false;
}

int status_phase(const struct llc_status *status, bool all_held) {
        if (condition_has(status, "Ready", CONDITION_FALSE, "Terminating"))
                return LLC_PHASE_TERMINATING;
        if (status->failure)
                return all_held ? LLC_PHASE_QUARANTINED : LLC_PHASE_FAILED;
        if (condition_has(status, "Ready", CONDITION_TRUE, "Paused"))
                return LLC_PHASE_PAUSED;
        if (condition_has(status, "Ready", CONDITION_TRUE, NULL))
                return LLC_PHASE_RUNNING;
        if (all_held)
                return LLC_PHASE_HELD;
        return is_pending(status) ? LLC_PHASE_PENDING : LLC_PHASE_PROGRESSING;
}

bool status_differs(const struct llc_status *status, const struct llc *llc) {
        return !llc->status || !desc_equal(&llc_status_type, status, llc->status);
}

static bool incarnations_differ(const struct llc_status *status, const struct llc_status *old) {
        size_t n_old = old ? old->n_incarnations : 0;

        return status->n_incarnations != n_old ||
               (n_old > 0 && memcmp(status->incarnations, old->incarnations,
                                    n_old * sizeof(*old->incarnations)) != 0);
}

/* Deletion is told once, not again with each pod that goes. */
static bool is_told_to_terminate(const struct llc *llc) {
        return llc->meta->deletion_timestamp != 0 && llc->status &&
               llc->status->phase == LLC_PHASE_TERMINATING &&
               llc->status->observed_generation == llc->meta->generation;
}

/* Told when all pods have followed: what they carried before is in the stored status. */
static const struct llc_relabel *last_relabel(const struct draft *draft) {
        const struct llc_status *old = draft->world->llc->status;
        const char *from = old ? old->pod_template_hash : NULL;
        struct llc_relabel *relabel;
        int64_t now = draft->world->now, observed_at;

        if (!from || !draft->stable || strcmp(from, draft->stable) == 0 || draft->n_live == 0 ||
            draft->n_attached < draft->n_live)
                return old ? old->last_relabel : NULL;
        observed_at = attachment_relabelled_at(draft);
        relabel = ARENA_NEW(draft->arena, struct llc_relabel);
        *relabel = (struct llc_relabel){
                .from = from,
                .to = draft->stable,
                .observed_at = observed_at > 0 ? observed_at : now - now % 1000,
                .completed_at = now - now % 1000,
        };
        return relabel;
}

/*
 * A pass that is decided again says nothing yet. Of one that can't be read nothing is ever said:
 * what was said would not be seen, and be said again and again.
 */
static bool is_to_be_told(struct draft *draft) {
        const struct plan *plan = draft->plan;
        const struct llc *llc = draft->world->llc;
        int64_t until;

        if (plan->read != PLAN_READ_NOTHING || draft->world->llc_unreadable ||
            !status_differs(&plan->status, llc) || is_told_to_terminate(llc))
                return false;
        if (plan->tell_now || plan->reserves || !attachment_is_settling(draft, &until))
                return true;
        draft_look_again_at(draft, until);
        return false;
}

/* Out of traffic, and not because the spec asks for it. */
static bool is_held(const struct draft *draft) {
        bool as_asked =
                !draft->failure && draft->world->llc->spec->traffic->mode == LLC_TRAFFIC_NONE;

        return draft->n_live > 0 && draft->n_held == draft->n_live && !as_asked;
}

void status_decide(struct draft *draft) {
        const struct llc *llc = draft->world->llc;
        struct llc_status *status = &draft->plan->status;

        *status = (struct llc_status){
                .has_observed_generation = true,
                .observed_generation = llc->meta->generation,
                .replicas = draft->n_live,
                .ready = arena_printf(draft->arena, "%lld/%lld", (long long)draft->n_ready,
                                      (long long)draft->replicas),
                .ready_replicas = draft->n_ready,
                .available_replicas = draft->n_available,
                .updated_replicas = draft->n_updated,
                .selector = arena_printf(draft->arena, "%s=%s,%s=canary", LABEL_NAME,
                                         llc->meta->name, LABEL_ROLE),
                .image = overrides_image(llc->spec, draft->arena),
                .pod_template_hash = common_hash(draft),
                .last_relabel = last_relabel(draft),
                .traffic = attachment_status(draft),
                .failure = draft->failure,
                .recounted = draft->recounted,
        };
        status->incarnations = slots_incarnations(draft, &status->n_incarnations);
        conditions_decide(draft, status);
        status->phase = status_phase(status, is_held(draft));
        draft->plan->reserves = incarnations_differ(status, llc->status);
        draft->plan->has_status = is_to_be_told(draft);
        events_decide(draft->plan, llc, draft->arena);
}
