#include <string.h>

#include "actors/rollout.h"
#include "storage/storage.h"

#define ANNOTATION_MANAGED "argo-rollouts.argoproj.io/managed-by-rollouts"

static const struct kind *services_kind(const struct writer *writer) {
        return kinds_find(writer->sim->kinds, "", "v1", "services");
}

/* A JSON null in a merge patch takes a member away. */
static struct json *text_or_null(const char *text) {
        return *text ? json_new_string(bytes_of(text)) : NULL;
}

static bool service_point(const struct writer *writer, const char *namespace_, const char *name,
                          const char *owner, const char *hash) {
        const struct kind *kind = services_kind(writer);
        struct record *record = *name ? collection_get(kind->objects, namespace_, name) : NULL;
        JSON_CLEANUP struct json *tree = record ? record_tree(record) : NULL;
        const struct json *selector = json_get(json_get(tree, "spec"), "selector");
        struct json *patch;

        if (!tree || strcmp(json_text_at(selector, ROLLOUT_HASH_LABEL), hash) == 0)
                return false;
        patch = json_new_object();
        json_set(json_object_at(json_object_at(patch, "spec"), "selector"), ROLLOUT_HASH_LABEL,
                 text_or_null(hash));
        json_set(json_object_at(json_object_at(patch, "metadata"), "annotations"),
                 ANNOTATION_MANAGED, text_or_null(owner));
        writer_patch(writer, kind, namespace_, name, PART_OBJECT, patch);
        return true;
}

void rollout_service_point(struct rollout *rollout, const char *name, const char *hash) {
        rollout->changed |= service_point(rollout->writer, rollout->namespace_, name,
                                          *hash ? rollout->name : "", hash);
}

void rollout_services_release(const struct writer *writer, const char *namespace_,
                              const struct json *rollout) {
        static const char *const members[] = { "activeService", "previewService", "stableService",
                                               "canaryService" };
        const struct json *strategy = json_get(json_get(rollout, "spec"), "strategy");

        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
                service_point(writer, namespace_,
                              json_text_at(json_get(strategy, "blueGreen"), members[i]), "", "");
                service_point(writer, namespace_,
                              json_text_at(json_get(strategy, "canary"), members[i]), "", "");
        }
}
