/*
 * A pod with the labels of the app and without a controller is adopted by the stable ReplicaSet,
 * which then has one too many and deletes one: production's. And it keeps running a canary image
 * that nobody knows of any more. Without these labels the ReplicaSet releases it again.
 *
 * Labels and annotations can be put on by anybody. What proves that we made the pod is its name,
 * which cannot be changed and which only the UID of its LongLivedCanary gives.
 */
#include "orphans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "labels.h"
#include "llc/api/resource.h"
#include "patch.h"
#include "slots.h"

/* Of a LongLivedCanary, be it ours or another: then it is no orphan. */
static bool is_owned_by_canary(const struct pod *pod) {
        const struct owner_reference *controller = meta_controller(pod->meta);
        size_t group = strlen(RESOURCE_LLC.group);

        return controller && strcmp(controller->kind, LLC_KIND) == 0 &&
               strncmp(controller->api_version, RESOURCE_LLC.group, group) == 0 &&
               controller->api_version[group] == '/';
}

static bool read_number(const char *text, int64_t max, int64_t *ret_number) {
        long long number;
        char *end;

        if (!text || text[0] < '0' || text[0] > '9')
                return false;
        errno = 0;
        number = strtoll(text, &end, 10);
        if (errno != 0 || *end != '\0' || number > max)
                return false;
        *ret_number = number;
        return true;
}

static bool was_made_by_us(const struct draft *draft, const struct pod *pod) {
        const char *name = meta_label(pod->meta, LABEL_NAME);
        const char *uid = meta_annotation(pod->meta, ANNOTATION_UID);
        int64_t slot, incarnation;

        return name && uid &&
               read_number(meta_annotation(pod->meta, ANNOTATION_SLOT), LLC_REPLICAS_MAX - 1,
                           &slot) &&
               read_number(meta_annotation(pod->meta, ANNOTATION_INCARNATION), INT64_MAX,
                           &incarnation) &&
               strcmp(slot_pod_name(name, uid, (int)slot, incarnation, draft->arena),
                      pod->meta->name) == 0;
}

static int pod_by_name(const void *a, const void *b) {
        const struct pod *left = *(const struct pod *const *)a;
        const struct pod *right = *(const struct pod *const *)b;

        return strcmp(left->meta->name, right->meta->name);
}

static void strip(struct draft *draft, const struct pod *pod) {
        const struct str_pair *labels;
        struct json *patch;
        size_t n;

        labels = labels_foreign(pod->meta, draft->arena, &n);
        patch = patch_new(pod->meta->uid);
        for (size_t i = 0; i < n; i++)
                json_set(patch_labels(patch), labels[i].key, NULL);
        draft_patch(draft, ACTION_STRIP, pod->meta, patch, "made by us, and ours no more");
}

static bool has_foreign_labels(const struct pod *pod) {
        for (size_t i = 0; i < pod->meta->n_labels; i++)
                if (!label_is_ours(pod->meta->labels[i].key))
                        return true;
        return false;
}

void orphans_decide(struct draft *draft) {
        const struct world *world = draft->world;
        const struct pod **orphans = NULL;
        size_t n = 0;

        for (size_t i = 0; i < world->n_pods; i++) {
                const struct pod *pod = world->pods[i];

                if (is_owned_by_canary(pod) || pod->meta->deletion_timestamp != 0 ||
                    !has_foreign_labels(pod) || !was_made_by_us(draft, pod))
                        continue;
                if (!orphans)
                        orphans = ARENA_NEW_ARRAY(draft->arena, const struct pod *, world->n_pods);
                orphans[n++] = pod;
        }
        if (n > 1)
                qsort(orphans, n, sizeof(const struct pod *), pod_by_name);
        for (size_t i = 0; i < n; i++)
                strip(draft, orphans[i]);
}
