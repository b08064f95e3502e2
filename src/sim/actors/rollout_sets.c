#include <inttypes.h>
#include <string.h>

#include "actors/owned.h"
#include "actors/pod_state.h"
#include "actors/rollout.h"
#include "llc/base/timestamp.h"
#include "storage/storage.h"

#define ANNOTATION_REVISION "rollout.argoproj.io/revision"
#define ANNOTATION_DESIRED  "rollout.argoproj.io/desired-replicas"
#define ANNOTATION_DEADLINE "scale-down-deadline"

enum { HISTORY_LIMIT = 10 };

struct gathering {
        struct rollout *rollout;
        size_t cap;
};

static const struct kind *sets_kind(const struct rollout *rollout) {
        return kinds_find(rollout->writer->sim->kinds, "apps", "v1", "replicasets");
}

static int64_t number_of(const char *text) {
        int64_t number = 0;

        for (; *text >= '0' && *text <= '9' && number < INT32_MAX; text++)
                number = 10 * number + (*text - '0');
        return number;
}

static struct replica_set set_of(const struct json *tree, struct arena *arena) {
        const struct json *meta = json_get(tree, "metadata");
        const struct json *annotations = json_get(meta, "annotations");
        const struct json *status = json_get(tree, "status");

        return (struct replica_set){
                .name = arena_strdup(arena, json_text_at(meta, "name")),
                .hash = arena_strdup(arena,
                                     json_text_at(json_get(meta, "labels"), ROLLOUT_HASH_LABEL)),
                .revision = number_of(json_text_at(annotations, ANNOTATION_REVISION)),
                .replicas = json_int_at(json_get(tree, "spec"), "replicas", 0),
                .total = json_int_at(status, "replicas", 0),
                .available = json_int_at(status, "availableReplicas", 0),
                .ready = json_int_at(status, "readyReplicas", 0),
                .scale_down_at_ms = pod_time_ms(annotations, ANNOTATION_DEADLINE),
                .wanted = -1,
        };
}

static bool gather(void *ctx, struct record *record) {
        struct gathering *gathering = ctx;
        struct rollout *rollout = gathering->rollout;
        JSON_CLEANUP struct json *tree = NULL;
        const struct json *controller;
        struct replica_set *grown;

        if (!owned_mentions(record, rollout->uid))
                return true;
        tree = record_tree(record);
        controller = owned_controller(tree);
        if (record->deleting || strcmp(json_text_at(controller, "uid"), rollout->uid) != 0)
                return true;
        if (rollout->n_sets == gathering->cap) {
                gathering->cap = gathering->cap ? 2 * gathering->cap : 8;
                grown = ARENA_NEW_ARRAY(rollout->arena, struct replica_set, gathering->cap);
                if (rollout->n_sets > 0)
                        memcpy(grown, rollout->sets, rollout->n_sets * sizeof(*grown));
                rollout->sets = grown;
        }
        rollout->sets[rollout->n_sets++] = set_of(tree, rollout->arena);
        return true;
}

static struct replica_set *set_of_hash(const struct rollout *rollout, const char *hash) {
        for (size_t i = 0; i < rollout->n_sets; i++)
                if (*hash && strcmp(rollout->sets[i].hash, hash) == 0)
                        return &rollout->sets[i];
        return NULL;
}

void rollout_sets_load(struct rollout *rollout) {
        struct gathering gathering = { .rollout = rollout };

        rollout->sets = NULL;
        rollout->n_sets = 0;
        collection_walk(sets_kind(rollout)->objects, rollout->namespace_, rollout->namespace_, "",
                        gather, &gathering);
        rollout->newest = set_of_hash(rollout, rollout->hash);
        rollout->stable = set_of_hash(rollout, json_text_at(rollout->status, "stableRS"));
}

static struct json *template_with_hash(const struct rollout *rollout) {
        struct json *template_ = json_clone(rollout->template_);

        json_set_str(json_object_at(json_object_at(template_, "metadata"), "labels"),
                     ROLLOUT_HASH_LABEL, rollout->hash);
        return template_;
}

static struct json *new_set(const struct rollout *rollout, int64_t revision) {
        struct json *tree = json_new_object(), *meta = json_object_at(tree, "metadata");
        struct json *spec = json_object_at(tree, "spec"), *owners = json_new_array();
        struct json *template_ = template_with_hash(rollout);
        struct json *selector = json_clone(json_get(rollout->spec, "selector"));

        json_set_str(tree, "apiVersion", "apps/v1");
        json_set_str(tree, "kind", "ReplicaSet");
        json_set_str(meta, "name",
                     arena_printf(rollout->arena, "%s-%s", rollout->name, rollout->hash));
        json_set_str(meta, "namespace", rollout->namespace_);
        json_set(meta, "labels", json_clone(json_get(json_get(template_, "metadata"), "labels")));
        json_set_str(json_object_at(meta, "annotations"), ANNOTATION_REVISION,
                     arena_printf(rollout->arena, "%" PRId64, revision));
        json_append(owners, owned_reference("argoproj.io/v1alpha1", "Rollout", rollout->name,
                                            rollout->uid));
        json_set(meta, "ownerReferences", owners);
        if (json_kind(selector) != JSON_OBJECT) {
                json_free(selector);
                selector = json_new_object();
        }
        json_set_str(json_object_at(selector, "matchLabels"), ROLLOUT_HASH_LABEL, rollout->hash);
        json_set(spec, "selector", selector);
        json_set_int(spec, "replicas", 0);
        json_set(spec, "template", template_);
        return tree;
}

static void set_annotate(struct rollout *rollout, const char *name, const char *key,
                         const char *value) {
        struct json *patch = json_new_object();
        struct json *annotations = json_object_at(json_object_at(patch, "metadata"), "annotations");

        json_set(annotations, key, value ? json_new_string(bytes_of(value)) : NULL);
        writer_patch(rollout->writer, sets_kind(rollout), rollout->namespace_, name, PART_OBJECT,
                     patch);
        rollout->changed = true;
}

/* `kubectl argo rollouts undo` and `history` go by this annotation. */
static void tell_revision(struct rollout *rollout, int64_t revision) {
        const struct kind *kind =
                kinds_find(rollout->writer->sim->kinds, "argoproj.io", "v1alpha1", "rollouts");
        const char *text = arena_printf(rollout->arena, "%" PRId64, revision);
        const struct json *annotations =
                json_get(json_get(rollout->tree, "metadata"), "annotations");
        struct json *patch;

        if (strcmp(json_text_at(annotations, ANNOTATION_REVISION), text) == 0)
                return;
        patch = json_new_object();
        json_set_str(json_object_at(json_object_at(patch, "metadata"), "annotations"),
                     ANNOTATION_REVISION, text);
        writer_patch(rollout->writer, kind, rollout->namespace_, rollout->name, PART_OBJECT, patch);
        rollout->changed = true;
}

void rollout_sets_create(struct rollout *rollout) {
        int64_t newest = 0;

        for (size_t i = 0; i < rollout->n_sets; i++)
                if (rollout->sets[i].revision > newest)
                        newest = rollout->sets[i].revision;
        if (!rollout->newest) {
                writer_create(rollout->writer, sets_kind(rollout), rollout->namespace_,
                              new_set(rollout, ++newest));
                rollout_sets_load(rollout);
                rollout->changed = true;
        } else if (rollout->newest->revision < newest) {
                rollout->newest->revision = ++newest;
                set_annotate(rollout, rollout->newest->name, ANNOTATION_REVISION,
                             arena_printf(rollout->arena, "%" PRId64, newest));
        }
        tell_revision(rollout, newest);
}

void rollout_set_retire(struct rollout *rollout, struct replica_set *set, int64_t delay_ms) {
        char text[TIMESTAMP_SIZE];

        if (set->replicas == 0)
                return;
        if (set->scale_down_at_ms == 0 && delay_ms > 0) {
                set->scale_down_at_ms = rollout->now_ms + delay_ms;
                set_annotate(rollout, set->name, ANNOTATION_DEADLINE,
                             timestamp_format(set->scale_down_at_ms + 999, text));
        }
        delay_ms = set->scale_down_at_ms - rollout->now_ms;
        if (set->scale_down_at_ms == 0 || delay_ms <= 0)
                set->wanted = 0;
        else if (rollout->look_again_ms < 0 || delay_ms < rollout->look_again_ms)
                rollout->look_again_ms = delay_ms;
}

static void set_scale(struct rollout *rollout, struct replica_set *set) {
        struct json *patch = json_new_object();
        struct json *annotations = json_object_at(json_object_at(patch, "metadata"), "annotations");

        json_set_int(json_object_at(patch, "spec"), "replicas", set->wanted);
        json_set_str(annotations, ANNOTATION_DESIRED,
                     arena_printf(rollout->arena, "%" PRId64, rollout->replicas));
        json_set(annotations, ANNOTATION_DEADLINE, NULL);
        writer_patch(rollout->writer, sets_kind(rollout), rollout->namespace_, set->name,
                     PART_OBJECT, patch);
        set->replicas = set->wanted;
        rollout->changed = true;
}

static struct replica_set *oldest_done(struct rollout *rollout, size_t *ret_n) {
        struct replica_set *oldest = NULL;

        *ret_n = 0;
        for (size_t i = 0; i < rollout->n_sets; i++) {
                struct replica_set *set = &rollout->sets[i];

                if (set == rollout->newest || set == rollout->stable || set->replicas > 0 ||
                    set->total > 0)
                        continue;
                ++*ret_n;
                if (!oldest || set->revision < oldest->revision)
                        oldest = set;
        }
        return oldest;
}

void rollout_sets_scale(struct rollout *rollout) {
        int64_t limit = json_int_at(rollout->spec, "revisionHistoryLimit", HISTORY_LIMIT);
        struct replica_set *oldest;
        size_t n;

        for (size_t i = 0; i < rollout->n_sets; i++) {
                struct replica_set *set = &rollout->sets[i];

                /* One that serves again is not on its way out any more. */
                if (set->wanted > 0 && set->scale_down_at_ms != 0)
                        set_annotate(rollout, set->name, ANNOTATION_DEADLINE, NULL);
                if (set->wanted >= 0 && set->wanted != set->replicas)
                        set_scale(rollout, set);
        }
        oldest = oldest_done(rollout, &n);
        if (oldest && limit >= 0 && n > (size_t)limit) {
                writer_delete(rollout->writer, sets_kind(rollout), rollout->namespace_,
                              oldest->name, NULL);
                rollout->changed = true;
        }
}
