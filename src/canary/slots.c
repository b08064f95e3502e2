/*
 * Creation that can be repeated without harm.
 *
 * A controller creates pods from a cache that lags, over a network that loses answers, and may be
 * killed between any two steps. So no memory of "I have created that one" is trusted; instead the
 * name of the pod to create is a function of what is written down:
 *
 *      name = <canary>-<slot>-<hash of UID, slot and incarnation>
 *
 * and status.incarnations holds, for each slot, the one incarnation that may be created: the
 * reserved one. Two rules keep a slot from ever having two live pods:
 *
 * 1. Only the reserved name is created. Trying again, from whatever stale view, asks for the same
 *    name, and the API server answers AlreadyExists.
 * 2. The reservation moves on (by one, never back) only when the reserved pod is *known dead*:
 *    it is there to be seen, and is being deleted or has ended. The pass that moves it creates
 *    nothing in that slot; the create belongs to a later pass, which reads the new reservation
 *    from the API server. The write carries the resourceVersion, so that a decision made from an
 *    old reservation cannot overwrite a newer one.
 *
 * A pod that is *absent* proves nothing (it may be created but not seen yet) and needs nothing:
 * its name is free if it is really gone, and taken if it is not. Were an absence taken for a
 * death, a late cache would put a second pod beside a healthy one.
 *
 * Pods that end by themselves (evicted, refused by their node) are replaced ever more slowly. What
 * that back-off goes by is written on the ended pod: when it was created, and how many of its slot
 * had ended before it (ANNOTATION_ATTEMPT). So it stands until its successor is there to carry on
 * the count, and until its time is up the reservation does not move. Who takes an ended pod away
 * (a person, the pod garbage collector) ends the back-off with it: the reserved name is free, and
 * is created again at once. A pod that is being deleted has not ended by itself: no wait.
 *
 * Since a name may so be used again, a death seen must not be that of an earlier pod of the name:
 * no decision may be made from caches that are older than our own last writes (world.h). The
 * caller sees to that; after a crash, consistent reads at start-up do. A second live pod that came
 * about all the same loses its slot and goes (slot_take_holder).
 *
 * A slot is read from the pod's name, which cannot be changed, not from its annotations, which
 * can. The incarnation in the annotation counts only when the name agrees; it then also restores
 * a reservation whose status was lost (a backup played back).
 */
#include "slots.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "llc/api/resource.h"
#include "llc/base/map.h"

/* Kubernetes' own: no vowels, nothing that looks like another. */
static const char SUFFIX_ALPHABET[] = "bcdfghjklmnpqrstvwxz2456789";

enum {
        SUFFIX_LEN = 5,
        SLOT_DIGITS = 3, /* LLC_REPLICAS_MAX - 1 */
};

/* Exact as a JSON number everywhere. */
static const int64_t INCARNATION_MAX = INT64_C(1) << 53;

/* Public and fixed for ever: names must come out the same after every restart and upgrade. */
static const uint64_t NAME_SEED[2] = { 0x6c6f6e672d6c6976, 0x65642063616e6172 };

const char *slot_pod_name(const char *llc_name, const char *llc_uid, int slot, int64_t incarnation,
                          struct arena *arena) {
        const char *identity =
                arena_printf(arena, "%s/%d/%lld", llc_uid, slot, (long long)incarnation);
        uint64_t hash = siphash13(identity, strlen(identity), NAME_SEED);
        char suffix[SUFFIX_LEN];

        for (int i = 0; i < SUFFIX_LEN; i++) {
                suffix[i] = SUFFIX_ALPHABET[hash % (sizeof(SUFFIX_ALPHABET) - 1)];
                hash /= sizeof(SUFFIX_ALPHABET) - 1;
        }
        return arena_printf(arena, "%s-%d-%.*s", llc_name, slot, SUFFIX_LEN, suffix);
}

/* The name that a pod of ours must have there. */
static const char *own_pod_name(const struct draft *draft, int slot, int64_t incarnation) {
        const struct meta *llc = draft->world->llc->meta;

        return slot_pod_name(llc->name, llc->uid, slot, incarnation, draft->arena);
}

int slot_of_name(const struct llc *llc, const char *name) {
        size_t prefix = strlen(llc->meta->name), digits;
        int slot = 0;

        if (strncmp(name, llc->meta->name, prefix) != 0 || name[prefix] != '-')
                return SLOT_NONE;
        name += prefix + 1;
        digits = strspn(name, "0123456789");
        if (digits == 0 || digits > SLOT_DIGITS || (digits > 1 && name[0] == '0') ||
            name[digits] != '-')
                return SLOT_NONE;
        for (size_t i = 0; i < digits; i++)
                slot = 10 * slot + (name[i] - '0');
        name += digits + 1;
        if (strspn(name, SUFFIX_ALPHABET) != SUFFIX_LEN || name[SUFFIX_LEN] != '\0')
                return SLOT_NONE;
        return slot;
}

/* What the annotation says, if the name proves it; otherwise -1. */
static int64_t proven_incarnation(const struct draft *draft, const struct own_pod *own) {
        const struct meta *meta = own->pod->meta;
        const char *text = meta_annotation(meta, ANNOTATION_INCARNATION);
        long long incarnation;

        if (!text || own->slot == SLOT_NONE)
                return -1;
        incarnation = strtoll(text, NULL, 10);
        if (incarnation < 0 || incarnation > INCARNATION_MAX)
                return -1;
        if (strcmp(own_pod_name(draft, own->slot, incarnation), meta->name) != 0)
                return -1;
        return incarnation;
}

static size_t status_n_incarnations(const struct draft *draft) {
        const struct llc_status *status = draft->world->llc->status;

        if (!status)
                return 0;
        return status->n_incarnations < LLC_REPLICAS_MAX ? status->n_incarnations
                                                         : LLC_REPLICAS_MAX;
}

static void slots_read_status(struct draft *draft) {
        const struct llc_status *status = draft->world->llc->status;

        for (size_t i = 0; i < status_n_incarnations(draft); i++) {
                int64_t reserved = status->incarnations[i];

                if (reserved > 0 && reserved <= INCARNATION_MAX)
                        draft->slots[i].reserved = reserved;
        }
}

/* Two live pods in one slot: only by hand. The older incarnation loses its place. */
static void slot_take_holder(struct slot *slot, struct own_pod *own) {
        struct own_pod *loser = slot->holder;

        if (loser && loser->incarnation >= own->incarnation)
                loser = own;
        else
                slot->holder = own;
        if (loser)
                loser->slot = SLOT_NONE;
}

/* The reserved one is the newest, whatever its annotations say. */
static void slot_take_dead(struct slot *slot, const struct own_pod *own, bool is_reserved) {
        if (is_reserved)
                slot->dead = own;
        if (is_reserved || !slot->last ||
            (!slot->dead && own->incarnation > slot->last->incarnation))
                slot->last = own;
}

static bool slot_reserves(const struct draft *draft, const struct own_pod *own) {
        const char *name = own_pod_name(draft, own->slot, draft->slots[own->slot].reserved);

        return strcmp(name, own->pod->meta->name) == 0;
}

static struct slot *slot_of(const struct draft *draft, const struct own_pod *own) {
        assert(own->slot < draft->n_slots);
        return own->slot == SLOT_NONE ? NULL : &draft->slots[own->slot];
}

static void slots_read_pods(struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct own_pod *own = &draft->pods[i];
                struct slot *slot = slot_of(draft, own);

                if (!slot)
                        continue;
                if (own->incarnation > slot->reserved)
                        slot->reserved = own->incarnation;
                if (own->live)
                        slot_take_holder(slot, own);
        }
        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];
                struct slot *slot = slot_of(draft, own);

                if (slot && !own->live)
                        slot_take_dead(slot, own, slot_reserves(draft, own));
        }
}

void slots_assign(struct draft *draft) {
        draft->n_slots = (int)draft->replicas;
        if (draft->n_slots < (int)status_n_incarnations(draft))
                draft->n_slots = (int)status_n_incarnations(draft);
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct own_pod *own = &draft->pods[i];

                own->slot = slot_of_name(draft->world->llc, own->pod->meta->name);
                own->incarnation = proven_incarnation(draft, own);
                if (draft->n_slots <= own->slot)
                        draft->n_slots = own->slot + 1;
        }
        draft->slots = ARENA_NEW_ARRAY(draft->arena, struct slot, (size_t)draft->n_slots);
        slots_read_status(draft);
        slots_read_pods(draft);
}

void slot_reserve_next(struct slot *slot) {
        assert(slot->dead);
        if (slot->reserved < INCARNATION_MAX)
                slot->reserved++;
}

const int64_t *slots_incarnations(const struct draft *draft, size_t *ret_n) {
        size_t n = (size_t)draft->n_slots;
        int64_t *incarnations = ARENA_NEW_ARRAY(draft->arena, int64_t, n);

        for (size_t i = 0; i < n; i++)
                incarnations[i] = draft->slots[i].reserved;
        while (n > 0 && incarnations[n - 1] == 0)
                n--;
        *ret_n = n;
        return incarnations;
}
