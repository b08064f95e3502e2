/*
 * How the canary is, in one reason and one sentence.
 */
#pragma once

#include "draft.h"

struct verdict {
        bool ready;          /* all as asked for; of one aspect: it is so */
        bool unknown;        /* of one aspect: nothing can be said */
        bool stalled;        /* a person must change something; otherwise it heals by itself */
        const char *reason;  /* CamelCase */
        const char *message; /* what is so, and what to do */
};

/* The first thing that keeps the canary from being ready, the most telling first. */
struct verdict verdict_of(const struct draft *draft);

/* Whether there is a Rollout to follow. `ready` means: found. */
struct verdict verdict_of_rollout(const struct draft *draft);

/* Whether the pods are there and ready, whatever their labels. `ready` means: available. */
struct verdict verdict_of_pods(const struct draft *draft);

/* The first pod that is not ready for a reason worth telling; no reason when there is none. */
struct verdict verdict_of_troubled_pod(const struct draft *draft);

/* Whether pods run another template than the stable one. `ready` means: they do. */
struct verdict verdict_of_drift(const struct draft *draft);

/* Whether it is paused. `ready` means: it is. */
struct verdict verdict_of_pause(const struct draft *draft);
