/*
 * Counting goes by what is seen, not by what this plan is about to do: a delete makes room only
 * once its pod is seen dying, so there are never more than maxUnavailable pods too few by our own
 * hand. A pod that is not available is missing already: taking it away costs nothing.
 *
 * Pods that ended by themselves are replaced with a back-off per slot: 10 s, 20 s, … to 300 s after
 * their creation; one that lasted ten minutes ends the row. The ended pod stays until its successor
 * is there, see the top of slots.c.
 */
#include "replicas.h"

#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "llc/api/resource.h"
#include "pod_template.h"
#include "slots.h"

enum {
        /*
         * A template may cost megabytes as a tree and a quota may refuse them all: the first pods
         * are seen before the next are made.
         */
        CREATES_PER_PASS = 16,
        CREATES_RETRY_MS = 1000,
        BACK_OFF_MS = 10000,
        BACK_OFF_MAX_MS = 300000,
        BACK_OFF_DOUBLINGS = 5, /* reach the maximum */
        ENDED_EARLY_MS = 600000,
        UNAVAILABLE_DIGITS = 10,
};

/* It is kept as it is, to be looked into, or until it may be terminated. */
static bool has_failed(const struct draft *draft) {
        return draft->failure && draft->world->llc->spec->on_failure != LLC_ON_FAILURE_KEEP;
}

bool replicas_need_template(const struct draft *draft) {
        const struct llc_spec *spec = draft->world->llc->spec;

        if (spec->paused || draft->terminates || has_failed(draft))
                return false;
        return (spec->update_policy->type == LLC_UPDATE_ON_DELETE
                        ? draft->n_live
                        : draft->n_updated) < draft->replicas;
}

/* A number or a percentage, rounded up; at least 1, which also stands for what is neither. */
static int64_t max_unavailable(const struct draft *draft) {
        const char *text = draft->world->llc->spec->update_policy->max_unavailable;
        size_t digits = strspn(text, "0123456789");
        int64_t n;

        if (digits == 0 || digits > UNAVAILABLE_DIGITS)
                return 1;
        n = strtol(text, NULL, 10);
        if (strcmp(text + digits, "%") == 0)
                n = (n * draft->replicas + 99) / 100;
        else if (text[digits] != '\0')
                return 1;
        return n > 1 ? n : 1;
}

static bool has_ended(const struct own_pod *own) {
        return !own->live && own->pod->meta->deletion_timestamp == 0;
}

static bool has_other_overrides(const struct draft *draft, const struct own_pod *own) {
        const char *hash = meta_annotation(own->pod->meta, ANNOTATION_SPEC_HASH);

        return hash && strcmp(hash, draft->spec_hash) != 0;
}

static int64_t pod_age(const struct draft *draft, const struct own_pod *own) {
        return draft->world->now - own->pod->meta->creation_timestamp;
}

static int64_t back_off_ms(const struct own_pod *own) {
        return own->attempt < BACK_OFF_DOUBLINGS ? (int64_t)BACK_OFF_MS << own->attempt
                                                 : BACK_OFF_MAX_MS;
}

/*
 * Must its successor wait? How pods of other overrides ended says nothing about the present ones.
 *
 * Creation is told by the API server's clock, now by ours. If ours is behind, a pod may be kept for
 * twice its back-off; from further in the future it is not kept at all, until so many have ended in
 * a row that only waiting for the clocks to agree is left.
 */
static bool is_kept(const struct draft *draft, const struct own_pod *own) {
        int64_t age = pod_age(draft, own), back_off = back_off_ms(own);

        return has_ended(own) && !has_other_overrides(draft, own) && age < back_off &&
               (age > -back_off || back_off == BACK_OFF_MAX_MS);
}

/* How many pods of the slot have ended in a row before the one that is to be created. */
static int64_t next_attempt(const struct draft *draft, const struct slot *slot) {
        const struct own_pod *last = slot->last;

        if (!last || !has_ended(last) || has_other_overrides(draft, last) ||
            pod_age(draft, last) >= ENDED_EARLY_MS)
                return 0;
        return last->attempt + 1;
}

/* The lowest empty slots, as many as pods are missing. */
static void find_missed(struct draft *draft) {
        int64_t missing = draft->terminates ? 0 : draft->replicas - draft->n_live;

        for (int i = 0; i < draft->n_slots && missing > 0; i++) {
                struct slot *slot = &draft->slots[i];

                slot->missed = !slot->holder;
                missing -= slot->missed;
        }
}

/* Their successors need them, see the top of slots.c. */
static bool is_predecessor(const struct draft *draft, const struct own_pod *own) {
        return own->slot != SLOT_NONE && draft->slots[own->slot].missed &&
               draft->slots[own->slot].last == own;
}

static void delete_ended(struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct own_pod *own = &draft->pods[i];

                if (has_ended(own) && !is_predecessor(draft, own))
                        draft_delete(draft, own, "it has ended");
        }
}

/* A pod in quarantine serves nobody, whatever its probes say. */
static bool may_serve(const struct own_pod *own) {
        return own->ready && !meta_label(own->pod->meta, LABEL_QUARANTINED);
}

/* Who goes first: the one whose loss costs least. A pod without a slot of its own is one too many. */
static int own_pod_by_worth(const void *a, const void *b) {
        const struct own_pod *left = *(const struct own_pod *const *)a;
        const struct own_pod *right = *(const struct own_pod *const *)b;
        const int64_t differences[] = {
                may_serve(left) - may_serve(right),
                left->available - right->available,
                left->cost - right->cost,
                left->updated - right->updated,
                (left->slot != SLOT_NONE) - (right->slot != SLOT_NONE),
                right->slot - left->slot,
        };

        for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++)
                if (differences[i] != 0)
                        return differences[i] < 0 ? -1 : 1;
        return strcmp(left->pod->meta->name, right->pod->meta->name);
}

/* Live pods that this plan has not deleted yet, the least worth first. */
static struct own_pod **pods_by_worth(struct draft *draft, int64_t *ret_n) {
        struct own_pod **pods = ARENA_NEW_ARRAY(draft->arena, struct own_pod *, draft->n_pods);
        size_t n = 0;

        for (size_t i = 0; i < draft->n_pods; i++)
                if (draft->pods[i].live && !draft->pods[i].doomed)
                        pods[n++] = &draft->pods[i];
        qsort(pods, n, sizeof(struct own_pod *), own_pod_by_worth);
        *ret_n = (int64_t)n;
        return pods;
}

static void delete_surplus(struct draft *draft, struct own_pod **pods, int64_t n) {
        for (int64_t i = 0; i < n - draft->replicas; i++)
                draft_delete(draft, pods[i], "more pods than replicas");
}

static void delete_all(struct draft *draft, struct own_pod **pods, int64_t n) {
        const char *reason = "onRolloutMissing is Terminate, and the Rollout is gone";
        bool failed =
                draft->failure && draft->world->llc->spec->on_failure == LLC_ON_FAILURE_TERMINATE;

        if (failed && !judge_is_told(draft))
                return;
        if (failed)
                reason = arena_printf(draft->arena, "onFailure is Terminate, and it has failed: %s",
                                      draft->failure->reason);
        for (int64_t i = 0; i < n; i++)
                draft_delete(draft, pods[i], reason);
}

/* Whatever the update policy: they serve nobody. Fit ones are released instead (traffic.c). */
static void delete_lapsed(struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct own_pod *own = &draft->pods[i];

                if (own->lapsed && !own->doomed && !(own->ready && own->updated))
                        draft_delete(draft, own, "the failure that it was kept for has lapsed");
        }
}

static const char *outdated_reason(const struct draft *draft, const struct own_pod *own) {
        if (own->slot == SLOT_NONE)
                return "it has no slot of its own";
        return has_other_overrides(draft, own) || !own->drifted
                       ? "built with other overrides"
                       : "built from another template than the stable one";
}

static void replace_outdated(struct draft *draft, struct own_pod **pods, int64_t n) {
        int64_t spare = max_unavailable(draft) - draft->replicas;

        if (!draft->prototype ||
            draft->world->llc->spec->update_policy->type == LLC_UPDATE_ON_DELETE)
                return;
        for (int64_t i = 0; i < n; i++)
                spare += pods[i]->available && may_serve(pods[i]) && !pods[i]->doomed;
        for (int64_t i = 0; i < n; i++) {
                struct own_pod *own = pods[i];

                if (own->updated || own->doomed || (own->available && spare <= 0))
                        continue;
                spare -= own->available;
                draft_delete(draft, own, outdated_reason(draft, own));
        }
}

static void create(struct draft *draft, int slot) {
        int64_t incarnation = draft->slots[slot].reserved;
        const struct meta *llc = draft->world->llc->meta;
        const struct pod_identity identity = {
                .name = slot_pod_name(llc->name, llc->uid, slot, incarnation, draft->arena),
                .slot = slot,
                .incarnation = incarnation,
                .attempt = next_attempt(draft, &draft->slots[slot]),
        };

        draft_add(draft,
                  (struct action){
                          .kind = ACTION_CREATE,
                          .name = identity.name,
                          .body = pod_template_instance(draft->prototype, &identity, draft->arena),
                          .reason = arena_printf(draft->arena, "slot %d is empty", slot),
                  });
}

/*
 * A pod that is missing although this generation has been answered was taken away by somebody. That
 * is the garbage collector when the canary is gone, of which a cache may not have heard: whatever
 * were made for it would be taken away too, again and again.
 */
static bool may_create(struct draft *draft) {
        const struct llc *llc = draft->world->llc;

        if (draft->world->llc_is_live || !llc->status || !llc->status->has_observed_generation ||
            llc->status->observed_generation != llc->meta->generation)
                return true;
        if (draft->plan->read == PLAN_READ_NOTHING)
                draft->plan->read = PLAN_READ_CANARY;
        return false;
}

/* See the top of slots.c. */
static void fill_slots(struct draft *draft) {
        int creates = 0;

        for (int i = 0; i < draft->n_slots; i++) {
                struct slot *slot = &draft->slots[i];

                if (!slot->missed)
                        continue;
                if (slot->dead && is_kept(draft, slot->dead)) {
                        draft_look_again_at(draft, slot->dead->pod->meta->creation_timestamp +
                                                           back_off_ms(slot->dead));
                } else if (slot->dead) {
                        slot_reserve_next(slot);
                } else if (draft->prototype && may_create(draft)) {
                        if (creates++ < CREATES_PER_PASS)
                                create(draft, i);
                        else
                                draft_look_again_at(draft, draft->world->now + CREATES_RETRY_MS);
                }
        }
}

void replicas_decide(struct draft *draft) {
        struct own_pod **pods;
        int64_t n;

        if (draft->obstacle == OBSTACLE_TERMINATING)
                return; /* the garbage collector takes them all */
        if (draft->obstacle == OBSTACLE_UNREADABLE)
                return; /* how many are wanted is not known */
        if (draft->world->llc->spec->paused)
                return;
        find_missed(draft);
        delete_ended(draft);
        pods = pods_by_worth(draft, &n);
        if (draft->terminates) {
                delete_all(draft, pods, n);
                return;
        }
        delete_surplus(draft, pods, n);
        if (draft->obstacle != OBSTACLE_NONE || has_failed(draft))
                return;
        delete_lapsed(draft);
        replace_outdated(draft, pods, n);
        fill_slots(draft);
}
