#include <string.h>

#include "conditions.h"
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
                return "PatchRejected";
        case ACTION_DELETE:
                return "DeleteRejected";
        case ACTION_CREATE:
                return "CreateRejected";
        }
        return NULL;
}

/*
 * The texts are the API server's own: its quota and Pod Security plugins, and admission webhooks
 * and policies ("... denied the request", "... denied request").
 */
static const char *refused_reason(const struct err *err) {
        if (says(err, "exceeded quota"))
                return "QuotaExceeded";
        if (says(err, "violates PodSecurity"))
                return "PodSecurityViolation";
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
        case ERR_NONE:
        case ERR_NOT_FOUND:
        case ERR_NO_KIND:
        case ERR_CONFLICT:
        case ERR_GONE:
        case ERR_UNAUTHORIZED:
        case ERR_THROTTLED:
        case ERR_UNAVAILABLE:
        case ERR_TIMEOUT:
        case ERR_AMBIGUOUS:
                return NULL;
        }
        return NULL;
}

void plan_note_failure(struct plan *plan, const struct world *world, struct arena *arena,
                       const struct action *action, const struct err *err) {
        const char *reason = failure_reason(action, err);
        bool all_held = plan->status.phase == LLC_PHASE_HELD;

        if (!reason || plan->status.phase == LLC_PHASE_TERMINATING)
                return;
        conditions_note_failure(world, arena, &plan->status, reason, arena_strdup(arena, err->msg));
        plan->status.phase = status_phase(&plan->status, all_held);
        plan->has_status = status_differs(&plan->status, world->llc);
}
