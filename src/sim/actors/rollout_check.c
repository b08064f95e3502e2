#include <string.h>

#include "actors/rollout.h"
#include "storage/storage.h"

#define ANNOTATION_MANAGED "argo-rollouts.argoproj.io/managed-by-rollouts"

static const char *invalid(struct rollout *rollout, const char *field, const char *value,
                           const char *why) {
        return arena_printf(rollout->arena,
                            "The Rollout \"%s\" is invalid: %s: Invalid value: %s: %s",
                            rollout->name, field, value, why);
}

static const char *check_selector(struct rollout *rollout, const char *name,
                                  const struct json *service) {
        const struct json *selector = json_get(json_get(service, "spec"), "selector"), *value;
        const struct json *labels = json_get(json_get(rollout->template_, "metadata"), "labels");
        const char *manager = json_text_at(json_get(json_get(service, "metadata"), "annotations"),
                                           ANNOTATION_MANAGED);
        void *cursor = NULL;
        const char *key;

        while (json_next(selector, &cursor, &key, &value))
                if (strcmp(key, ROLLOUT_HASH_LABEL) != 0 &&
                    !json_equal(json_get(labels, key), value))
                        return arena_printf(rollout->arena,
                                            "Service \"%s\" has unmatch label \"%s\" in rollout",
                                            name, key);
        if (*manager && strcmp(manager, rollout->name) != 0)
                return arena_printf(rollout->arena, "Service \"%s\" is managed by another Rollout",
                                    name);
        return NULL;
}

static const char *check_service(struct rollout *rollout, const char *member) {
        const struct kind *kind = kinds_find(rollout->writer->sim->kinds, "", "v1", "services");
        const char *name = arena_strdup(rollout->arena, json_text_at(rollout->strategy, member));
        struct record *record = collection_get(kind->objects, rollout->namespace_, name);
        JSON_CLEANUP struct json *service = record ? record_tree(record) : NULL;
        const char *why;

        if (!*name)
                return NULL;
        why = service ? check_selector(rollout, name, service)
                      : arena_printf(rollout->arena, "service \"%s\" not found", name);
        return why ? invalid(rollout,
                             arena_printf(rollout->arena, "spec.strategy.%s.%s",
                                          rollout->is_blue_green ? "blueGreen" : "canary", member),
                             arena_printf(rollout->arena, "\"%s\"", name), why)
                   : NULL;
}

static const char *check_workload(struct rollout *rollout) {
        const struct json *reference = json_get(rollout->spec, "workloadRef");
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(4096);
        const char *kind = json_text_at(reference, "kind"), *why;

        if (!reference || rollout->workload)
                return NULL;
        json_write(reference, &text);
        if (strcmp(kind, "Deployment") == 0)
                why = arena_printf(rollout->arena, "deployments.apps \"%s\" not found",
                                   json_text_at(reference, "name"));
        else
                why = arena_printf(rollout->arena, "workload of type %s is not supported here",
                                   kind);
        return invalid(rollout, "spec.workloadRef", strbuf_str(&text), why);
}

static const char *missing(struct rollout *rollout, const char *field, const char *what) {
        return arena_printf(
                rollout->arena,
                "The Rollout \"%s\" is invalid: %s: Required value: Rollout has missing "
                "field '%s'",
                rollout->name, field, what);
}

/* What the ReplicaSet would be refused for. */
static const char *check_template(struct rollout *rollout) {
        const struct kind *kind =
                kinds_find(rollout->writer->sim->kinds, "apps", "v1", "replicasets");
        JSON_CLEANUP struct json *set = rollout_set_tree(rollout, 1);
        struct json *spec = json_get_mut(set, "spec");
        struct field_errors errors = { .arena = rollout->arena };
        struct err err;

        json_remove(json_object_at(json_get_mut(json_get_mut(spec, "template"), "metadata"),
                                   "labels"),
                    ROLLOUT_HASH_LABEL);
        json_remove(json_object_at(json_get_mut(spec, "selector"), "matchLabels"),
                    ROLLOUT_HASH_LABEL);
        schema_prune(kind->schema, set, NULL);
        if (kind_complete(kind, set, NULL, PART_OBJECT, rollout->now_ms, &err) < 0)
                return arena_printf(rollout->arena,
                                    "The Rollout \"%s\" is invalid: spec.template: %s",
                                    rollout->name, err.msg);
        schema_validate(kind->schema, set, NULL, &errors);
        if (kind->hooks && kind->hooks->validate)
                kind->hooks->validate(kind, set, NULL, PART_OBJECT, &errors);
        return errors.n == 0 ? NULL
                             : arena_printf(rollout->arena, "The Rollout \"%s\" is invalid: %s: %s",
                                            rollout->name, errors.items[0].field,
                                            errors.items[0].message);
}

const char *rollout_check(struct rollout *rollout) {
        static const char *const members[] = { "activeService", "previewService", "stableService",
                                               "canaryService" };
        const char *why = check_workload(rollout);

        if (!why && !rollout->selector)
                why = missing(rollout, "spec.selector", ".spec.selector");
        if (!why && !rollout->newest)
                why = check_template(rollout);
        if (!why && !rollout->strategy)
                why = missing(rollout, "spec.strategy.strategy",
                              ".spec.strategy.canary or .spec.strategy.blueGreen");
        for (size_t i = 0; !why && i < sizeof(members) / sizeof(members[0]); i++)
                why = check_service(rollout, members[i]);
        return why;
}
