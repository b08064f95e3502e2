/*
 * How the canary is, in one reason and one sentence.
 */
#pragma once

#include "draft.h"

struct verdict {
        bool ready;          /* all as asked for */
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
