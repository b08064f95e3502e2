/*
 * The controller of PodDisruptionBudgets counts again when a pod changes that matches the budget
 * *then*, or the budget itself. A pod whose labels were taken off matches none any more: the budget
 * expects it for ever, and production's pods pay for it, they can't be evicted (seen on Kubernetes
 * 1.34). So the budgets are touched: an annotation changes (recount.h).
 *
 * Whether it has helped shows in status.expectedPods, but the controller may count before it has
 * seen our pod's new labels, and a budget may have been right before. So it is touched a few times,
 * ever later, until expectedPods falls, or for the last time. The status keeps of which pods this
 * is done (recounted).
 */
#include "budgets.h"

#include <inttypes.h>
#include <string.h>

#include "labels.h"
#include "llc/api/resource.h"
#include "llc/base/map.h"
#include "patch.h"
#include "recount.h"

/* Public and fixed for ever: with another seed an upgrade would touch budgets for nothing. */
static const uint64_t TOKEN_SEED[2] = { 0x7265636f756e742d, 0x6f662d6275646765 };

enum {
        /* A pod so young still has its becoming ready before it, which budgets notice. */
        YOUNG_POD_MS = 10000,
};

/*
 * A pod that was in traffic, and what it carried there. One that is on its way out of the cluster
 * too: nobody notices the end of a pod that no budget matches.
 */
struct leaver {
        const struct own_pod *own;
        const struct str_pair *labels;
        size_t n_labels;
};

static bool leaver_read(const struct draft *draft, const struct own_pod *own,
                        struct leaver *ret_leaver) {
        JSON_CLEANUP struct json *saved = own->held ? labels_saved(own->pod->meta) : NULL;
        const struct json *value;
        struct str_pair *pairs;
        void *cursor = NULL;
        const char *key;
        size_t n = 0;

        if (!json_has(saved, LABEL_HASH))
                return false;
        pairs = ARENA_NEW_ARRAY(draft->arena, struct str_pair, json_length(saved));
        while (json_next(saved, &cursor, &key, &value))
                pairs[n++] = (struct str_pair){ arena_strdup(draft->arena, key),
                                                arena_copy(draft->arena, json_as_string(value)) };
        *ret_leaver = (struct leaver){ .own = own, .labels = pairs, .n_labels = n };
        return true;
}

static struct leaver *leavers_find(const struct draft *draft, size_t *ret_n) {
        struct leaver *leavers = ARENA_NEW_ARRAY(draft->arena, struct leaver, draft->n_pods);
        size_t n = 0;

        for (size_t i = 0; i < draft->n_pods; i++)
                n += leaver_read(draft, &draft->pods[i], &leavers[n]);
        *ret_n = n;
        return leavers;
}

static uint64_t hash_with(uint64_t hash, const char *text) {
        const uint64_t seed[2] = { TOKEN_SEED[0] ^ hash, TOKEN_SEED[1] };

        return siphash13(text, strlen(text), seed);
}

static const char *token_of_those(const struct draft *draft, const struct leaver *leavers, size_t n,
                                  bool dead_too) {
        uint64_t hash = hash_with(0, draft->world->llc->meta->uid);

        for (size_t i = 0; i < n; i++) {
                const struct own_pod *own = leavers[i].own;
                const char *holds = meta_annotation(own->pod->meta, ANNOTATION_HOLDS);

                if (!own->live && !dead_too)
                        continue;
                hash = hash_with(hash, own->pod->meta->uid);
                if (holds)
                        hash = hash_with(hash, holds);
        }
        return arena_printf(draft->arena, "%016" PRIx64, hash);
}

/* Of who left, and for which time: the pods have an order. */
static const char *token_of(const struct draft *draft, const struct leaver *leavers, size_t n) {
        return token_of_those(draft, leavers, n, true);
}

/*
 * What the status keeps once they are counted: the token, and the one that it will be without the
 * dead, whose going is no reason to begin anew.
 */
static const char *record_of(const struct draft *draft, const struct leaver *leavers, size_t n) {
        const char *all = token_of(draft, leavers, n);
        const char *live = token_of_those(draft, leavers, n, false);

        return strcmp(all, live) == 0 ? all : arena_printf(draft->arena, "%s,%s", all, live);
}

static bool is_recorded(const char *stored, const char *token) {
        size_t len = strlen(token);
        const char *second = stored ? strchr(stored, ',') : NULL;

        return stored &&
               ((strncmp(stored, token, len) == 0 && (stored[len] == '\0' || stored[len] == ',')) ||
                (second && strcmp(second + 1, token) == 0));
}

static bool budget_selects(const struct budget *budget, const struct str_pair *labels,
                           size_t n_labels) {
        return budget->spec && budget->spec->selector && budget->meta->deletion_timestamp == 0 &&
               label_selector_matches(budget->spec->selector, labels, n_labels);
}

static bool budget_was_left(const struct budget *budget, const struct leaver *leavers, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const struct meta *meta = leavers[i].own->pod->meta;

                if (budget_selects(budget, leavers[i].labels, leavers[i].n_labels) &&
                    !budget_selects(budget, meta->labels, meta->n_labels))
                        return true;
        }
        return false;
}

static void touch(struct draft *draft, const struct budget *budget, const char *token,
                  struct recount *recount) {
        struct json *patch = patch_new(budget->meta->uid);

        recount->n++;
        recount->at = draft->world->now;
        json_set_str(patch_annotations(patch), ANNOTATION_RECOUNT,
                     recount_set(meta_annotation(budget->meta, ANNOTATION_RECOUNT), token, recount,
                                 draft->world->now, draft->arena));
        draft_patch(draft, ACTION_RECOUNT, budget->meta, patch,
                    arena_printf(draft->arena, "expects %" PRId64 " pods, time %" PRId64,
                                 budget->status->expected_pods, recount->n));
}

/* Does it count as it should, as far as can be known? Otherwise touches it, at its time. */
static bool is_settled(struct draft *draft, const struct budget *budget, const char *token) {
        struct recount recount = { .n = 0 };

        if (!budget->status)
                return true; /* it will be counted for the first time */
        if (!recount_find(meta_annotation(budget->meta, ANNOTATION_RECOUNT), token,
                          draft->world->now, &recount))
                recount.before = budget->status->expected_pods;
        else if (budget->status->expected_pods < recount.before || recount.n >= RECOUNT_TOUCHES_MAX)
                return true;
        if (recount.n == 0 || draft->world->now >= recount_due(&recount))
                touch(draft, budget, token, &recount);
        draft_look_again_at(draft, recount_due(&recount));
        return false;
}

/* Reads are asked for one at a time, and others decide whether there are pods to be counted. */
static bool may_read(const struct draft *draft) {
        return draft->plan->read == PLAN_READ_NOTHING;
}

static bool settle_leavers(struct draft *draft, const struct leaver *leavers, size_t n,
                           const char *token) {
        const struct world *world = draft->world;
        bool settled = true;

        switch (world->budgets_state) {
        case WORLD_BUDGETS_REFUSED:
                return true; /* nothing can be done about it */
        case WORLD_BUDGETS_UNREAD:
                if (may_read(draft))
                        draft->plan->read = PLAN_READ_BUDGETS;
                return false;
        case WORLD_BUDGETS_FOUND:
                break;
        }
        for (size_t i = 0; i < world->n_budgets; i++)
                if (budget_was_left(world->budgets[i], leavers, n))
                        settled &= is_settled(draft, world->budgets[i], token);
        return settled;
}

void budgets_decide(struct draft *draft) {
        const struct llc *llc = draft->world->llc;
        const char *stored = llc->status ? llc->status->recounted : NULL;
        struct leaver *leavers;
        const char *token, *record;
        size_t n;

        leavers = leavers_find(draft, &n);
        if (n == 0)
                return;
        draft->recounted = stored;
        /* Where pods return, or are replaced by others, budgets notice by themselves. */
        if ((draft->stance == STANCE_FOLLOW && !llc->spec->paused) ||
            llc->meta->deletion_timestamp != 0 || draft->world->llc_unreadable)
                return;
        token = token_of(draft, leavers, n);
        if (!is_recorded(stored, token) && !settle_leavers(draft, leavers, n, token))
                return;
        record = record_of(draft, leavers, n);
        if (!is_recorded(stored, record)) /* that the dead are gone is no news */
                draft->recounted = record;
}

/* Budgets count again when these pods change, which they will soon or just did. */
static bool has_moving_pods(const struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];

                if (!own->held &&
                    (own->pod->meta->deletion_timestamp != 0 ||
                     own->pod->meta->creation_timestamp > draft->world->now - YOUNG_POD_MS))
                        return true;
        }
        return false;
}

static bool is_counted_by(const struct draft *draft, const struct budget *budget) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                const struct own_pod *own = &draft->pods[i];

                if (own->live && !own->held &&
                    budget_selects(budget, own->pod->meta->labels, own->pod->meta->n_labels))
                        return true;
        }
        return false;
}

/* Another spec than the one last told of. Before the first there were no pods to count. */
static bool generation_is_new(const struct llc *llc) {
        return llc->status && llc->status->has_observed_generation &&
               llc->status->observed_generation >= 0 &&
               llc->status->observed_generation != llc->meta->generation;
}

void budgets_decide_scale(struct draft *draft) {
        const struct world *world = draft->world;
        const struct meta *llc = world->llc->meta;
        const char *token;

        if (!generation_is_new(world->llc) || llc->deletion_timestamp != 0 ||
            world->llc_unreadable || draft->n_live == draft->n_held || draft->plan->n_actions > 0 ||
            !may_read(draft) || has_moving_pods(draft))
                return;
        if (world->budgets_state == WORLD_BUDGETS_UNREAD) {
                draft->plan->read = PLAN_READ_BUDGETS;
                return;
        }
        if (world->budgets_state == WORLD_BUDGETS_REFUSED)
                return;
        token = arena_printf(draft->arena, "g%" PRId64 "-%08" PRIx32, llc->generation,
                             (uint32_t)hash_with(0, llc->uid));
        for (size_t i = 0; i < world->n_budgets; i++) {
                const struct budget *budget = world->budgets[i];
                struct recount recount = { .n = 0 };

                if (!budget->status || !is_counted_by(draft, budget) ||
                    recount_find(meta_annotation(budget->meta, ANNOTATION_RECOUNT), token,
                                 world->now, &recount))
                        continue;
                recount.before = budget->status->expected_pods;
                touch(draft, budget, token, &recount);
        }
}
