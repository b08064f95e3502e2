#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "actors/owned.h"
#include "actors/pod_state.h"
#include "actors/rollout.h"
#include "llc/base/timestamp.h"
#include "storage/selector.h"
#include "storage/storage.h"

#define ANNOTATION_REVISION "rollout.argoproj.io/revision"
#define ANNOTATION_DESIRED  "rollout.argoproj.io/desired-replicas"
#define ANNOTATION_WORKLOAD "rollout.argoproj.io/workload-generation"
#define ANNOTATION_DEADLINE "scale-down-deadline"

enum { HISTORY_LIMIT = 10, ABORT_SCALE_DOWN_DELAY_S = 30 };

struct gathering {
        struct rollout *rollout;
        const char *prefix; /* of the names */
        const struct selector *selector;
        struct strings orphans;
        size_t cap;
};

static const struct kind *sets_kind(const struct rollout *rollout) {
        return kinds_find(rollout->writer->sim->kinds, "apps", "v1", "replicasets");
}

static int64_t number_of(const char *text, int64_t otherwise) {
        char *end;
        long long number = strtoll(text, &end, 10);

        return *text && !*end && number >= 0 && number <= INT32_MAX ? number : otherwise;
}

static struct replica_set set_of(const struct json *tree, struct arena *arena) {
        const struct json *meta = json_get(tree, "metadata"), *spec = json_get(tree, "spec");
        const struct json *annotations = json_get(meta, "annotations");
        const struct json *status = json_get(tree, "status");

        return (struct replica_set){
                .name = arena_strdup(arena, json_text_at(meta, "name")),
                .hash = arena_strdup(arena,
                                     json_text_at(json_get(meta, "labels"), ROLLOUT_HASH_LABEL)),
                .revision = number_of(json_text_at(annotations, ANNOTATION_REVISION), 0),
                .created_ms = pod_time_ms(meta, "creationTimestamp"),
                .replicas = json_int_at(spec, "replicas", 0),
                .desired = number_of(json_text_at(annotations, ANNOTATION_DESIRED), -1),
                .min_ready = json_int_at(spec, "minReadySeconds", 0),
                .total = json_int_at(status, "replicas", 0),
                .available = json_int_at(status, "availableReplicas", 0),
                .ready = json_int_at(status, "readyReplicas", 0),
                .scale_down_at_ms = pod_time_ms(annotations, ANNOTATION_DEADLINE),
                .wanted = -1,
                .wanted_end_ms = -1,
        };
}

static void add_set(struct gathering *gathering, const struct record *record) {
        struct rollout *rollout = gathering->rollout;
        JSON_CLEANUP struct json *tree = record_tree(record);

        if (rollout->n_sets == gathering->cap) {
                size_t cap = gathering->cap ? 2 * gathering->cap : 8;
                struct replica_set *grown =
                        ARENA_NEW_ARRAY(rollout->arena, struct replica_set, cap);

                if (rollout->n_sets > 0)
                        memcpy(grown, rollout->sets, rollout->n_sets * sizeof(*grown));
                rollout->sets = grown;
                gathering->cap = cap;
        }
        rollout->sets[rollout->n_sets++] = set_of(tree, rollout->arena);
}

/* They are named after their Rollout, and so stand together. */
static bool gather(void *ctx, struct record *record) {
        struct gathering *gathering = ctx;
        const char *controller = record_controller(record);

        if (strncmp(record->name, gathering->prefix, strlen(gathering->prefix)) != 0)
                return false;
        if (record->deleting)
                return true;
        if (!controller && selector_matches(gathering->selector, record->labels))
                strings_add(&gathering->orphans, "%s", record->name);
        else if (controller && strcmp(controller, gathering->rollout->uid) == 0)
                add_set(gathering, record);
        return true;
}

static void adopt(struct rollout *rollout, const char *name) {
        struct json *patch = json_new_object(), *owners = json_new_array();

        json_append(owners, owned_reference("argoproj.io/v1alpha1", "Rollout", rollout->name,
                                            rollout->uid));
        json_set(json_object_at(patch, "metadata"), "ownerReferences", owners);
        rollout_wrote(rollout, writer_patch(rollout->writer, sets_kind(rollout),
                                            rollout->namespace_, name, PART_OBJECT, patch));
}

static int by_revision(const void *a, const void *b) {
        const struct replica_set *left = a, *right = b;

        if (left->revision != right->revision)
                return left->revision > right->revision ? -1 : 1;
        return strcmp(left->name, right->name);
}

static struct replica_set *set_of_hash(const struct rollout *rollout, const char *hash) {
        for (size_t i = 0; i < rollout->n_sets; i++)
                if (*hash && strcmp(rollout->sets[i].hash, hash) == 0)
                        return &rollout->sets[i];
        return NULL;
}

void rollout_sets_load(struct rollout *rollout) {
        struct gathering gathering = {
                .rollout = rollout,
                .prefix = arena_printf(rollout->arena, "%s-", rollout->name),
                .orphans = { .arena = rollout->arena },
        };
        struct err err;

        rollout->sets = NULL;
        rollout->n_sets = 0;
        if (selector_of_json(rollout->selector, rollout->arena, &gathering.selector, &err) < 0)
                (void)selector_of_json(NULL, rollout->arena, &gathering.selector, &err);
        collection_walk(sets_kind(rollout)->objects, rollout->namespace_, rollout->namespace_,
                        gathering.prefix, gather, &gathering);
        for (size_t i = 0; i < gathering.orphans.n; i++)
                adopt(rollout, gathering.orphans.items[i]);
        if (rollout->n_sets > 1)
                qsort(rollout->sets, rollout->n_sets, sizeof(*rollout->sets), by_revision);
        rollout->newest = set_of_hash(rollout, rollout->hash);
        rollout->stable = set_of_hash(rollout, json_text_at(rollout->status, "stableRS"));
}

struct json *rollout_set_tree(const struct rollout *rollout, int64_t revision) {
        struct json *tree = json_new_object(), *meta = json_object_at(tree, "metadata");
        struct json *spec = json_object_at(tree, "spec"), *owners = json_new_array();
        struct json *template_ = json_clone(rollout->template_);
        struct json *selector = json_clone(rollout->selector), *annotations;

        json_set_str(json_object_at(json_object_at(template_, "metadata"), "labels"),
                     ROLLOUT_HASH_LABEL, rollout->hash);
        json_set_str(json_object_at(selector, "matchLabels"), ROLLOUT_HASH_LABEL, rollout->hash);
        json_set_str(tree, "apiVersion", "apps/v1");
        json_set_str(tree, "kind", "ReplicaSet");
        json_set_str(meta, "name",
                     arena_printf(rollout->arena, "%s-%s", rollout->name, rollout->hash));
        json_set_str(meta, "namespace", rollout->namespace_);
        json_set(meta, "labels", json_clone(json_get(json_get(template_, "metadata"), "labels")));
        annotations = json_object_at(meta, "annotations");
        json_set_str(annotations, ANNOTATION_REVISION,
                     arena_printf(rollout->arena, "%" PRId64, revision));
        json_set_str(annotations, ANNOTATION_DESIRED,
                     arena_printf(rollout->arena, "%" PRId64, rollout->replicas));
        json_append(owners, owned_reference("argoproj.io/v1alpha1", "Rollout", rollout->name,
                                            rollout->uid));
        json_set(meta, "ownerReferences", owners);
        json_set_int(spec, "replicas", 0);
        json_set_int(spec, "minReadySeconds", json_int_at(rollout->spec, "minReadySeconds", 0));
        json_set(spec, "selector", selector);
        json_set(spec, "template", template_);
        return tree;
}

static void set_revision(struct rollout *rollout, int64_t revision) {
        struct json *patch = json_new_object();

        json_set_str(json_object_at(json_object_at(patch, "metadata"), "annotations"),
                     ANNOTATION_REVISION, arena_printf(rollout->arena, "%" PRId64, revision));
        rollout_wrote(rollout,
                      writer_patch(rollout->writer, sets_kind(rollout), rollout->namespace_,
                                   rollout->newest->name, PART_OBJECT, patch));
        rollout->newest->revision = revision;
}

static void annotate(struct rollout *rollout, struct json *patch, const char *key,
                     const char *value) {
        const struct json *has = json_get(json_get(rollout->tree, "metadata"), "annotations");

        if (strcmp(json_text_at(has, key), value) != 0)
                json_set_str(json_object_at(json_object_at(patch, "metadata"), "annotations"), key,
                             value);
}

/* `kubectl argo rollouts undo` and `history` go by the revision. */
static void tell_revision(struct rollout *rollout) {
        const struct kind *kind =
                kinds_find(rollout->writer->sim->kinds, "argoproj.io", "v1alpha1", "rollouts");
        const struct json *workload = json_get(rollout->workload, "metadata");
        struct json *patch = json_new_object();

        annotate(rollout, patch, ANNOTATION_REVISION,
                 arena_printf(rollout->arena, "%" PRId64, rollout->revision));
        if (workload)
                annotate(rollout, patch, ANNOTATION_WORKLOAD,
                         arena_printf(rollout->arena, "%" PRId64,
                                      json_int_at(workload, "generation", 0)));
        if (json_length(patch) == 0)
                json_free(patch);
        else
                rollout_wrote(rollout, writer_patch(rollout->writer, kind, rollout->namespace_,
                                                    rollout->name, PART_OBJECT, patch));
}

void rollout_sets_create(struct rollout *rollout) {
        int64_t highest = rollout->n_sets > 0 ? rollout->sets[0].revision : 0;

        if (!rollout->newest) {
                rollout_wrote(rollout, writer_create(rollout->writer, sets_kind(rollout),
                                                     rollout->namespace_,
                                                     rollout_set_tree(rollout, highest + 1)));
                rollout_sets_load(rollout);
        } else if (rollout->newest->revision < highest) {
                set_revision(rollout, highest + 1);
        }
        if (!rollout->newest)
                return;
        rollout->revision = rollout->newest->revision;
        tell_revision(rollout);
}

void rollout_set_serve(struct replica_set *set, int64_t replicas) {
        set->wanted = replicas;
        if (set->scale_down_at_ms != 0)
                set->wanted_end_ms = 0;
}

void rollout_set_retire(struct rollout *rollout, struct replica_set *set, int64_t delay_ms,
                        int64_t replicas) {
        int64_t end_ms = set->scale_down_at_ms;

        if (set->replicas == 0)
                return;
        if (end_ms == 0 && delay_ms > 0) {
                end_ms = (rollout->now_ms + delay_ms) / 1000 * 1000; /* as it will be read */
                set->wanted_end_ms = end_ms;
        }
        set->wanted = end_ms > rollout->now_ms ? replicas : 0;
        if (set->wanted > 0)
                rollout_look_again(rollout, end_ms - rollout->now_ms);
        else
                set->wanted_end_ms = set->scale_down_at_ms != 0 ? 0 : -1;
}

void rollout_set_give_up(struct rollout *rollout, struct replica_set *set) {
        int64_t delay_ms = rollout_seconds_ms(rollout->strategy, "abortScaleDownDelaySeconds",
                                              ABORT_SCALE_DOWN_DELAY_S);

        if (json_has(rollout->strategy, "abortScaleDownDelaySeconds") && delay_ms == 0)
                rollout_set_serve(set, rollout->replicas);
        else if (set->scale_down_at_ms != 0 || rollout->stable->available == rollout->replicas)
                rollout_set_retire(rollout, set, delay_ms, set->replicas);
}

/* One patch for all that changes of a set. */
static void write_set(struct rollout *rollout, struct replica_set *set) {
        struct json *patch = json_new_object(), *spec = json_object_at(patch, "spec");
        struct json *annotations = json_object_at(json_object_at(patch, "metadata"), "annotations");
        int64_t min_ready = json_int_at(rollout->spec, "minReadySeconds", 0);
        char text[TIMESTAMP_SIZE];

        if (set->wanted >= 0 && set->wanted != set->replicas)
                json_set_int(spec, "replicas", set->wanted);
        if (set == rollout->newest && set->min_ready != min_ready)
                json_set_int(spec, "minReadySeconds", min_ready);
        if (set->wanted >= 0 && set->desired != rollout->replicas)
                json_set_str(annotations, ANNOTATION_DESIRED,
                             arena_printf(rollout->arena, "%" PRId64, rollout->replicas));
        if (set->wanted_end_ms >= 0)
                json_set(annotations, ANNOTATION_DEADLINE,
                         set->wanted_end_ms > 0
                                 ? json_new_string(
                                           bytes_of(timestamp_format(set->wanted_end_ms, text)))
                                 : NULL);
        if (json_length(spec) + json_length(annotations) == 0)
                json_free(patch);
        else
                rollout_wrote(rollout,
                              writer_patch(rollout->writer, sets_kind(rollout), rollout->namespace_,
                                           set->name, PART_OBJECT, patch));
}

static int by_creation(const void *a, const void *b) {
        const struct replica_set *left = *(struct replica_set *const *)a;
        const struct replica_set *right = *(struct replica_set *const *)b;

        if (left->created_ms != right->created_ms)
                return left->created_ms < right->created_ms ? -1 : 1;
        return strcmp(left->name, right->name);
}

/* Of those that are too many, the oldest, only the empty ones go. */
static void forget_oldest(struct rollout *rollout) {
        int64_t limit = json_int_at(rollout->spec, "revisionHistoryLimit", HISTORY_LIMIT);
        struct replica_set **others =
                ARENA_NEW_ARRAY(rollout->arena, struct replica_set *, rollout->n_sets + 1);
        size_t n = 0;

        for (size_t i = 0; i < rollout->n_sets; i++)
                if (&rollout->sets[i] != rollout->newest && &rollout->sets[i] != rollout->stable)
                        others[n++] = &rollout->sets[i];
        if (limit < 0 || n <= (size_t)limit)
                return;
        qsort(others, n, sizeof(struct replica_set *), by_creation);
        for (size_t i = 0; i < n - (size_t)limit; i++)
                if (others[i]->replicas == 0 && others[i]->total == 0)
                        (void)writer_delete(rollout->writer, sets_kind(rollout),
                                            rollout->namespace_, others[i]->name, NULL);
}

void rollout_sets_write(struct rollout *rollout) {
        for (size_t i = 0; i < rollout->n_sets; i++)
                write_set(rollout, &rollout->sets[i]);
        forget_oldest(rollout);
}
