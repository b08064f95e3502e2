#include "draft.h"

#include <assert.h>
#include <string.h>

/* The array doubles whenever its length is a power of two, so that no capacity need be kept. */
void draft_add(struct draft *draft, struct action action) {
        struct plan *plan = draft->plan;
        size_t n = plan->n_actions;

        if ((n & (n - 1)) == 0) {
                struct action *grown =
                        ARENA_NEW_ARRAY(draft->arena, struct action, n > 0 ? 2 * n : 1);

                if (n > 0)
                        memcpy(grown, plan->actions, n * sizeof(*grown));
                plan->actions = grown;
        }
        plan->actions[plan->n_actions++] = action;
}

void draft_patch(struct draft *draft, enum action_kind kind, const struct meta *meta,
                 struct json *patch, const char *reason) {
        draft_add(draft, (struct action){
                                 .kind = kind,
                                 .name = meta->name,
                                 .uid = meta->uid,
                                 .body = patch,
                                 .reason = reason,
                         });
}

void draft_delete(struct draft *draft, struct own_pod *own, const char *reason) {
        assert(!own->doomed);
        own->doomed = true;
        draft_add(draft, (struct action){
                                 .kind = ACTION_DELETE,
                                 .name = own->pod->meta->name,
                                 .uid = own->pod->meta->uid,
                                 .reason = reason,
                         });
}

void draft_look_again_at(struct draft *draft, int64_t ms) {
        struct plan *plan = draft->plan;

        if (!plan->has_deadline || ms < plan->deadline)
                plan->deadline = ms;
        plan->has_deadline = true;
}

const char *draft_rollout_name(const struct draft *draft) {
        return draft->world->llc->spec->rollout_ref->name;
}
