#include <string.h>

#include "conditions.h"
#include "events.h"
#include "llc/canary/reconcile.h"
#include "status.h"

static bool says(const struct err *err, const char *text) {
        return strstr(err->msg, text) != NULL;
}

static const char *rejected_reason(const struct action *action) {
        if (!action)
                return "ReadRejected";
        switch (action->kind) {
        case ACTION_RELABEL:
        case ACTION_HOLD:
        case ACTION_RELEASE:
        case ACTION_STRIP:
        case ACTION_RECOUNT:
                return "PatchRejected";
        case ACTION_DELETE:
                return "DeleteRejected";
        case ACTION_CREATE:
                return "CreateRejected";
        }
        return NULL;
}

/* In whose words the API server itself could not do what was asked; it is no verdict. */
static bool is_broken_webhook(const struct err *err) {
        return says(err, "failed calling webhook");
}

/*
 * The texts are the API server's own: its quota, Pod Security and LimitRanger plugins ("maximum cpu
 * usage per Container is 1, but limit is 2"), and admission webhooks and policies ("... denied the request", "... denied request").
 */
static const char *refused_reason(const struct err *err) {
        if (says(err, "exceeded quota"))
                return "QuotaExceeded";
        if (says(err, "violates PodSecurity"))
                return "PodSecurityViolation";
        if (says(err, " per Container") || says(err, " per Pod is ") || says(err, " per Pod, "))
                return "LimitRangeViolation";
        if (says(err, "denied the request") || says(err, "denied request"))
                return "AdmissionDenied";
        return NULL;
}

/* NULL: it passes by itself, or is no failure. */
static const char *failure_reason(const struct action *action, const struct err *err) {
        const char *refused = refused_reason(err);

        switch (err->code) {
        case ERR_FORBIDDEN:
                return refused ? refused : "Forbidden";
        case ERR_INVALID:
                return refused ? refused : rejected_reason(action);
        case ERR_ALREADY_EXISTS:
                return "PodNameTaken";
        case ERR_TOO_LARGE:
        case ERR_PROTOCOL:
        case ERR_IO:
                return "RequestFailed";
        case ERR_UNREACHABLE:
        case ERR_UNAVAILABLE:
        case ERR_TIMEOUT:
        case ERR_AMBIGUOUS: /* a 5xx to a write */
                return is_broken_webhook(err) ? "WebhookFailed" : NULL;
        case ERR_NONE:
        case ERR_NOT_FOUND:
        case ERR_NO_KIND:
        case ERR_CONFLICT:
        case ERR_GONE:
        case ERR_UNAUTHORIZED:
        case ERR_TERMINATING: /* the canary goes too, and its status with it */
        case ERR_THROTTLED:
                return NULL;
        }
        return NULL;
}

/* Ready's reasons that are not reconcile's own but come from here. */
static bool is_failure_reason(const char *reason) {
        static const char *const reasons[] = {
                "QuotaExceeded",  "PodSecurityViolation", "LimitRangeViolation",
                "WebhookFailed",  "AdmissionDenied",      "Forbidden",
                "ReadRejected",   "PatchRejected",        "DeleteRejected",
                "CreateRejected", "PodNameTaken",         "RequestFailed",
        };

        for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
                if (strcmp(reason, reasons[i]) == 0)
                        return true;
        return false;
}

static const struct condition *told_failure(const struct llc *llc) {
        const struct llc_status *status = llc->status;
        const struct condition *ready =
                status ? condition_find(status->conditions, status->n_conditions, "Ready") : NULL;

        return ready && ready->observed_generation == llc->meta->generation &&
                               is_failure_reason(ready->reason)
                       ? ready
                       : NULL;
}

bool llc_tells_failure(const struct llc *llc) {
        return told_failure(llc) != NULL;
}

void plan_note_failure(struct plan *plan, const struct world *world, struct arena *arena,
                       const struct action *action, const struct err *err) {
        const char *reason = failure_reason(action, err), *message;
        const struct condition *told = told_failure(world->llc);
        bool all_held =
                plan->status.phase == LLC_PHASE_HELD || plan->status.phase == LLC_PHASE_QUARANTINED;

        if (world->llc_unreadable)
                return;
        /* A try that got no answer does not take back what the one before was told. */
        if ((!reason && !(plan->has_status && told)) || plan->status.phase == LLC_PHASE_TERMINATING)
                return;
        message = reason ? arena_strdup(arena, err->msg) : told->message;
        conditions_note_failure(world, arena, &plan->status, reason ? reason : told->reason,
                                message);
        plan->status.phase = status_phase(&plan->status, all_held);
        plan->has_status = status_differs(&plan->status, world->llc);
        events_decide(plan, world->llc, arena);
}
