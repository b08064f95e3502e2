#include "status.h"

#include <string.h>

#include "conditions.h"
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
        if (condition_has(status, "Ready", CONDITION_TRUE, NULL))
                return LLC_PHASE_RUNNING;
        if (all_held && !condition_has(status, "RolloutFound", CONDITION_TRUE, NULL))
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
                .available_replicas = draft->n_ready,
                .updated_replicas = draft->n_updated,
                .selector = arena_printf(draft->arena, "%s=%s,%s=canary", LABEL_NAME,
                                         llc->meta->name, LABEL_ROLE),
                .image = overrides_image(llc->spec, draft->arena),
                .pod_template_hash = common_hash(draft),
        };
        status->incarnations = slots_incarnations(draft, &status->n_incarnations);
        conditions_decide(draft, status);
        status->phase = status_phase(status, draft->n_live > 0 && draft->n_held == draft->n_live);
        draft->plan->reserves = incarnations_differ(status, llc->status);
        /*
         * A pass that is decided again says nothing yet. Of one that can't be read nothing is ever
         * said: what was said would not be seen, and be said again and again.
         */
        draft->plan->has_status = draft->plan->read == PLAN_READ_NOTHING &&
                                  !draft->world->llc_unreadable && status_differs(status, llc) &&
                                  !is_told_to_terminate(llc);
}
