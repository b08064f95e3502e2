/*
 * What the API server's answers to writes say.
 */
#pragma once

#include "llc/base/bytes.h"

enum { OUTCOME_TEXT_MAX = 64 };

struct outcome {
        char resource_version[OUTCOME_TEXT_MAX]; /* "" when there is none */
        char uid[OUTCOME_TEXT_MAX];              /* or "" */
        char controller_uid[OUTCOME_TEXT_MAX];   /* of the controller owner reference; or "" */
        char name_label[OUTCOME_TEXT_MAX];       /* the canary that our label names; or "" */
};

/* Never fails: from an answer that can't be read, nothing is known. */
void outcome_read(struct bytes body, struct outcome *ret_outcome);
