/*
 * Counting goes by what is seen, not by what this plan is about to do: a delete makes room only
 * once its pod is seen dying, so there is never more than one pod too few by our own hand.
 */
#include "replicas.h"

#include <stdlib.h>
#include <string.h>

#include "pod_template.h"
#include "slots.h"

enum {
        /*
         * A template may cost megabytes as a tree and a quota may refuse them all: the first pods
         * are seen before the next are made.
         */
        CREATES_PER_PASS = 16,
        CREATES_RETRY_MS = 1000,
        /* A pod that ends at once (evicted, refused by its node) is not replaced faster. */
        FAILED_POD_KEPT_MS = 10000,
};

static int64_t failed_pod_kept_until(const struct own_pod *own) {
        return own->pod->meta->creation_timestamp + FAILED_POD_KEPT_MS;
}

/* Failed or Succeeded, not being deleted, and young (by clocks that agree at least roughly). */
static bool is_kept(const struct draft *draft, const struct own_pod *own) {
        int64_t age = draft->world->now - own->pod->meta->creation_timestamp;

        return !own->live && own->pod->meta->deletion_timestamp == 0 && age > -FAILED_POD_KEPT_MS &&
               age < FAILED_POD_KEPT_MS;
}

static void delete_ended(struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct own_pod *own = &draft->pods[i];

                if (own->live || own->pod->meta->deletion_timestamp != 0)
                        continue;
                if (is_kept(draft, own))
                        draft_look_again_at(draft, failed_pod_kept_until(own));
                else
                        draft_delete(draft, own, "it has ended");
        }
}

/* Who goes first: the one whose loss costs least. A pod without a slot of its own is one too many. */
static int own_pod_by_worth(const void *a, const void *b) {
        const struct own_pod *left = *(const struct own_pod *const *)a;
        const struct own_pod *right = *(const struct own_pod *const *)b;

        if (left->ready != right->ready)
                return left->ready ? 1 : -1;
        if (left->cost != right->cost)
                return left->cost < right->cost ? -1 : 1;
        if (left->updated != right->updated)
                return left->updated ? 1 : -1;
        if (left->slot != right->slot) {
                if (left->slot == SLOT_NONE || right->slot == SLOT_NONE)
                        return left->slot == SLOT_NONE ? -1 : 1;
                return left->slot > right->slot ? -1 : 1;
        }
        return strcmp(left->pod->meta->name, right->pod->meta->name);
}

/* Live pods that this plan has not deleted yet, the least worth first. */
static struct own_pod **pods_by_worth(struct draft *draft, int64_t *ret_n) {
        struct own_pod **pods = ARENA_NEW_ARRAY(draft->arena, struct own_pod *, draft->n_pods);
        size_t n = 0;

        for (size_t i = 0; i < draft->n_pods; i++)
                if (draft->pods[i].live && !draft->pods[i].doomed)
                        pods[n++] = &draft->pods[i];
        if (n > 1)
                qsort(pods, n, sizeof(struct own_pod *), own_pod_by_worth);
        *ret_n = (int64_t)n;
        return pods;
}

static void delete_surplus(struct draft *draft, struct own_pod **pods, int64_t n) {
        for (int64_t i = 0; i < n - draft->replicas; i++)
                draft_delete(draft, pods[i], "more pods than replicas");
}

/* At most one pod below replicas: a pod that is not ready is missing already, it costs nothing. */
static void replace_outdated(struct draft *draft, struct own_pod **pods, int64_t n) {
        int64_t spare = 1 - draft->replicas;

        if (!draft->prototype)
                return;
        for (int64_t i = 0; i < n; i++)
                spare += pods[i]->ready && !pods[i]->doomed;
        for (int64_t i = 0; i < n; i++) {
                struct own_pod *own = pods[i];

                if (own->updated || own->doomed || (own->ready && spare <= 0))
                        continue;
                spare -= own->ready;
                draft_delete(draft, own,
                             own->slot == SLOT_NONE ? "it has no slot of its own"
                                                    : "built with other overrides");
        }
}

static void create(struct draft *draft, int slot) {
        int64_t incarnation = draft->slots[slot].reserved;
        const struct meta *llc = draft->world->llc->meta;
        const struct pod_identity identity = {
                .name = slot_pod_name(llc->name, llc->uid, slot, incarnation, draft->arena),
                .slot = slot,
                .incarnation = incarnation,
        };

        draft_add(draft,
                  (struct action){
                          .kind = ACTION_CREATE,
                          .name = identity.name,
                          .body = pod_template_instance(draft->prototype, &identity, draft->arena),
                          .reason = arena_printf(draft->arena, "slot %d is empty", slot),
                  });
}

/* See the top of slots.c. */
static void fill_slots(struct draft *draft) {
        int64_t missing = draft->replicas - draft->n_live;
        int creates = 0;

        for (int i = 0; i < draft->n_slots && missing > 0; i++) {
                struct slot *slot = &draft->slots[i];

                if (slot->holder)
                        continue;
                missing--;
                if (slot->dead && !is_kept(draft, slot->dead)) {
                        slot_reserve_next(slot);
                } else if (!slot->dead && draft->prototype) {
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
        delete_ended(draft);
        pods = pods_by_worth(draft, &n);
        delete_surplus(draft, pods, n);
        if (draft->obstacle != OBSTACLE_NONE)
                return;
        replace_outdated(draft, pods, n);
        fill_slots(draft);
}
