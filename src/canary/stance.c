/*
 * One stance for all pods: half a canary in traffic would be neither safe nor a measurement. The
 * first rule that has something to say decides.
 *
 * What is known to be over (the Rollout gone or scaled to zero) takes the pods out of traffic
 * without asking: the Service would select nothing else. Everything that is the canary's own affair
 * (it failed, it is not wanted in traffic) first makes sure that somebody else serves.
 */
#include "stance.h"

#include <inttypes.h>
#include <string.h>

#include "judge.h"
#include "source.h"

enum {
        STABLE_LOOK_AGAIN_MS = 30000,       /* ReplicaSets are not watched */
        LAST_ENDPOINT_LOOK_AGAIN_MS = 5000, /* a failed canary serves: it shall not serve long */
};

/* What the garbage collector is told by when dependents are to be left behind. */
static const char FINALIZER_ORPHAN[] = "orphan";

/* Always true: a rule that speaks has decided. */
static bool stand(struct draft *draft, enum stance stance, const char *reason,
                  const char *message) {
        draft->stance = stance;
        draft->stance_reason = reason;
        draft->stance_message = message;
        return true;
}

static bool has_ready_pods_in_traffic(const struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++)
                if (draft->pods[i].ready && !draft->pods[i].held)
                        return true;
        return false;
}

/* Production serves without us, or will not serve again: pods may leave traffic. */
static bool may_leave(struct draft *draft) {
        int64_t ready;

        if (!has_ready_pods_in_traffic(draft) || source_rollout_is_over(draft->world))
                return true;
        if (!draft->stable)
                return !stand(draft, STANCE_STAY, "LastEndpoint",
                              "whether stable pods are ready is not known: canary pods stay in "
                              "traffic until it is");
        if (!source_stable_ready(draft, &ready))
                return !stand(draft, STANCE_STAY, NULL, NULL);
        if (ready > 0)
                return true;
        draft_look_again_at(draft, draft->world->now + LAST_ENDPOINT_LOOK_AGAIN_MS);
        return !stand(
                draft, STANCE_STAY, "LastEndpoint",
                arena_printf(draft->arena,
                             "stable ReplicaSet \"%s\" has no ready pods: canary pods stay in "
                             "traffic, where they are the last that serve, until it has",
                             draft->replicaset_name));
}

static bool is_being_orphaned(const struct meta *meta) {
        for (size_t i = 0; i < meta->n_finalizers; i++)
                if (strcmp(meta->finalizers[i], FINALIZER_ORPHAN) == 0)
                        return true;
        return false;
}

/*
 * The garbage collector removes the pods; until then they serve. Where it would leave them behind
 * without an owner they leave traffic, or the stable ReplicaSet takes them for its own.
 */
static bool stand_by_deletion(struct draft *draft) {
        const struct meta *meta = draft->world->llc->meta;

        if (meta->deletion_timestamp == 0)
                return false;
        if (is_being_orphaned(meta))
                return stand(draft, STANCE_HOLD, "Orphaned",
                             "is being deleted and its pods left behind: they leave traffic");
        if (source_rollout_leaves(draft->world))
                return stand(draft, STANCE_HOLD,
                             draft->world->rollout ? "RolloutDeleting" : "RolloutNotFound",
                             "is being deleted, and there is no Rollout to follow");
        return stand(draft, draft->stable ? STANCE_FOLLOW : STANCE_STAY, "Terminating",
                     "is being deleted");
}

static bool stand_by_failure(struct draft *draft) {
        const struct llc_failure *failure = draft->failure;

        if (!failure || draft->world->llc->spec->on_failure == LLC_ON_FAILURE_KEEP)
                return false;
        /* What the newest version says of it is not known. */
        if (draft->world->llc_unreadable)
                return stand(draft, STANCE_STAY, failure->reason, failure->message);
        if (!may_leave(draft))
                return true;
        draft->terminates = !judge_quarantines(draft);
        return stand(draft, draft->terminates ? STANCE_STAY : STANCE_HOLD, failure->reason,
                     failure->message);
}

static bool stand_without_rollout(struct draft *draft, const char *reason, const char *message) {
        const struct llc_spec *spec = draft->world->llc->spec;

        switch ((enum llc_on_rollout_missing)spec->on_rollout_missing) {
        case LLC_ON_ROLLOUT_MISSING_KEEP:
                return stand(draft, STANCE_STAY, reason, message);
        case LLC_ON_ROLLOUT_MISSING_TERMINATE:
                /* Where nothing may be deleted the pods only leave traffic. */
                draft->terminates = !spec->paused && !draft->world->llc_unreadable;
                return stand(draft, draft->terminates ? STANCE_STAY : STANCE_HOLD, reason, message);
        case LLC_ON_ROLLOUT_MISSING_QUARANTINE:
                break;
        }
        return stand(draft, STANCE_HOLD, reason, message);
}

static bool stand_by_rollout(struct draft *draft) {
        const struct world *world = draft->world;

        switch (world->rollout_state) {
        case WORLD_ROLLOUT_UNKNOWN:
                return stand(draft, STANCE_STAY, "RolloutUnknown",
                             "the Rollout could not be read yet: canary pods stay as they are");
        case WORLD_ROLLOUT_NO_KIND:
                return stand(draft, STANCE_STAY, "RolloutsNotInstalled",
                             "the API server has no Rollouts: canary pods stay as they are");
        case WORLD_ROLLOUT_MISSING:
                return stand_without_rollout(draft, "RolloutNotFound",
                                             arena_printf(draft->arena,
                                                          "Rollout \"%s\" does not exist",
                                                          draft_rollout_name(draft)));
        case WORLD_ROLLOUT_FOUND:
                break;
        }
        if (!source_rollout_stays(world))
                return stand_without_rollout(draft, "RolloutDeleting",
                                             arena_printf(draft->arena,
                                                          "Rollout \"%s\" is being deleted",
                                                          draft_rollout_name(draft)));
        if (source_rollout_is_over(world))
                return stand(draft, STANCE_HOLD, "RolloutScaledToZero",
                             arena_printf(draft->arena,
                                          "Rollout \"%s\" is scaled to zero: canary pods are kept "
                                          "out of traffic until it has replicas",
                                          draft_rollout_name(draft)));
        return false;
}

static bool stand_by_mode(struct draft *draft) {
        if (draft->world->llc->spec->traffic->mode != LLC_TRAFFIC_NONE)
                return false;
        if (!may_leave(draft))
                return true;
        return stand(draft, STANCE_HOLD, "TrafficModeNone",
                     "spec.traffic.mode is None: canary pods are out of traffic, as asked for");
}

/* Who is in traffic already stays there: only joining asks whether production is well. */
static bool is_about_to_join(const struct draft *draft) {
        if (draft->n_live > 0)
                return draft->n_held == draft->n_live;
        return source_makes_pods(draft);
}

static bool stand_by_stable(struct draft *draft) {
        int64_t wanted = draft->world->llc->spec->traffic->min_stable_ready, ready;

        if (!draft->stable)
                return stand(draft, STANCE_STAY, "WaitingForStable",
                             "there is no stable ReplicaSet: canary pods stay as they are");
        if (wanted <= 0 || !is_about_to_join(draft))
                return false;
        if (!source_stable_ready(draft, &ready))
                return stand(draft, STANCE_STAY, NULL, NULL);
        if (ready >= wanted)
                return false;
        draft_look_again_at(draft, draft->world->now + STABLE_LOOK_AGAIN_MS);
        return stand(draft, STANCE_HOLD, "StableNotReady",
                     arena_printf(draft->arena,
                                  "stable ReplicaSet \"%s\" has fewer than %" PRId64
                                  " ready pods (spec.traffic.minStableReady): canary pods are kept "
                                  "out of traffic until it has as many",
                                  draft->replicaset_name, wanted));
}

void stance_decide(struct draft *draft) {
        static bool (*const rules[])(struct draft * draft) = {
                stand_by_deletion, stand_by_failure, stand_by_rollout,
                stand_by_mode,     stand_by_stable,
        };

        draft->stance = STANCE_FOLLOW;
        for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
                if (rules[i](draft))
                        return;
}
