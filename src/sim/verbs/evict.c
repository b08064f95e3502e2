/*
 * An eviction is a deletion that a PodDisruptionBudget may refuse. What it allows is taken off its
 * status at once, so that evictions in a row do not each count on the same pod.
 */
#include <stdlib.h>
#include <string.h>

#include "llc/base/timestamp.h"
#include "storage/selector.h"
#include "verbs/agenda.h"
#include "verbs/delete.h"
#include "verbs/verbs.h"

enum {
        HTTP_TOO_MANY = 429,
        HTTP_INTERNAL = 500,
        RETRY_S = 10,
        DISRUPTED_MAX = 2000,
};

static const struct write_options STATUS = { .manager = "", .part = PART_STATUS };
static const struct write_options STATUS_DRY = { .manager = "",
                                                 .part = PART_STATUS,
                                                 .dry_run = true };

static struct json *condition_at(struct json *status, const char *type) {
        struct json *conditions = json_get_mut(status, "conditions");

        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), type) == 0)
                        return json_at_mut(conditions, i);
        if (!conditions) {
                conditions = json_new_array();
                json_set(status, "conditions", conditions);
        }
        json_append(conditions, json_new_object());
        return json_at_mut(conditions, json_length(conditions) - 1);
}

static void set_condition(struct json *status, const char *type, const char *value,
                          const char *reason, const char *message, int64_t now_ms) {
        struct json *condition = condition_at(status, type);
        char now[TIMESTAMP_SIZE];

        json_set_str(condition, "type", type);
        if (strcmp(json_text_at(condition, "status"), value) != 0)
                json_set_str(condition, "lastTransitionTime", timestamp_format(now_ms, now));
        json_set_str(condition, "status", value);
        json_set_str(condition, "reason", reason);
        json_set_str(condition, "message", message);
}

/* Writes a status; nothing of it is of interest but a refusal. */
static int write_status(struct sim *sim, const struct kind *kind, struct record *record,
                        struct json *tree, bool dry_run, struct refusal *refusal) {
        struct written written;
        int r;

        record_ref(record);
        r = verb_update(sim, kind, record->namespace_, record->name, tree,
                        dry_run ? &STATUS_DRY : &STATUS, &written, refusal);
        record_unref(record);
        if (r == 0)
                record_unref(written.record);
        return r;
}

struct search {
        struct arena *arena;
        const struct record *pod;
        struct record *budget; /* the last found */
        size_t n;
};

static bool search_budget(void *ctx, struct record *record) {
        struct search *search = ctx;
        struct json *tree JSON_CLEANUP = record_tree(record);
        const struct selector *selector;
        struct err err;

        if (selector_of_json(json_get(json_get(tree, "spec"), "selector"), search->arena, &selector,
                             &err) < 0 ||
            !selector_matches(selector, search->pod->labels))
                return true;
        search->budget = record;
        search->n++;
        return true;
}

static int refuse_disruption(struct refusal *refusal, int retry_after_s, const char *why) {
        refuse(refusal, HTTP_TOO_MANY, "TooManyRequests",
               "Cannot evict pod as it would violate the pod's disruption budget.");
        refusal->retry_after_s = retry_after_s;
        refusal_cause(refusal, "DisruptionBudget", why, "");
        return -1;
}

static int refuse_budget(struct refusal *refusal, const struct record *budget, const char *why) {
        static const struct kind NAMED = { .group = "policy", .plural = "poddisruptionbudget" };

        return refuse_forbidden(refusal, &NAMED, budget->name, "%s", why);
}

static int take_disruption(struct sim *sim, const struct kind *kind, struct record *budget,
                           const char *pod, bool dry_run, struct refusal *refusal) {
        struct json *tree = record_tree(budget);
        struct json *status = json_object_at(tree, "status");
        int64_t allowed = json_int_at(status, "disruptionsAllowed", 0);
        const char *why = NULL;
        char now[TIMESTAMP_SIZE];
        int64_t now_ms = agenda_now_ms(sim->agenda);

        if (json_int_at(status, "observedGeneration", 0) <
            json_int_at(json_get(tree, "metadata"), "generation", 0)) {
                refuse_disruption(refusal, RETRY_S,
                                  arena_printf(refusal->arena,
                                               "The disruption budget %s is still being processed "
                                               "by the server.",
                                               budget->name));
                goto refused;
        }
        if (allowed < 0)
                why = "pdb disruptions allowed is negative";
        else if (json_length(json_get(status, "disruptedPods")) > DISRUPTED_MAX)
                why = "DisruptedPods map too big - too many evictions not confirmed by PDB "
                      "controller";
        if (why) {
                refuse_budget(refusal, budget, why);
                goto refused;
        }
        if (allowed == 0) {
                refuse_disruption(
                        refusal, 0,
                        arena_printf(
                                refusal->arena,
                                "The disruption budget %s needs %lld healthy pods and has %lld "
                                "currently",
                                budget->name, (long long)json_int_at(status, "desiredHealthy", 0),
                                (long long)json_int_at(status, "currentHealthy", 0)));
                goto refused;
        }
        json_set_int(status, "disruptionsAllowed", allowed - 1);
        json_set_str(json_object_at(status, "disruptedPods"), pod, timestamp_format(now_ms, now));
        if (allowed == 1)
                set_condition(status, "DisruptionAllowed", "False", "InsufficientPods", "", now_ms);
        return write_status(sim, kind, budget, tree, dry_run, refusal);
refused:
        json_free(tree);
        return -1;
}

static bool is_ready(const struct json *pod) {
        const struct json *conditions = json_get(json_get(pod, "status"), "conditions");

        for (size_t i = 0; i < json_length(conditions); i++)
                if (strcmp(json_text_at(json_at(conditions, i), "type"), "Ready") == 0)
                        return strcmp(json_text_at(json_at(conditions, i), "status"), "True") == 0;
        return false;
}

/* A pod that is not ready is no loss where the budget says so, or holds without it. */
static bool spares_unready(const struct record *budget) {
        struct json *tree JSON_CLEANUP = record_tree(budget);
        const struct json *status = json_get(tree, "status");
        int64_t desired = json_int_at(status, "desiredHealthy", 0);

        if (strcmp(json_text_at(json_get(tree, "spec"), "unhealthyPodEvictionPolicy"),
                   "AlwaysAllow") == 0)
                return true;
        return desired > 0 && json_int_at(status, "currentHealthy", 0) >= desired;
}

/* Do the budgets let the pod go? */
static int ask_budgets(struct sim *sim, const struct record *record, const struct json *pod,
                       bool dry_run, struct refusal *refusal) {
        const struct kind *budgets = kinds_find(sim->kinds, "policy", "v1", "poddisruptionbudgets");
        const char *phase = json_text_at(json_get(pod, "status"), "phase");
        struct search search = { .arena = refusal->arena, .pod = record };

        if (record->deleting || strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0 ||
            strcmp(phase, "Pending") == 0)
                return 0;
        collection_walk(budgets->objects, record->namespace_, "", "", search_budget, &search);
        if (search.n > 1)
                return refuse(refusal, HTTP_INTERNAL, "",
                              "This pod has more than one PodDisruptionBudget, which the eviction "
                              "subresource does not support.");
        if (search.n == 0 || (!is_ready(pod) && spares_unready(search.budget)))
                return 0;
        return take_disruption(sim, budgets, search.budget, record->name, dry_run, refusal);
}

static int evict(struct sim *sim, const struct kind *pods, struct record *record,
                 const struct delete_options *options, struct refusal *refusal) {
        struct delete_options asked = *options;
        struct json *tree = record_tree(record);
        struct record *last;
        bool gone;

        if (ask_budgets(sim, record, tree, options->dry_run, refusal) < 0 ||
            delete_check_preconditions(pods, record, options, refusal) < 0) {
                json_free(tree);
                return -1;
        }
        set_condition(json_object_at(tree, "status"), "DisruptionTarget", "True",
                      "EvictionByEvictionAPI", "Eviction API: evicting",
                      agenda_now_ms(sim->agenda));
        /* The state that the preconditions spoke of is not the one that is deleted. */
        asked.resource_version = NULL;
        if (write_status(sim, pods, record, tree, options->dry_run, refusal) < 0 ||
            verb_delete(sim, pods, record->namespace_, record->name, &asked, &last, &gone,
                        refusal) < 0)
                return -1;
        record_unref(last);
        return 0;
}

int verb_evict(struct sim *sim, const char *namespace_, const char *name,
               const struct delete_options *options, struct refusal *refusal) {
        const struct kind *pods = kinds_find(sim->kinds, "", "v1", "pods");
        struct record *record = collection_get(pods->objects, namespace_, name);
        int r;

        if (!record)
                return refuse_not_found(refusal, pods, name);
        record_ref(record);
        r = evict(sim, pods, record, options, refusal);
        record_unref(record);
        return r;
}
