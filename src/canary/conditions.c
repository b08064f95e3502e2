/*
 * kstatus reads three of them: Ready (normal: True), Reconciling and Stalled (normal: False), and
 * never two of them True at once. A time is kept as long as the status stays the same; all are
 * always written, so that `kubectl wait` finds them.
 */
#include "conditions.h"

#include <string.h>

#include "attachment.h"

/* For Reconciling and Stalled when there is nothing to say. */
static const char REASON_NORMAL[] = "AsExpected";

struct stamp {
        int64_t now, generation;
        const struct llc_status *old; /* may be NULL */
};

static struct stamp stamp_of(const struct world *world) {
        return (struct stamp){
                .now = world->now - world->now % 1000, /* metav1.Time has whole seconds */
                .generation = world->llc->meta->generation,
                .old = world->llc->status,
        };
}

static struct condition condition_stamped(const struct stamp *stamp, const char *type,
                                          enum condition_status status, const char *reason,
                                          const char *message) {
        const struct condition *old =
                stamp->old ? condition_find(stamp->old->conditions, stamp->old->n_conditions, type)
                           : NULL;

        return (struct condition){
                .type = type,
                .status = (int)status,
                .observed_generation = stamp->generation,
                .last_transition_time =
                        old && old->status == (int)status ? old->last_transition_time : stamp->now,
                .reason = reason,
                .message = message,
        };
}

static struct condition condition_if(const struct stamp *stamp, const char *type, bool is_true,
                                     const struct verdict *verdict) {
        return condition_stamped(stamp, type, is_true ? CONDITION_TRUE : CONDITION_FALSE,
                                 verdict->reason, verdict->message);
}

/* One whose normal state is False. */
static struct condition condition_abnormal(const struct stamp *stamp, const char *type,
                                           bool is_true, const struct verdict *verdict) {
        if (!is_true)
                return condition_stamped(stamp, type, CONDITION_FALSE, REASON_NORMAL, "");
        return condition_if(stamp, type, true, verdict);
}

/* One aspect, with its own reason either way. */
static struct condition condition_of(const struct stamp *stamp, const char *type,
                                     const struct verdict *verdict) {
        if (verdict->unknown)
                return condition_stamped(stamp, type, CONDITION_UNKNOWN, verdict->reason,
                                         verdict->message);
        return condition_if(stamp, type, verdict->ready, verdict);
}

void conditions_decide(const struct draft *draft, struct llc_status *ret_status) {
        struct stamp stamp = stamp_of(draft->world);
        struct verdict overall = verdict_of(draft);
        struct verdict rollout = verdict_of_rollout(draft);
        struct verdict pods = verdict_of_pods(draft);
        struct verdict attachment = attachment_verdict(draft);
        struct verdict drift = verdict_of_drift(draft);
        struct verdict pause = verdict_of_pause(draft);
        const struct condition conditions[] = {
                condition_if(&stamp, "Ready", overall.ready, &overall),
                condition_abnormal(&stamp, "Reconciling", !overall.ready && !overall.stalled,
                                   &overall),
                condition_abnormal(&stamp, "Stalled", overall.stalled, &overall),
                condition_of(&stamp, "RolloutFound", &rollout),
                condition_of(&stamp, "PodsAvailable", &pods),
                condition_of(&stamp, "TrafficAttached", &attachment),
                condition_of(&stamp, "TemplateDrifted", &drift),
                condition_of(&stamp, "Paused", &pause),
        };
        size_t n = sizeof(conditions) / sizeof(conditions[0]);
        struct condition *kept = ARENA_NEW_ARRAY(draft->arena, struct condition, n);

        memcpy(kept, conditions, sizeof(conditions));
        ret_status->conditions = kept;
        ret_status->n_conditions = n;
}

void conditions_note_failure(const struct world *world, struct arena *arena,
                             struct llc_status *status, const char *reason, const char *message) {
        struct stamp stamp = stamp_of(world);
        struct verdict failure = { .reason = reason, .message = message };
        struct condition *conditions =
                ARENA_NEW_ARRAY(arena, struct condition, status->n_conditions);

        for (size_t i = 0; i < status->n_conditions; i++) {
                conditions[i] = status->conditions[i];
                if (strcmp(conditions[i].type, "Stalled") == 0 &&
                    conditions[i].status == CONDITION_TRUE)
                        return;
                if (strcmp(conditions[i].type, "Ready") == 0)
                        conditions[i] = condition_if(&stamp, "Ready", false, &failure);
                if (strcmp(conditions[i].type, "Reconciling") == 0)
                        conditions[i] = condition_if(&stamp, "Reconciling", true, &failure);
        }
        status->conditions = conditions;
}
