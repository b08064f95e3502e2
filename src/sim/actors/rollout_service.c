#include <string.h>

#include "actors/rollout.h"
#include "kinds/metadata.h"
#include "storage/storage.h"

#define ANNOTATION_MANAGED "argo-rollouts.argoproj.io/managed-by-rollouts"

static const struct kind *services_kind(const struct writer *writer) {
        return kinds_find(writer->sim->kinds, "", "v1", "services");
}

static struct json *service_tree(const struct writer *writer, const char *namespace_,
                                 const char *name) {
        struct record *record =
                *name ? collection_get(services_kind(writer)->objects, namespace_, name) : NULL;

        return record ? record_tree(record) : NULL;
}

static const char *hash_of(const struct json *service) {
        return json_text_at(json_get(json_get(service, "spec"), "selector"), ROLLOUT_HASH_LABEL);
}

static const char *manager_of(const struct json *service) {
        return json_text_at(json_get(json_get(service, "metadata"), "annotations"),
                            ANNOTATION_MANAGED);
}

const char *rollout_service_hash(const struct rollout *rollout, const char *name) {
        JSON_CLEANUP struct json *tree = service_tree(rollout->writer, rollout->namespace_, name);

        return arena_strdup(rollout->arena, hash_of(tree));
}

bool rollout_service_is_managed(const struct rollout *rollout, const char *name) {
        JSON_CLEANUP struct json *tree = service_tree(rollout->writer, rollout->namespace_, name);

        return *manager_of(tree) != '\0';
}

/* A JSON null in a merge patch takes a member away. */
static int point(const struct writer *writer, const char *namespace_, const char *name,
                 const char *hash, const char *manager) {
        struct json *patch = json_new_object();

        json_set(json_object_at(json_object_at(patch, "spec"), "selector"), ROLLOUT_HASH_LABEL,
                 hash ? json_new_string(bytes_of(hash)) : NULL);
        json_set(json_object_at(json_object_at(patch, "metadata"), "annotations"),
                 ANNOTATION_MANAGED, manager ? json_new_string(bytes_of(manager)) : NULL);
        return writer_patch(writer, services_kind(writer), namespace_, name, PART_OBJECT, patch);
}

void rollout_service_point(struct rollout *rollout, const char *name, const char *hash) {
        JSON_CLEANUP struct json *tree = service_tree(rollout->writer, rollout->namespace_, name);

        if (!tree || (strcmp(hash_of(tree), hash) == 0 && *manager_of(tree)))
                return;
        rollout_wrote(rollout,
                      point(rollout->writer, rollout->namespace_, name, hash, rollout->name));
}

void rollout_services_release(const struct writer *writer, const char *namespace_,
                              const struct json *rollout) {
        static const char *const members[] = { "activeService", "previewService", "stableService",
                                               "canaryService" };
        const struct json *strategy = json_get(json_get(rollout, "spec"), "strategy");
        const char *owner = metadata_name(rollout);

        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
                const char *blue_green = json_text_at(json_get(strategy, "blueGreen"), members[i]);
                const char *name = *blue_green
                                           ? blue_green
                                           : json_text_at(json_get(strategy, "canary"), members[i]);
                JSON_CLEANUP struct json *tree = service_tree(writer, namespace_, name);

                if (tree && strcmp(manager_of(tree), owner) == 0)
                        (void)point(writer, namespace_, name, NULL, NULL);
        }
}
