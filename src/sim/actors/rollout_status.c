#include <inttypes.h>
#include <string.h>

#include "actors/rollout.h"
#include "kinds/selector_text.h"
#include "llc/base/timestamp.h"

enum { TEXT_MAX = 64 * 1024 };

struct verdict {
        const char *phase, *message;
};

static int64_t sum(const struct rollout *rollout, size_t offset) {
        int64_t total = 0;

        for (size_t i = 0; i < rollout->n_sets; i++)
                total += *(const int64_t *)((const char *)&rollout->sets[i] + offset);
        return total;
}

static const char *active_hash(const struct rollout *rollout) {
        return json_text_at(json_get(rollout->status, "blueGreen"), "activeSelector");
}

static const char *aborted_message(const struct rollout *rollout) {
        return arena_printf(rollout->arena, "Rollout aborted update to revision %" PRId64,
                            rollout->revision);
}

/* What is left to do until the new version is all there is (rolloututil.CalculateRolloutPhase). */
static const char *what_is_left(const struct rollout *rollout) {
        const struct json *status = rollout->status;
        int64_t updated = json_int_at(status, "updatedReplicas", 0);

        if (updated < rollout->replicas)
                return "more replicas need to be updated";
        if (json_int_at(status, "availableReplicas", 0) < updated)
                return "updated replicas are still becoming available";
        if (rollout->is_blue_green && strcmp(active_hash(rollout), rollout->hash) != 0)
                return "active service cutover pending";
        if (!rollout->is_blue_green && !json_get(rollout->strategy, "trafficRouting") &&
            json_int_at(status, "replicas", 0) > updated)
                return "old replicas are pending termination";
        if (strcmp(json_text_at(status, "stableRS"), rollout->hash) != 0)
                return rollout->is_blue_green
                               ? "waiting for post-promotion verification to complete"
                               : "waiting for all steps to complete";
        return NULL;
}

static struct verdict verdict_of(const struct rollout *rollout) {
        const struct json *pauses = json_get(rollout->status, "pauseConditions");
        const char *left = what_is_left(rollout);

        if (rollout_is_aborted(rollout))
                return (struct verdict){ "Degraded",
                                         arena_printf(rollout->arena, "RolloutAborted: %s",
                                                      aborted_message(rollout)) };
        if (json_is_true_at(rollout->spec, "paused"))
                return (struct verdict){ "Paused", "manually paused" };
        if (json_length(pauses) > 0)
                return (struct verdict){ "Paused",
                                         arena_strdup(rollout->arena,
                                                      json_text_at(json_at(pauses, 0), "reason")) };
        return left ? (struct verdict){ "Progressing", left } : (struct verdict){ "Healthy", "" };
}

/* --- conditions ------------------------------------------------------------------------------- */

static struct json *condition_of(const struct rollout *rollout, const char *type) {
        struct json *conditions = json_get_mut(rollout->status, "conditions");

        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), type) == 0)
                        return json_at_mut(conditions, i);
        return NULL;
}

static void set_condition(struct rollout *rollout, const char *type, const char *status,
                          const char *reason, const char *message) {
        struct json *condition = condition_of(rollout, type);
        char now[TIMESTAMP_SIZE];

        if (!condition) {
                if (json_kind(json_get(rollout->status, "conditions")) != JSON_ARRAY)
                        json_set(rollout->status, "conditions", json_new_array());
                condition = json_new_object();
                json_set_str(condition, "type", type);
                json_append(json_get_mut(rollout->status, "conditions"), condition);
        }
        timestamp_format(rollout->now_ms, now);
        if (strcmp(json_text_at(condition, "status"), status) != 0) {
                json_set_str(condition, "status", status);
                json_set_str(condition, "lastTransitionTime", now);
        } else if (strcmp(json_text_at(condition, "reason"), reason) == 0 &&
                   strcmp(json_text_at(condition, "message"), message) == 0) {
                return;
        }
        json_set_str(condition, "lastUpdateTime", now);
        json_set_str(condition, "reason", reason);
        json_set_str(condition, "message", message);
}

static void drop_condition(struct rollout *rollout, const char *type) {
        struct json *conditions = json_get_mut(rollout->status, "conditions");

        for (size_t i = json_length(conditions); i > 0; i--)
                if (strcmp(json_text_at(json_at(conditions, i - 1), "type"), type) == 0)
                        json_remove_at(conditions, i - 1);
}

static void set_progressing(struct rollout *rollout, bool healthy, bool paused) {
        const char *set = rollout->newest ? rollout->newest->name : "";

        if (rollout_is_aborted(rollout))
                set_condition(rollout, "Progressing", "False", "RolloutAborted",
                              aborted_message(rollout));
        else if (healthy)
                set_condition(rollout, "Progressing", "True", "NewReplicaSetAvailable",
                              arena_printf(rollout->arena,
                                           "ReplicaSet \"%s\" has successfully progressed.", set));
        else if (paused)
                set_condition(rollout, "Progressing", "Unknown", "RolloutPaused",
                              "Rollout is paused");
        else
                set_condition(rollout, "Progressing", "True", "ReplicaSetUpdated",
                              arena_printf(rollout->arena, "ReplicaSet \"%s\" is progressing.",
                                           set));
}

static bool is_available(const struct rollout *rollout) {
        const char *active = active_hash(rollout);

        if (!rollout->is_blue_green)
                return sum(rollout, offsetof(struct replica_set, available)) >= rollout->replicas;
        for (size_t i = 0; i < rollout->n_sets; i++)
                if (*active && strcmp(rollout->sets[i].hash, active) == 0)
                        return rollout->sets[i].replicas == rollout->replicas &&
                               rollout->sets[i].available == rollout->replicas;
        return false;
}

static void set_conditions(struct rollout *rollout, const struct verdict *verdict) {
        bool paused = json_is_true_at(rollout->spec, "paused") ||
                      json_length(json_get(rollout->status, "pauseConditions")) > 0;
        bool healthy = strcmp(verdict->phase, "Healthy") == 0;
        bool completed = strcmp(json_text_at(rollout->status, "stableRS"), rollout->hash) == 0;
        bool available = is_available(rollout);

        drop_condition(rollout, "InvalidSpec");
        set_condition(rollout, "Available", available ? "True" : "False", "AvailableReason",
                      available ? "Rollout has minimum availability"
                                : "Rollout does not have minimum availability");
        set_progressing(rollout, healthy, paused && !completed);
        if (paused || condition_of(rollout, "Paused"))
                set_condition(rollout, "Paused", paused ? "True" : "False", "RolloutPaused",
                              "Rollout is paused");
        if (healthy || condition_of(rollout, "Healthy"))
                set_condition(rollout, "Healthy", healthy ? "True" : "False", "RolloutHealthy",
                              healthy ? "Rollout is healthy" : "Rollout is not healthy");
        set_condition(rollout, "Completed", completed ? "True" : "False", "RolloutCompleted",
                      "RolloutCompleted");
}

/* --- counts ----------------------------------------------------------------------------------- */

static void set_or_drop(struct rollout *rollout, const char *key, int64_t number) {
        if (number != 0)
                json_set_int(rollout->status, key, number);
        else
                json_remove(rollout->status, key);
}

/* What `kubectl scale` and a HorizontalPodAutoscaler select by. */
static const char *selector_text(const struct rollout *rollout, const char *hash) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(TEXT_MAX);
        JSON_CLEANUP struct json *selector = json_clone(rollout->selector);

        if (*hash)
                json_set_str(json_object_at(selector, "matchLabels"), ROLLOUT_HASH_LABEL, hash);
        selector_text_write(selector, &text);
        return arena_copy(rollout->arena, strbuf_bytes(&text));
}

static void set_counts(struct rollout *rollout) {
        const char *active = rollout->is_blue_green ? active_hash(rollout) : "";
        int64_t total = sum(rollout, offsetof(struct replica_set, total));
        struct replica_set counted = {
                .hash = "",
                .total = total,
                .available = sum(rollout, offsetof(struct replica_set, available)),
                .ready = sum(rollout, offsetof(struct replica_set, ready)),
        };

        for (size_t i = 0; *active && i < rollout->n_sets; i++)
                if (strcmp(rollout->sets[i].hash, active) == 0)
                        counted = rollout->sets[i];
        set_or_drop(rollout, "replicas", total);
        set_or_drop(rollout, "updatedReplicas", rollout->newest ? rollout->newest->total : 0);
        set_or_drop(rollout, "readyReplicas", counted.ready);
        set_or_drop(rollout, "availableReplicas", counted.available);
        set_or_drop(rollout, "HPAReplicas", counted.total);
        json_set_str(rollout->status, "selector", selector_text(rollout, counted.hash));
}

/* --- writing ---------------------------------------------------------------------------------- */

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

static void set_phase(struct rollout *rollout, const char *phase, const char *message) {
        json_set_str(rollout->status, "phase", phase);
        if (*message)
                json_set_str(rollout->status, "message", message);
        else
                json_remove(rollout->status, "message");
        json_set_str(rollout->status, "observedGeneration",
                     arena_printf(rollout->arena, "%" PRId64,
                                  json_int_at(json_get(rollout->tree, "metadata"), "generation",
                                              0)));
}

static void write_difference(struct rollout *rollout) {
        const struct kind *kind =
                kinds_find(rollout->writer->sim->kinds, "argoproj.io", "v1alpha1", "rollouts");
        struct json *patch = json_new_object();

        json_set(patch, "status", difference(json_get(rollout->tree, "status"), rollout->status));
        if (json_length(json_get(patch, "status")) == 0)
                json_free(patch);
        else
                rollout_wrote(rollout, writer_patch(rollout->writer, kind, rollout->namespace_,
                                                    rollout->name, PART_STATUS, patch));
}

void rollout_status_write(struct rollout *rollout) {
        struct verdict verdict;

        set_counts(rollout);
        json_set_str(rollout->status, "currentPodHash", rollout->hash);
        if (!rollout->is_blue_green)
                json_set_str(rollout->status, "currentStepHash", rollout_step_hash(rollout));
        if (rollout->workload)
                json_set_str(rollout->status, "workloadObservedGeneration",
                             arena_printf(rollout->arena, "%" PRId64,
                                          json_int_at(json_get(rollout->workload, "metadata"),
                                                      "generation", 0)));
        verdict = verdict_of(rollout);
        set_conditions(rollout, &verdict);
        set_phase(rollout, verdict.phase, verdict.message);
        write_difference(rollout);
}

void rollout_status_write_invalid(struct rollout *rollout, const char *why) {
        set_condition(rollout, "InvalidSpec", "True", "InvalidSpec", why);
        set_phase(rollout, "Degraded", arena_printf(rollout->arena, "InvalidSpec: %s", why));
        write_difference(rollout);
}
