/*
 * Argo Rollouts moves the Service to a new hash; the label of every live pod follows. A canary that
 * must not be in traffic loses all labels that are not ours: the Service selects by some of them,
 * and by which ones is not ours to know. They are kept in an annotation (hold) until the canary
 * may return (release).
 *
 * Pods that are quarantined also get a label that says so, in the same patch. PodDisruptionBudgets
 * would count them for ever (budgets.c); where we may not make them count again, pods that leave
 * because of a failure are deleted while they still have their labels, which they do notice.
 *
 * A held pod whose saved labels can't be read is deleted: it serves nobody, nothing but a guess
 * could put it back, and its replacement is built from the template.
 */
#include "traffic.h"

#include <inttypes.h>
#include <string.h>

#include "judge.h"
#include "labels.h"
#include "llc/api/resource.h"
#include "llc/base/timestamp.h"
#include "patch.h"
#include "source.h"

static bool may_delete(const struct draft *draft) {
        return !draft->world->llc->spec->paused && !draft->world->llc_unreadable;
}

static void delete_if_allowed(struct draft *draft, struct own_pod *own, const char *reason) {
        if (may_delete(draft))
                draft_delete(draft, own, reason);
}

static const char *quarantined_for(const struct own_pod *own) {
        return meta_label(own->pod->meta, LABEL_QUARANTINED);
}

static void relabel(struct draft *draft, const struct own_pod *own) {
        const char *label = meta_label(own->pod->meta, LABEL_HASH);
        const char *reason = "hash label was missing";
        char at[TIMESTAMP_SIZE];
        struct json *patch;

        if (own->attached)
                return;
        if (label)
                reason = arena_printf(draft->arena, "hash label follows stable from %s to %s",
                                      label, draft->stable);
        patch = patch_new(own->pod->meta->uid);
        json_set_str(patch_labels(patch), LABEL_HASH, draft->stable);
        json_set_str(patch_annotations(patch), ANNOTATION_RELABELLED_AT,
                     timestamp_format(draft->world->now, at));
        draft_patch(draft, ACTION_RELABEL, own->pod->meta, patch, reason);
}

static bool is_terminating(const struct draft *draft) {
        return draft->world->llc->meta->deletion_timestamp != 0;
}

static bool quarantines(const struct draft *draft) {
        return judge_quarantines(draft) && !is_terminating(draft);
}

/* In quarantine is who is held because of the failure that stands, and nobody else. */
static bool mark(const struct draft *draft, const struct own_pod *own, struct json *patch) {
        const char *is = quarantined_for(own);
        const char *wanted = quarantines(draft) ? draft->failure->spec : NULL;

        if (is_terminating(draft) || (wanted ? is && strcmp(is, wanted) == 0 : !is))
                return false;
        if (wanted)
                json_set_str(patch_labels(patch), LABEL_QUARANTINED, wanted);
        else
                json_set(patch_labels(patch), LABEL_QUARANTINED, NULL);
        return true;
}

static void hold(struct draft *draft, struct own_pod *own) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(SAVED_LABELS_MAX);
        JSON_CLEANUP struct json *saved = json_new_object();
        JSON_CLEANUP struct json *patch = patch_new(own->pod->meta->uid);
        struct str_pair *labels;
        size_t n;

        labels = labels_foreign(own->pod->meta, draft->arena, &n);
        for (size_t i = 0; i < n; i++) {
                json_set_str(saved, labels[i].key, labels[i].value);
                json_set(patch_labels(patch), labels[i].key, NULL);
        }
        json_write(saved, &text);
        if (!strbuf_ok(&text)) {
                delete_if_allowed(draft, own,
                                  "must leave traffic, and its labels are too large to save");
                return;
        }
        mark(draft, own, patch);
        json_set_str(patch_annotations(patch), ANNOTATION_HELD_LABELS, strbuf_str(&text));
        json_set_str(patch_annotations(patch), ANNOTATION_HOLDS,
                     arena_printf(draft->arena, "%" PRId64, own->holds + 1));
        draft_patch(draft, ACTION_HOLD, own->pod->meta, patch,
                    arena_printf(draft->arena, "out of traffic: %s", draft->stance_reason));
        patch = NULL;
}

/* One that lapsed and is not fit for traffic is replaced: until then it stays in quarantine. */
static bool is_fit(const struct own_pod *own) {
        return !own->lapsed || (own->ready && own->updated);
}

static void hold_on(struct draft *draft, struct own_pod *own) {
        JSON_CLEANUP struct json *patch = patch_new(own->pod->meta->uid);

        if (!is_fit(own) || !mark(draft, own, patch))
                return;
        draft_patch(draft, ACTION_HOLD, own->pod->meta, patch,
                    arena_printf(draft->arena, "out of traffic: %s", draft->stance_reason));
        patch = NULL;
}

static void release(struct draft *draft, struct own_pod *own) {
        JSON_CLEANUP struct json *saved = labels_saved(own->pod->meta);
        const struct json *value;
        struct json *patch;
        void *cursor = NULL;
        const char *key;

        if (!saved) {
                delete_if_allowed(draft, own, "its saved labels can't be read");
                return;
        }
        patch = patch_new(own->pod->meta->uid);
        while (json_next(saved, &cursor, &key, &value))
                if (!label_is_ours(key))
                        json_set(patch_labels(patch), key, json_clone(value));
        json_set_str(patch_labels(patch), LABEL_HASH, draft->stable);
        mark(draft, own, patch);
        json_set(patch_annotations(patch), ANNOTATION_HELD_LABELS, NULL);
        draft_patch(draft, ACTION_RELEASE, own->pod->meta, patch, "into traffic");
}

static void delete_failed(struct draft *draft, struct own_pod *own) {
        if (judge_is_told(draft))
                draft_delete(draft, own,
                             "failed, and its PodDisruptionBudgets can't be made to count again");
}

/* Puts the pod where the stance wants it. */
static void settle(struct draft *draft, struct own_pod *own) {
        switch (draft->stance) {
        case STANCE_FOLLOW:
                if (!own->held)
                        relabel(draft, own);
                else if (is_fit(own) && !is_terminating(draft))
                        release(draft, own);
                break;
        case STANCE_STAY: /* who is in traffic must not drop out of it by standing still */
                if (!own->held && draft->stable)
                        relabel(draft, own);
                break;
        case STANCE_HOLD:
                if (own->held)
                        hold_on(draft, own);
                else if (quarantines(draft) && may_delete(draft) &&
                         draft->world->budgets_state == WORLD_BUDGETS_REFUSED)
                        delete_failed(draft, own);
                else
                        hold(draft, own);
                break;
        }
}

/* What we may do to them decides how pods leave; but not when nobody else is left to be served. */
static bool must_read_budgets(const struct draft *draft) {
        return draft->stance == STANCE_HOLD && quarantines(draft) &&
               draft->n_live > draft->n_held &&
               draft->world->budgets_state == WORLD_BUDGETS_UNREAD &&
               !source_rollout_is_over(draft->world);
}

void traffic_decide(struct draft *draft) {
        if (draft->terminates)
                return; /* they are deleted as they are */
        if (must_read_budgets(draft)) {
                draft->plan->read = PLAN_READ_BUDGETS;
                return;
        }
        for (size_t i = 0; i < draft->n_pods; i++)
                if (draft->pods[i].live)
                        settle(draft, &draft->pods[i]);
}
