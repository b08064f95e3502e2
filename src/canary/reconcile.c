/*
 * The order of decisions. Each reads what the ones before it found; none undoes another's.
 */
#include "llc/canary/reconcile.h"

#include <assert.h>

#include "budgets.h"
#include "census.h"
#include "judge.h"
#include "orphans.h"
#include "overrides.h"
#include "replicas.h"
#include "slots.h"
#include "source.h"
#include "stance.h"
#include "status.h"
#include "traffic.h"

static int64_t wanted_replicas(const struct llc_spec *spec) {
        if (spec->replicas < 0)
                return 0;
        return spec->replicas < LLC_REPLICAS_MAX ? spec->replicas : LLC_REPLICAS_MAX;
}

static void reconcile_canary(struct draft *draft) {
        const struct llc *llc = draft->world->llc;

        draft->stable = source_stable_hash(draft->world);
        draft->spec_hash = overrides_hash(llc->spec, draft->arena);
        draft->replicas = wanted_replicas(llc->spec);
        census_take(draft);     /* who is ours */
        slots_assign(draft);    /* who stands where, what may be created */
        census_count(draft);    /* how many are as they should be */
        judge_decide(draft);    /* has it failed? */
        source_find(draft);     /* why no pods can be made */
        stance_decide(draft);   /* in traffic, or out of it */
        source_build(draft);    /* what pods are made from */
        traffic_decide(draft);  /* relabel, hold, release */
        budgets_decide(draft);  /* who counts pods that have left traffic */
        replicas_decide(draft); /* delete, replace, create, reserve */
        budgets_decide_scale(draft);
        status_decide(draft); /* what is true, and whether that is news */
        json_free(draft->prototype);
}

void reconcile(const struct world *world, struct arena *arena, struct plan *ret_plan) {
        struct draft draft = { .world = world, .arena = arena, .plan = ret_plan };

        *ret_plan = (struct plan){ .read = PLAN_READ_NOTHING };
        orphans_decide(&draft);
        if (world->llc)
                reconcile_canary(&draft);
}
