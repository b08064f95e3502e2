/*
 * The order of decisions. Each reads what the ones before it found; none undoes another's.
 */
#include "llc/canary/reconcile.h"

#include <assert.h>

#include "census.h"
#include "overrides.h"
#include "replicas.h"
#include "slots.h"
#include "source.h"
#include "status.h"
#include "traffic.h"

static int64_t wanted_replicas(const struct llc_spec *spec) {
        if (spec->replicas < 0)
                return 0;
        return spec->replicas < LLC_REPLICAS_MAX ? spec->replicas : LLC_REPLICAS_MAX;
}

void reconcile(const struct world *world, struct arena *arena, struct plan *ret_plan) {
        if (!world->llc) {
                *ret_plan = (struct plan){ .read = PLAN_READ_NOTHING };
                return;
        }
        struct draft draft = {
                .world = world,
                .arena = arena,
                .plan = ret_plan,
                .stable = source_stable_hash(world),
                .spec_hash = overrides_hash(world->llc->spec, arena),
                .replicas = wanted_replicas(world->llc->spec),
        };

        *ret_plan = (struct plan){ .read = PLAN_READ_NOTHING };
        census_take(&draft);     /* who is ours */
        slots_assign(&draft);    /* who stands where, what may be created */
        census_count(&draft);    /* how many are as they should be */
        source_find(&draft);     /* what pods are made from, or why none can be */
        traffic_decide(&draft);  /* relabel, hold, release */
        replicas_decide(&draft); /* delete, replace, create, reserve */
        status_decide(&draft);   /* what is true, and whether that is news */
        json_free(draft.prototype);
}
