/*
 * Decisions that a test makes itself: it links decision.c instead of llc/canary/reconcile.h's own
 * sources.
 */
#pragma once

#include "llc/canary/reconcile.h"

/* Fills a plan that is empty but for the stored status; NULL: nothing is ever to be done. */
typedef void (*decision_fn)(const struct world *world, struct arena *arena, struct plan *plan);

struct decision {
        decision_fn decide;
        unsigned n; /* decisions so far */
        /* Of the last one, what may be looked at afterwards. */
        bool has_llc;
        size_t n_pods, n_budgets;
        enum world_rollout rollout_state;
        enum world_template template_state;
        enum world_service service_state;
        enum world_budgets budgets_state;
        bool tells_failure;  /* what llc_tells_failure says */
        enum err_code noted; /* the failure that was last to be told */
};

/* One for the program; starts anew with fixture_setup. */
extern struct decision decision;

/* For a decision_fn: an action of the plan; body is JSON text or NULL. */
void decision_act(struct plan *plan, struct arena *arena, enum action_kind kind, const char *name,
                  const char *body);
