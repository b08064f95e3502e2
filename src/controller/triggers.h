/*
 * Which change makes which LongLivedCanary be looked at, and how urgently.
 */
#pragma once

#include "controller.h"

/* Callbacks of the informers; ctx is the controller. */
void trigger_llc(void *ctx, const struct informer_change *change);
void trigger_rollout(void *ctx, const struct informer_change *change);
void trigger_pod(void *ctx, const struct informer_change *change);
void trigger_service(void *ctx, const struct informer_change *change);

/* Index keys: canaries by their Rollout, pods by their canary. */
const char *trigger_index_llc(const struct object *object, struct arena *arena);
const char *trigger_index_pod(const struct object *object, struct arena *arena);

/* A version that can't be read has come. */
void trigger_unreadable_llc(void *ctx, const struct decoder_item *item);
void trigger_unreadable_rollout(void *ctx, const struct decoder_item *item);

/* Every cached canary: the Rollout CRD came or went. */
void trigger_all(struct controller *controller);
