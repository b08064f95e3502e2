#include "decision.h"

#include <assert.h>
#include <string.h>

struct decision decision;

void reconcile(const struct world *world, struct arena *arena, struct plan *ret_plan) {
        *ret_plan = (struct plan){ .read = PLAN_READ_NOTHING };
        if (world->llc && world->llc->status)
                ret_plan->status = *world->llc->status;
        decision.n++;
        decision.has_llc = world->llc;
        decision.n_pods = world->n_pods;
        decision.n_budgets = world->n_budgets;
        decision.rollout_state = world->rollout_state;
        decision.template_state = world->template_state;
        decision.service_state = world->service_state;
        decision.budgets_state = world->budgets_state;
        if (decision.decide)
                decision.decide(world, arena, ret_plan);
}

void plan_note_failure(struct plan *plan, const struct world *world, struct arena *arena,
                       const struct action *action, const struct err *err) {
        (void)plan;
        (void)arena;
        (void)action;
        assert(world->llc);
        decision.noted = err->code;
}

bool llc_tells_failure(const struct llc *llc) {
        (void)llc;
        return decision.tells_failure;
}

void decision_act(struct plan *plan, struct arena *arena, enum action_kind kind, const char *name,
                  const char *body) {
        struct action *actions = ARENA_NEW_ARRAY(arena, struct action, plan->n_actions + 1);
        struct json *json = NULL;
        struct err err;

        if (plan->n_actions > 0)
                memcpy(actions, plan->actions, plan->n_actions * sizeof(*actions));
        if (body && json_parse(bytes_of(body), &JSON_LIMITS_OBJECT, &json, &err) < 0)
                assert(false);
        actions[plan->n_actions++] =
                (struct action){ .kind = kind, .name = name, .uid = "p1", .body = json };
        plan->actions = actions;
}
