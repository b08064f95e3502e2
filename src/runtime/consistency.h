/*
 * Asks every now and then whether the store of an informer has what the server has. Whoever lost
 * an event without noticing would otherwise never learn of it.
 *
 *   OFF → RESTING → LISTING ⟲ pages → SETTLING → RESTING
 *
 * Beside the open watch it lists names and versions, and compares; the store takes nothing from
 * it. An object counts as different when the watch has not said a word about it from before the
 * list until SETTLE_MS after it: what is still on its way then is as bad as lost.
 */
#pragma once

#include "intake.h"
#include "llc/runtime/informer.h"

struct consistency;

struct consistency_options {
        const struct informer *informer;        /* borrowed: its state and version */
        const struct informer_options *options; /* borrowed: what is listed, how often, seed */
        struct intake *intake;                  /* borrowed */
        struct informer_counters *counters;     /* borrowed */
        /* So many objects differ; the check is over. It may be cancelled from within. */
        void (*on_drift)(void *ctx, size_t n_objects);
        /* The list has failed; the next one comes in its time. */
        void (*on_error)(void *ctx, const struct err *err);
        void *ctx; /* the informer */
};

struct consistency *consistency_new(const struct consistency_options *options);
void consistency_free(struct consistency *consistency);

/* A list has made the store what the server has: check it an interval from now. */
void consistency_start(struct consistency *consistency);
/* A new list is begun, which will tell all: no check before consistency_start. */
void consistency_cancel(struct consistency *consistency);
/* An event of the watch. */
void consistency_event(struct consistency *consistency, const struct decoder_item *item);
