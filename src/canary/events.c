/*
 * A transition is a condition that changes its status or, where it says what is wrong, its reason;
 * a changed message is none. The steps of ordinary work (pods are created, become ready) are told
 * by the pods' own Events, so of Ready only its beginning, its end and its troubles are told here.
 */
#include "events.h"

#include <string.h>

enum { EVENTS_MAX = 8 };

struct telling {
        struct plan *plan;
        const struct llc_status *old; /* may be NULL */
};

static void tell(struct telling *telling, bool warning, const char *reason, const char *action,
                 const char *note) {
        struct plan *plan = telling->plan;

        if (plan->n_events < EVENTS_MAX)
                plan->events[plan->n_events++] = (struct plan_event){
                        .warning = warning,
                        .reason = reason,
                        .action = action,
                        .note = note,
                };
}

static const struct condition *new_condition(const struct telling *telling, const char *type) {
        const struct llc_status *status = &telling->plan->status;

        return condition_find(status->conditions, status->n_conditions, type);
}

static const struct condition *old_condition(const struct telling *telling, const char *type) {
        const struct llc_status *old = telling->old;

        return old ? condition_find(old->conditions, old->n_conditions, type) : NULL;
}

static bool condition_is(const struct condition *condition, enum condition_status status) {
        return condition && condition->status == (int)status;
}

static bool same_reason(const struct condition *a, const struct condition *b) {
        return a && b && strcmp(a->reason, b->reason) == 0;
}

static bool is_one_of(const char *text, const char *const *list) {
        for (size_t i = 0; list[i]; i++)
                if (strcmp(text, list[i]) == 0)
                        return true;
        return false;
}

/* Why a canary is not ready when nothing is wrong. */
static bool is_ordinary(const char *reason) {
        static const char *const reasons[] = {
                "CreatingPods",     "PodsNotReady",
                "PodsNotAvailable", "ReplacingPods",
                "JoiningTraffic",   "LeavingTraffic",
                "ScalingDown",      "Terminating",
                "RolloutUnknown",   NULL,
        };

        return is_one_of(reason, reasons);
}

/* What is not as it should be, but by somebody's wish or about to pass. */
static bool is_harmless(const char *reason) {
        static const char *const reasons[] = { "WaitingForStable",
                                               "StableNotReady",
                                               "RolloutScaledToZero",
                                               "RolloutDeleting",
                                               "ServiceSelectsAnother",
                                               "TrafficModeNone",
                                               NULL };

        return is_ordinary(reason) || is_one_of(reason, reasons);
}

static void tell_ready(struct telling *telling) {
        const struct condition *now = new_condition(telling, "Ready");
        const struct condition *was = old_condition(telling, "Ready");

        if (same_reason(now, was) || strcmp(now->reason, "Paused") == 0)
                return;
        if (condition_is(now, CONDITION_TRUE))
                tell(telling, false, "Ready", "Report", now->message);
        else if (!is_ordinary(now->reason))
                tell(telling, !is_harmless(now->reason), now->reason, "Report", now->message);
        else if (condition_is(was, CONDITION_TRUE) && strcmp(now->reason, "Terminating") != 0 &&
                 strcmp(was->reason, "Paused") != 0)
                tell(telling, false, "NotReady", "Report", now->message);
}

/*
 * The same thing keeps it from being ready, and that has just been told: of ordinary work it is
 * not. A failure may be told before or after the pods have left for it: that they leave always is,
 * as what was done about the failure. The warning is the failure's own.
 */
static bool is_told_by_ready(const struct telling *telling, const struct condition *condition) {
        const struct condition *ready = new_condition(telling, "Ready");

        return same_reason(ready, condition) && !is_ordinary(ready->reason) &&
               !telling->plan->status.failure &&
               !same_reason(ready, old_condition(telling, "Ready"));
}

static void tell_traffic(struct telling *telling) {
        const struct condition *now = new_condition(telling, "TrafficAttached");
        const struct condition *was = old_condition(telling, "TrafficAttached");

        if (condition_is(now, CONDITION_TRUE) && !condition_is(was, CONDITION_TRUE))
                tell(telling, false, "TrafficAttached", "Attach", now->message);
        else if (condition_is(now, CONDITION_FALSE) && condition_is(was, CONDITION_TRUE) &&
                 strcmp(now->reason, "JoiningTraffic") != 0 && strcmp(now->reason, "NoPods") != 0 &&
                 !is_told_by_ready(telling, now))
                tell(telling, !is_harmless(now->reason) && !telling->plan->status.failure,
                     "TrafficDetached", "Detach", now->message);
}

static void tell_relabel(struct telling *telling, struct arena *arena) {
        const struct llc_relabel *now = telling->plan->status.last_relabel;
        const struct llc_relabel *was = telling->old ? telling->old->last_relabel : NULL;

        if (now && now != was)
                tell(telling, false, "Relabelled", "Relabel",
                     arena_printf(arena, "the pods follow stable from hash %s to %s", now->from,
                                  now->to));
}

static void tell_failure_over(struct telling *telling) {
        if (telling->old && telling->old->failure && !telling->plan->status.failure)
                tell(telling, false, "Resumed", "Resume",
                     "a resume or another spec ended the failure");
}

/* One whose beginning is told, and its end where it has a name. */
static void tell_switch(struct telling *telling, const char *type, const char *begin,
                        const char *end, const char *action) {
        const struct condition *now = new_condition(telling, type);
        const struct condition *was = old_condition(telling, type);

        if (condition_is(now, CONDITION_TRUE) && !condition_is(was, CONDITION_TRUE))
                tell(telling, false, begin, action, now->message);
        else if (end && !condition_is(now, CONDITION_TRUE) && condition_is(was, CONDITION_TRUE))
                tell(telling, false, end, action, "work goes on");
}

void events_decide(struct plan *plan, const struct llc *llc, struct arena *arena) {
        struct telling telling = { .plan = plan, .old = llc->status };

        plan->n_events = 0;
        if (!plan->has_status)
                return;
        plan->events = ARENA_NEW_ARRAY(arena, struct plan_event, EVENTS_MAX);
        tell_failure_over(&telling);
        tell_ready(&telling);
        tell_traffic(&telling);
        tell_relabel(&telling, arena);
        tell_switch(&telling, "TemplateDrifted", "TemplateDrifted", NULL, "Relabel");
        tell_switch(&telling, "Paused", "Paused", "Unpaused", "Pause");
}
