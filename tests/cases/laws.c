#include "laws.h"

#include <string.h>

#include "llc/api/resource.h"
#include "replica_laws.h"

static const struct pod *own_pod(const struct world *world, const char *name) {
        for (size_t i = 0; world->llc && i < world->n_pods; i++) {
                const struct meta *meta = world->pods[i]->meta;
                const struct owner_reference *owner = meta_controller(meta);

                if (strcmp(meta->name, name) == 0 && owner &&
                    strcmp(owner->uid, world->llc->meta->uid) == 0)
                        return world->pods[i];
        }
        return NULL;
}

static size_t count_actions(const struct plan *plan, enum action_kind kind) {
        size_t n = 0;

        for (size_t i = 0; i < plan->n_actions; i++)
                n += plan->actions[i].kind == kind;
        return n;
}

static const char *create_law(const struct world *world, const struct action *create) {
        const struct json *meta = json_get(create->body, "metadata");
        const struct json *owners = json_get(meta, "ownerReferences");

        if (world->llc->meta->deletion_timestamp != 0)
                return "no pod is created once deletion has begun";
        if (world->rollout_state != WORLD_ROLLOUT_FOUND)
                return "no pod is created without a Rollout";
        if (world->llc_unreadable || world->rollout_unreadable)
                return "no pod is created because of what is out of date";
        if (own_pod(world, create->name))
                return "no name is created that is there";
        if (strlen(create->name) > 63)
                return "names have at most 63 characters";
        if (!bytes_is(json_as_string(json_get(meta, "name")), create->name))
                return "the body has the action's name";
        if (json_length(owners) != 1 ||
            !bytes_is(json_as_string(json_get(json_at(owners, 0), "uid")), world->llc->meta->uid))
                return "a pod has an owner from its creation";
        return NULL;
}

static bool is_ours(const char *key) {
        return strncmp(key, LABEL_OURS_PREFIX, strlen(LABEL_OURS_PREFIX)) == 0;
}

static const char *touch_law(const struct world *world, const struct action *action) {
        const struct pod *pod = own_pod(world, action->name);
        const struct json *meta = json_get(action->body, "metadata");
        const struct json *labels = json_get(meta, "labels");
        const struct json *hash = json_get(labels, LABEL_HASH);

        if (!pod || strcmp(pod->meta->uid, action->uid) != 0)
                return "only our own pods are touched, by their UID";
        if (action->kind == ACTION_DELETE)
                return world->llc_unreadable ? "no pod goes because of what is out of date" : NULL;
        if (!bytes_is(json_as_string(json_get(meta, "uid")), action->uid))
                return "a patch carries the UID";
        if (json_has(labels, LABEL_NAME) || json_has(labels, LABEL_ROLE))
                return "our own labels are never patched";
        if (action->kind == ACTION_HOLD ? hash != NULL : json_as_string(hash).len == 0)
                return "the hash is never set to nothing but by a hold";
        return NULL;
}

/* Does the patch name its object and change nothing but this one map of its metadata? */
static bool patches_only(const struct action *action, const char *map) {
        const struct json *meta = json_get(action->body, "metadata");

        return json_length(action->body) == 1 && json_length(meta) == 2 &&
               json_length(json_get(meta, map)) > 0 &&
               bytes_is(json_as_string(json_get(meta, "uid")), action->uid);
}

static const char *strip_law(const struct world *world, const struct action *action) {
        const struct json *labels = json_get(json_get(action->body, "metadata"), "labels");
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        if (own_pod(world, action->name))
                return "no pod of ours is stripped";
        if (!patches_only(action, "labels"))
                return "a strip changes labels only";
        while (json_next(labels, &cursor, &key, &value))
                if (value || is_ours(key))
                        return "a strip only takes labels off, and none of ours";
        return NULL;
}

static const char *recount_law(const struct world *world, const struct action *action) {
        const struct json *meta = json_get(action->body, "metadata");
        const struct json *annotations = json_get(meta, "annotations");
        bool known = false;

        for (size_t i = 0; i < world->n_budgets; i++)
                known |= strcmp(world->budgets[i]->meta->uid, action->uid) == 0 &&
                         strcmp(world->budgets[i]->meta->name, action->name) == 0;
        if (!known || world->budgets_state != WORLD_BUDGETS_FOUND)
                return "only PodDisruptionBudgets that were read are touched";
        if (!patches_only(action, "annotations") || json_length(annotations) != 1 ||
            json_kind(json_get(annotations, ANNOTATION_RECOUNT)) != JSON_STRING)
                return "a recount changes our annotation only";
        return NULL;
}

static const char *action_law(const struct world *world, const struct action *action) {
        switch (action->kind) {
        case ACTION_CREATE:
                return create_law(world, action);
        case ACTION_STRIP:
                return strip_law(world, action);
        case ACTION_RECOUNT:
                return recount_law(world, action);
        case ACTION_RELABEL:
        case ACTION_HOLD:
        case ACTION_RELEASE:
        case ACTION_DELETE:
                break;
        }
        return touch_law(world, action);
}

/* What holds for the actions together. */
static const char *protection_law(const struct world *world, const struct plan *plan) {
        const struct llc_spec *spec = world->llc->spec;
        size_t creates = count_actions(plan, ACTION_CREATE);

        if (count_actions(plan, ACTION_HOLD) > 0 &&
            count_actions(plan, ACTION_RELEASE) + count_actions(plan, ACTION_RELABEL) > 0)
                return "a canary leaves traffic or follows it as a whole";
        if (plan->status.failure && creates > 0 && spec->on_failure != LLC_ON_FAILURE_KEEP)
                return "no pod is created while a failure stands";
        if (spec->paused && creates + count_actions(plan, ACTION_DELETE) > 0)
                return "paused, no pod is created or deleted";
        return NULL;
}

static const char *order_law(const struct plan *plan) {
        for (size_t i = 1; i < plan->n_actions; i++) {
                const struct action *before = &plan->actions[i - 1], *after = &plan->actions[i];
                bool before_is_patch = before->kind < ACTION_DELETE;
                bool after_is_patch = after->kind < ACTION_DELETE;

                /* A held pod that can't be released is deleted in its turn. */
                if (after_is_patch && !before_is_patch && before->kind != ACTION_DELETE)
                        return "patches come before creates";
                if (before->kind == ACTION_CREATE && after->kind == ACTION_DELETE)
                        return "deletes come before creates";
        }
        return NULL;
}

static const char *status_law(const struct world *world, const struct plan *plan) {
        static const char *const kstatus[] = { "Ready", "Reconciling", "Stalled" };
        size_t n_true = 0;

        if (plan->has_status && world->llc_unreadable)
                return "nothing is said that would not be seen";

        for (size_t i = 0; i < 3; i++) {
                const struct condition *condition =
                        condition_find(plan->status.conditions, plan->status.n_conditions,
                                       kstatus[i]);

                if (!condition)
                        return "kstatus finds its conditions";
                n_true += condition->status == CONDITION_TRUE;
        }
        if (n_true != 1)
                return "exactly one of Ready, Reconciling and Stalled is True";
        if (plan->read == PLAN_READ_ROLLOUT && plan->has_status)
                return "nothing is said of a Rollout that was not read";
        return NULL;
}

const char *laws_broken(const struct world *world, const struct plan *plan) {
        const char *broken;

        if (!world->llc && (count_actions(plan, ACTION_STRIP) != plan->n_actions ||
                            plan->has_status || plan->read != PLAN_READ_NOTHING))
                return "without a LongLivedCanary only orphans are looked after";
        broken = world->llc ? replica_laws_broken(world, plan) : NULL;
        for (size_t i = 0; i < plan->n_actions && !broken; i++)
                broken = action_law(world, &plan->actions[i]);
        if (!broken)
                broken = order_law(plan);
        if (!broken && world->llc)
                broken = protection_law(world, plan);
        return broken || !world->llc ? broken : status_law(world, plan);
}
