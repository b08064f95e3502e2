/*
 * The annotation by which a PodDisruptionBudget is made to count again: its controller does when
 * the object changes, and only then.
 *
 * ANNOTATION_RECOUNT is a list, one entry for each canary that has pods to be counted anew, so that
 * two of them do not undo each other's: "<token>:<n>:<ms>:<expectedPods>[,…]".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/arena.h"

enum {
        RECOUNT_TOKEN_MAX = 63, /* letters, digits and "-" */
        RECOUNT_TOUCHES_MAX = 4,
};

struct recount {
        int64_t n;      /* how often it was touched for this token; 1 to RECOUNT_TOUCHES_MAX */
        int64_t at;     /* ms: last */
        int64_t before; /* expectedPods before the first touch */
};

/*
 * Finds the entry of a token. False when there is none that makes sense at `now`: anybody may
 * have written the annotation. The text may be NULL.
 */
bool recount_find(const char *text, const char *token, int64_t now, struct recount *ret_recount);

/* The text with the token's entry set; entries that are old or make no sense go. In the arena. */
const char *recount_set(const char *text, const char *token, const struct recount *recount,
                        int64_t now, struct arena *arena);

/* When the next touch is due, if this one has not helped by then; the last one is waited for no more. */
int64_t recount_due(const struct recount *recount);
