/*
 * Who belongs to whom: objects with owners, found by their owners' UIDs. Kept from the store's
 * changes. Objects that wait for their dependents are in it too, owners or not.
 *
 * An owner need not exist: its UID is what its dependents say.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kinds/kind.h"
#include "storage/record.h"

struct dependents;

struct dependent {
        struct record *record; /* as it is now */
        const struct kind *kind;
};

struct dependents *dependents_new(const uint64_t seed[2]);
void dependents_free(struct dependents *dependents); /* NULL is fine */

/* A new object, or a new state of one. */
void dependents_put(struct dependents *dependents, const struct kind *kind, struct record *record);
void dependents_remove(struct dependents *dependents, const char *uid);

/* The object with this UID, if it is one to know of; borrowed until the next put or remove. */
const struct dependent *dependents_get(const struct dependents *dependents, const char *uid);

bool dependents_has(const struct dependents *dependents, const char *owner_uid);
/*
 * All whose owner this is; blocking: only those that block its deletion. fn may not put or remove,
 * and returns false to stop.
 */
void dependents_walk(const struct dependents *dependents, const char *owner_uid, bool blocking,
                     bool (*fn)(void *ctx, const struct dependent *dependent), void *ctx);
