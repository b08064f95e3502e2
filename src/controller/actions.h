/*
 * The actions of one pass under way: each is sent once and answered once.
 *
 * Only when all are answered is anything reported, so none holds up another. A write to a pod whose
 * answer was lost, or whose name was taken, is resolved by a live GET before it counts as answered.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller.h"
#include "llc/canary/plan.h"
#include "llc/canary/world.h"

struct sent_action;

struct actions {
        struct controller *controller;
        const char *key, *namespace_;   /* borrowed */
        void (*on_answered)(void *ctx); /* not from within actions_send */
        void *ctx;

        struct sent_action *newest;
        size_t n_sent, n_in_flight;
        unsigned round;
        bool on_pods;    /* one was sent that the cache will show */
        bool look_again; /* the cache was behind */
        /* What is told: of those that failed the first of the plan, whoever answered first. */
        const struct sent_action *failed; /* NULL = none */
        struct err error;                 /* of it */
        bool may_pass; /* one of the failures, told or not, may be gone at the next try */
        bool urgent_failed;
};

/* Freed without calling back; the requests go with the controller's writes. */
void actions_deinit(struct actions *actions);

void actions_send(struct actions *actions, const struct world *world, const struct action *planned);
/*
 * Was one of this kind sent for this object? It is not tried twice, but for what is urgent: once in
 * each round.
 */
bool actions_have(const struct actions *actions, const struct action *planned);
/* Is one for this object on its way? */
bool actions_wait_for(const struct actions *actions, const struct action *planned);
/* The one that failed, as far as plan_note_failure asks. */
struct action actions_failed(const struct actions *actions);

/* Does it decide whether a pod takes traffic? Then it waits for nothing else. */
bool action_is_urgent(const struct action *planned);
/* Can what failed be gone at the next try? */
bool failure_may_pass(const struct err *err);
