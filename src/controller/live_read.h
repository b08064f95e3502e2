/*
 * What a pass reads from the API server beyond the caches: what to ask, and what the answer says.
 *
 * Each thing is asked for once; a decision that needs more waits for another pass.
 */
#pragma once

#include "llc/base/arena.h"
#include "llc/base/json.h"
#include "llc/canary/plan.h"
#include "llc/canary/world.h"
#include "llc/kube/request.h"

struct live_read {
        bool canary_read;
        bool canary_gone; /* it does not exist, or is being deleted */
        char *canary_uid; /* of what was found; NULL = we may not know */

        bool rollout_read;
        enum world_rollout rollout_state;
        const struct rollout *rollout; /* when found */

        bool replicaset_read;
        char *replicaset_name;
        enum world_template template_state;
        const struct replicaset *replicaset; /* when found */

        enum world_budgets budgets_state;
        const struct budget **budgets;
        size_t n_budgets;
        char *next_page; /* NULL = there is none */
        unsigned n_pages;

        unsigned asked;    /* bits: 1 << enum plan_read */
        struct json *tree; /* what replicaset borrows from */
        struct arena arena;
};

void live_read_deinit(struct live_read *live);
/* All of it, and that it was asked for. */
void live_read_forget(struct live_read *live);

struct live_question {
        enum plan_read what;           /* not PLAN_READ_NOTHING */
        const char *namespace_, *name; /* of the object; PodDisruptionBudgets: no name */
};

void live_read_request(struct live_read *live, const struct live_question *question,
                       struct request *ret_request);
bool live_read_was_asked(const struct live_read *live, enum plan_read what);

/*
 * The answer. "Not found" is one; -1 with err means that nothing is known. After 0 with
 * live->next_page the same question is to be asked again.
 */
int live_read_answer(struct live_read *live, enum plan_read what, struct bytes body,
                     const struct err *answer, struct err *err);
