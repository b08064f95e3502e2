/*
 * Ours is what names our UID as its controller: labels can be put on by anybody, and a pod left
 * by a former LongLivedCanary of the same name belongs to the garbage collector.
 */
#include "census.h"

#include <stdlib.h>
#include <string.h>

#include "llc/api/resource.h"

enum { COUNT_DIGITS = 6 };

static bool pod_is_ours(const struct pod *pod, const struct llc *llc) {
        const struct owner_reference *controller = meta_controller(pod->meta);

        return controller && strcmp(controller->uid, llc->meta->uid) == 0;
}

/* An int32 by its API; anything else counts as 0, as the ReplicaSet controller does. */
static int64_t pod_deletion_cost(const struct pod *pod) {
        const char *text = meta_annotation(pod->meta, ANNOTATION_DELETION_COST);
        long long cost;
        char *end;

        if (!text)
                return 0;
        cost = strtoll(text, &end, 10); /* stays at the end of its range */
        if (end == text || *end != '\0' || cost < INT32_MIN || cost > INT32_MAX)
                return 0;
        return cost;
}

/* What is no number counts as none. */
static int64_t pod_count(const struct pod *pod, const char *annotation) {
        const char *text = meta_annotation(pod->meta, annotation);
        size_t digits = text ? strspn(text, "0123456789") : 0;

        if (digits == 0 || digits > COUNT_DIGITS || text[digits] != '\0')
                return 0;
        return strtol(text, NULL, 10);
}

/* Kubernetes' rule; a Ready condition that does not say since when counts only without a wait. */
static void own_pod_find_availability(struct draft *draft, struct own_pod *own) {
        int64_t seconds = draft->world->llc->spec->min_ready_seconds;
        int64_t since = pod_ready_since(own->pod);

        if (seconds < 0)
                seconds = 0;
        if (seconds > INT32_MAX)
                seconds = INT32_MAX;
        own->available = own->ready && seconds == 0;
        if (since == 0)
                return;
        own->available_at = since + 1000 * seconds;
        if (own->available_at <= draft->world->now)
                own->available = true;
        else if (!own->available)
                draft_look_again_at(draft, own->available_at);
}

static int own_pod_by_name(const void *a, const void *b) {
        const struct own_pod *left = a, *right = b;

        return strcmp(left->pod->meta->name, right->pod->meta->name);
}

void census_take(struct draft *draft) {
        const struct world *world = draft->world;

        draft->pods = ARENA_NEW_ARRAY(draft->arena, struct own_pod, world->n_pods);
        for (size_t i = 0; i < world->n_pods; i++) {
                const struct pod *pod = world->pods[i];

                if (!pod_is_ours(pod, world->llc))
                        continue;
                draft->pods[draft->n_pods++] = (struct own_pod){
                        .pod = pod,
                        .cost = pod_deletion_cost(pod),
                        .attempt = pod_count(pod, ANNOTATION_ATTEMPT),
                        .holds = pod_count(pod, ANNOTATION_HOLDS),
                        .live = pod_is_live(pod),
                        .ready = pod_is_live(pod) && pod_is_ready(pod),
                        .held = meta_annotation(pod->meta, ANNOTATION_HELD_LABELS) != NULL,
                };
        }
        /* The cache has no order; plans have one. */
        qsort(draft->pods, draft->n_pods, sizeof(*draft->pods), own_pod_by_name);
}

/* With Recreate the template counts like the overrides, when it is known what it should be. */
static bool own_pod_is_updated(const struct draft *draft, const struct own_pod *own) {
        const struct llc_update_policy *policy = draft->world->llc->spec->update_policy;

        return own->slot != SLOT_NONE &&
               text_equal(meta_annotation(own->pod->meta, ANNOTATION_SPEC_HASH),
                          draft->spec_hash) &&
               !(policy->type == LLC_UPDATE_RECREATE && own->drifted);
}

void census_count(struct draft *draft) {
        for (size_t i = 0; i < draft->n_pods; i++) {
                struct own_pod *own = &draft->pods[i];
                const struct meta *meta = own->pod->meta;

                if (!own->live)
                        continue;
                own_pod_find_availability(draft, own);
                own->drifted =
                        draft->stable &&
                        !text_equal(meta_annotation(meta, ANNOTATION_BASE_HASH), draft->stable);
                own->updated = own_pod_is_updated(draft, own);
                own->attached =
                        !own->held && text_equal(meta_label(meta, LABEL_HASH), draft->stable);
                draft->n_live++;
                draft->n_ready += own->ready;
                draft->n_available += own->available;
                draft->n_updated += own->updated;
                draft->n_drifted += own->drifted;
                draft->n_held += own->held;
                draft->n_attached += own->attached;
        }
}
