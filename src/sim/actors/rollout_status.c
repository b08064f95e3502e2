#include <inttypes.h>
#include <string.h>

#include "actors/rollout.h"
#include "llc/base/timestamp.h"

struct verdict {
        const char *phase, *message;
};

static int64_t sum(const struct rollout *rollout, size_t offset) {
        int64_t total = 0;

        for (size_t i = 0; i < rollout->n_sets; i++)
                total += *(const int64_t *)((const char *)&rollout->sets[i] + offset);
        return total;
}

static bool is_blue_green(const struct rollout *rollout) {
        return json_get(json_get(rollout->spec, "strategy"), "blueGreen") != NULL;
}

/* rolloututil.CalculateRolloutPhase, for what exists here. */
static struct verdict verdict_of(const struct rollout *rollout) {
        const struct replica_set *newest = rollout->newest;
        const struct json *status = rollout->status;
        const struct json *pauses = json_get(status, "pauseConditions");
        const char *stable = json_text_at(status, "stableRS");
        const char *active = json_text_at(json_get(status, "blueGreen"), "activeSelector");

        if (json_is_true_at(status, "abort"))
                return (struct verdict){
                        "Degraded",
                        arena_printf(rollout->arena,
                                     "RolloutAborted: Rollout aborted update to revision %" PRId64,
                                     newest ? newest->revision : 0),
                };
        if (json_is_true_at(rollout->spec, "paused"))
                return (struct verdict){ "Paused", "manually paused" };
        if (json_length(pauses) > 0)
                return (struct verdict){ "Paused",
                                         arena_strdup(rollout->arena,
                                                      json_text_at(json_at(pauses, 0), "reason")) };
        if (!newest || newest->total < newest->replicas || newest->replicas < rollout->replicas)
                return (struct verdict){ "Progressing", "more replicas need to be updated" };
        if (newest->available < newest->total)
                return (struct verdict){ "Progressing",
                                         "updated replicas are still becoming available" };
        if (is_blue_green(rollout) && strcmp(active, rollout->hash) != 0)
                return (struct verdict){ "Progressing", "active service cutover pending" };
        if (strcmp(stable, rollout->hash) != 0)
                return (struct verdict){ "Progressing", "waiting for all steps to complete" };
        if (!is_blue_green(rollout) &&
            sum(rollout, offsetof(struct replica_set, total)) > newest->total)
                return (struct verdict){ "Progressing", "old replicas are pending termination" };
        return (struct verdict){ "Healthy", "" };
}

static void set_condition(struct rollout *rollout, const char *type, bool yes, const char *reason,
                          const char *message) {
        struct json *conditions = json_get_mut(rollout->status, "conditions");
        struct json *condition = NULL;
        char now[TIMESTAMP_SIZE];

        for (size_t i = 0; i < json_length(conditions) && !condition; i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), type) == 0)
                        condition = json_at_mut(conditions, i);
        if (!condition) {
                condition = json_new_object();
                json_set_str(condition, "type", type);
                json_append(conditions, condition);
        }
        timestamp_format(rollout->now_ms, now);
        if (strcmp(json_text_at(condition, "status"), yes ? "True" : "False") != 0) {
                json_set_str(condition, "status", yes ? "True" : "False");
                json_set_str(condition, "lastTransitionTime", now);
                json_set_str(condition, "lastUpdateTime", now);
        }
        json_set_str(condition, "reason", reason);
        json_set_str(condition, "message", message);
}

static void set_conditions(struct rollout *rollout, const struct verdict *verdict) {
        bool healthy = strcmp(verdict->phase, "Healthy") == 0;
        bool paused = strcmp(verdict->phase, "Paused") == 0;
        bool aborted = json_is_true_at(rollout->status, "abort");
        bool completed = strcmp(json_text_at(rollout->status, "stableRS"), rollout->hash) == 0;
        bool available = rollout->stable && rollout->stable->available >= rollout->replicas;

        if (json_kind(json_get(rollout->status, "conditions")) != JSON_ARRAY)
                json_set(rollout->status, "conditions", json_new_array());
        set_condition(rollout, "Available", available, "AvailableReason",
                      available ? "Rollout has minimum availability"
                                : "Rollout does not have minimum availability");
        set_condition(rollout, "Progressing", !aborted,
                      aborted   ? "RolloutAborted"
                      : paused  ? "RolloutPaused"
                      : healthy ? "NewReplicaSetAvailable"
                                : "ReplicaSetUpdated",
                      verdict->message);
        set_condition(rollout, "Paused", paused, "RolloutPaused",
                      paused ? "Rollout is paused" : "Rollout is not paused");
        set_condition(rollout, "Healthy", healthy, healthy ? "RolloutHealthy" : "RolloutNotHealthy",
                      healthy ? "Rollout is healthy" : "Rollout is not healthy");
        set_condition(rollout, "Completed", completed,
                      completed ? "RolloutCompleted" : "RolloutNotCompleted",
                      completed ? "Rollout completed update"
                                : "Rollout not completed, started update");
}

/* What `kubectl scale` and a HorizontalPodAutoscaler select by. */
static const char *selector_text(const struct rollout *rollout, const char *hash) {
        const struct json *labels = json_get(json_get(rollout->spec, "selector"), "matchLabels");
        const char *text = "", *key;
        const struct json *value;
        void *cursor = NULL;

        while (json_next(labels, &cursor, &key, &value))
                text = arena_printf(rollout->arena, "%s%s%s=%s", text, *text ? "," : "", key,
                                    json_text_at(labels, key));
        if (*hash)
                text = arena_printf(rollout->arena, "%s%s" ROLLOUT_HASH_LABEL "=%s", text,
                                    *text ? "," : "", hash);
        return text;
}

static void set_counts(struct rollout *rollout) {
        const char *active =
                is_blue_green(rollout)
                        ? json_text_at(json_get(rollout->status, "blueGreen"), "activeSelector")
                        : "";
        int64_t total = sum(rollout, offsetof(struct replica_set, total));
        int64_t available = sum(rollout, offsetof(struct replica_set, available));
        int64_t for_autoscaler = total;

        for (size_t i = 0; *active && i < rollout->n_sets; i++)
                if (strcmp(rollout->sets[i].hash, active) == 0) {
                        available = rollout->sets[i].available;
                        for_autoscaler = rollout->sets[i].total;
                }
        json_set_int(rollout->status, "replicas", total);
        json_set_int(rollout->status, "updatedReplicas",
                     rollout->newest ? rollout->newest->total : 0);
        json_set_int(rollout->status, "readyReplicas",
                     sum(rollout, offsetof(struct replica_set, ready)));
        json_set_int(rollout->status, "availableReplicas", available);
        json_set_int(rollout->status, "HPAReplicas", for_autoscaler);
        json_set_str(rollout->status, "selector", selector_text(rollout, active));
}

/* The merge patch that makes one object of the other. */
static struct json *difference(const struct json *before, const struct json *after) {
        struct json *patch = json_new_object();
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(before, &cursor, &key, &value))
                if (value && !json_get(after, key))
                        json_set(patch, key, NULL);
        cursor = NULL;
        while (json_next(after, &cursor, &key, &value)) {
                const struct json *was = json_get(before, key);

                if (json_equal(was, value))
                        continue;
                if (json_kind(was) == JSON_OBJECT && json_kind(value) == JSON_OBJECT)
                        json_set(patch, key, difference(was, value));
                else
                        json_set(patch, key, json_clone(value));
        }
        return patch;
}

void rollout_status_write(struct rollout *rollout) {
        const struct kind *kind =
                kinds_find(rollout->writer->sim->kinds, "argoproj.io", "v1alpha1", "rollouts");
        int64_t generation = json_int_at(json_get(rollout->tree, "metadata"), "generation", 0);
        struct verdict verdict;
        struct json *patch;

        set_counts(rollout);
        verdict = verdict_of(rollout);
        json_set_str(rollout->status, "phase", verdict.phase);
        if (*verdict.message)
                json_set_str(rollout->status, "message", verdict.message);
        else
                json_remove(rollout->status, "message");
        json_set_str(rollout->status, "currentPodHash", rollout->hash);
        json_set_str(rollout->status, "observedGeneration",
                     arena_printf(rollout->arena, "%" PRId64, generation));
        set_conditions(rollout, &verdict);
        patch = json_new_object();
        json_set(patch, "status", difference(json_get(rollout->tree, "status"), rollout->status));
        if (json_length(json_get(patch, "status")) == 0)
                json_free(patch);
        else
                writer_patch(rollout->writer, kind, rollout->namespace_, rollout->name, PART_STATUS,
                             patch);
}
