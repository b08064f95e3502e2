#include "llc/canary/plan.h"

void plan_deinit(struct plan *plan) {
        for (size_t i = 0; i < plan->n_actions; i++)
                json_free(plan->actions[i].body);
        *plan = (struct plan){ .read = PLAN_READ_NOTHING };
}

const char *action_kind_name(enum action_kind kind) {
        switch (kind) {
        case ACTION_RELABEL:
                return "relabel";
        case ACTION_HOLD:
                return "hold";
        case ACTION_RELEASE:
                return "release";
        case ACTION_STRIP:
                return "strip";
        case ACTION_RECOUNT:
                return "recount";
        case ACTION_DELETE:
                return "delete";
        case ACTION_CREATE:
                return "create";
        }
        return "unknown";
}
