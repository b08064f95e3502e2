/*
 * Slots and incarnations: which pod stands where, and which name may be created.
 */
#pragma once

#include "draft.h"

/*
 * The name of one incarnation of one slot of the LongLivedCanary of this name and UID; at most 63
 * characters. In the arena.
 */
const char *slot_pod_name(const char *llc_name, const char *llc_uid, int slot, int64_t incarnation,
                          struct arena *arena);

/* The slot that a pod of this name stands in, or SLOT_NONE. */
int slot_of_name(const struct llc *llc, const char *name);

/* Fills draft->slots from the status and the pods, and gives every pod its slot. */
void slots_assign(struct draft *draft);

/* Reserves the next incarnation of a slot whose reserved pod is dead. */
void slot_reserve_next(struct slot *slot);

/* The reservations as the status keeps them, trailing zeros left out. In the arena. */
const int64_t *slots_incarnations(const struct draft *draft, size_t *ret_n);
