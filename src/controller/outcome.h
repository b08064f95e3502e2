/*
 * What the API server's answers to single-object requests say.
 */
#pragma once

#include "llc/base/bytes.h"
#include "observe.h"

enum { OUTCOME_TEXT_MAX = 64 };

struct outcome {
        char resource_version[OUTCOME_TEXT_MAX]; /* "" when there is none */
        char controller_uid[OUTCOME_TEXT_MAX];   /* of the controller owner reference; or "" */
        char name_label[OUTCOME_TEXT_MAX];       /* the canary that our label names; or "" */
};

/* Never fails: from an answer that can't be read, nothing is known. */
void outcome_read(struct bytes body, struct outcome *ret_outcome);

/*
 * The answer to a live GET, put into live. "Not found" is an answer; -1 with err means that
 * nothing is known.
 */
int outcome_rollout(struct bytes body, const struct err *answer, struct live_read *live,
                    struct err *err);
int outcome_replicaset(struct bytes body, const struct err *answer, struct live_read *live,
                       struct err *err);
