/*
 * What becomes of a key after its pass: the one place that decides requeueing, and the one that
 * logs.
 */
#pragma once

#include "controller.h"
#include "llc/canary/plan.h"

struct fate {
        const char *key;
        const struct err *error; /* ERR_NONE = the pass succeeded */
        bool may_pass;           /* some failure of the pass, if not error, may pass by itself */
        bool look_again;         /* the caches are behind; an event will come, or else soon */
        bool urgent;             /* what decides on traffic waits for that look */
        bool tried;              /* something, and whether it has helped is not known yet */
        bool has_deadline;
        int64_t deadline; /* wall clock, ms */
};

void fate_decide(struct controller *controller, const struct fate *fate);

/* One line for an action that was answered; err is NULL when it was done. */
void fate_log_action(const char *key, enum action_kind kind, const char *name,
                     const struct err *err);
