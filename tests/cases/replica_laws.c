/*
 * What holds of creates and deletes, reckoned anew from the world: not with the code under test.
 */
#include "replica_laws.h"

#include <stdlib.h>
#include <string.h>

#include "llc/api/resource.h"

static bool is_own(const struct world *world, const struct pod *pod) {
        const struct owner_reference *owner = meta_controller(pod->meta);

        return owner && strcmp(owner->uid, world->llc->meta->uid) == 0;
}

static bool is_deleted(const struct plan *plan, const struct pod *pod) {
        for (size_t i = 0; i < plan->n_actions; i++)
                if (plan->actions[i].kind == ACTION_DELETE &&
                    strcmp(plan->actions[i].uid, pod->meta->uid) == 0)
                        return true;
        return false;
}

static bool is_quarantined(const struct pod *pod) {
        return meta_label(pod->meta, LABEL_QUARANTINED) != NULL;
}

/* Ready for minReadySeconds, and allowed to serve. */
static bool is_available(const struct world *world, const struct pod *pod) {
        int64_t seconds = world->llc->spec->min_ready_seconds, since = pod_ready_since(pod);

        return pod_is_live(pod) && pod_is_ready(pod) && !is_quarantined(pod) &&
               (seconds == 0 || (since > 0 && since + 1000 * seconds <= world->now));
}

/* Pods go to protect production, or because they can't be put back into traffic: that is no update. */
static bool is_protected(const struct world *world, const struct plan *plan) {
        return plan->status.failure || world->rollout_state != WORLD_ROLLOUT_FOUND ||
               world->rollout->meta->deletion_timestamp != 0;
}

static bool is_put_aside(const struct pod *pod) {
        return is_quarantined(pod) || meta_annotation(pod->meta, ANNOTATION_HELD_LABELS) != NULL;
}

static int64_t max_unavailable(const struct llc_spec *spec) {
        const char *text = spec->update_policy->max_unavailable;
        char *end;
        long n = text && *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;

        if (n < 1 || n > 9999999999 || (strcmp(end, "") != 0 && strcmp(end, "%") != 0))
                return 1;
        return *end == '%' ? (spec->replicas * n + 99) / 100 : n;
}

struct tally {
        int64_t live, available;                   /* of ours, as observed */
        int64_t deleted, available_deleted, ended; /* by this plan */
        int64_t aside;                             /* deleted by it, put aside before */
};

static struct tally count(const struct world *world, const struct plan *plan) {
        struct tally tally = { .live = 0 };

        for (size_t i = 0; i < world->n_pods; i++) {
                const struct pod *pod = world->pods[i];
                bool deleted = is_deleted(plan, pod);

                if (!is_own(world, pod))
                        continue;
                tally.live += pod_is_live(pod);
                tally.available += is_available(world, pod);
                tally.deleted += deleted;
                tally.ended += deleted && !pod_is_live(pod);
                tally.aside += deleted && pod_is_live(pod) && is_put_aside(pod);
                tally.available_deleted +=
                        deleted && is_available(world, pod) && !is_put_aside(pod);
        }
        return tally;
}

static int64_t count_creates(const struct plan *plan) {
        int64_t n = 0;

        for (size_t i = 0; i < plan->n_actions; i++)
                n += plan->actions[i].kind == ACTION_CREATE;
        return n;
}

const char *replica_laws_broken(const struct world *world, const struct plan *plan) {
        const struct llc_spec *spec = world->llc->spec;
        int64_t creates = count_creates(plan);
        struct tally tally = count(world, plan);
        int64_t updates = tally.deleted - tally.ended - tally.aside;

        if (creates > 0 && tally.live + creates > spec->replicas)
                return "there are never more live pods than replicas by our own hand";
        if (spec->paused && creates > 0)
                return "nothing is created while paused";
        if (is_protected(world, plan))
                return NULL;
        if (spec->paused && (tally.ended > 0 || updates > 0))
                return "nothing is deleted while paused";
        if (spec->update_policy->type == LLC_UPDATE_ON_DELETE && updates > 0 &&
            tally.live - updates < spec->replicas)
                return "OnDelete replaces nothing";
        if (tally.available_deleted > 0 &&
            tally.available - tally.available_deleted < spec->replicas - max_unavailable(spec))
                return "no more than maxUnavailable pods are missing by our own hand";
        return NULL;
}
