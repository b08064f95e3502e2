#include "source.h"

#include <string.h>

#include "pod_template.h"
#include "replicas.h"

/* A missing ReplicaSet is not watched: look again. */
enum { TEMPLATE_RETRY_MS = 30000 };

enum { LABEL_VALUE_MAX = 63 };

bool source_rollout_stays(const struct world *world) {
        return world->rollout_state == WORLD_ROLLOUT_FOUND &&
               world->rollout->meta->deletion_timestamp == 0;
}

bool source_rollout_leaves(const struct world *world) {
        return world->rollout_state == WORLD_ROLLOUT_MISSING ||
               (world->rollout_state == WORLD_ROLLOUT_FOUND &&
                world->rollout->meta->deletion_timestamp != 0);
}

static bool is_alphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* It becomes a label and part of a name; Argo's hashes are letters and digits. */
static bool hash_is_sound(const char *hash) {
        size_t len = strlen(hash);

        if (len == 0 || len > LABEL_VALUE_MAX)
                return false;
        for (size_t i = 0; i < len; i++)
                if (!is_alphanumeric(hash[i]))
                        return false;
        return true;
}

const char *source_stable_hash(const struct world *world) {
        const char *hash;

        if (!source_rollout_stays(world) || !world->rollout->status)
                return NULL;
        hash = world->rollout->status->stable_rs;
        return hash && hash_is_sound(hash) ? hash : NULL;
}

static enum obstacle rollout_obstacle(const struct draft *draft) {
        if (draft->world->llc->meta->deletion_timestamp != 0)
                return OBSTACLE_TERMINATING;
        if (draft->world->llc_unreadable)
                return OBSTACLE_UNREADABLE;
        switch (draft->world->rollout_state) {
        case WORLD_ROLLOUT_UNKNOWN:
                return OBSTACLE_ROLLOUT_UNKNOWN;
        case WORLD_ROLLOUT_NO_KIND:
                return OBSTACLE_NO_KIND;
        case WORLD_ROLLOUT_MISSING:
                return OBSTACLE_ROLLOUT_MISSING;
        case WORLD_ROLLOUT_FOUND:
                break;
        }
        if (!source_rollout_stays(draft->world))
                return OBSTACLE_ROLLOUT_DELETING;
        if (draft->world->rollout_unreadable)
                return OBSTACLE_ROLLOUT_UNREADABLE;
        return draft->stable ? OBSTACLE_NONE : OBSTACLE_NO_STABLE;
}

static enum obstacle build_prototype(struct draft *draft, const struct pod_source *source) {
        struct err err;

        if (pod_template_build(source, &draft->prototype, &err) < 0) {
                draft->obstacle_detail = arena_strdup(draft->arena, err.msg);
                return OBSTACLE_INVALID_OVERRIDE;
        }
        if (pod_template_check_selector(source, draft->prototype, &err) < 0) {
                draft->obstacle_detail = arena_strdup(draft->arena, err.msg);
                return OBSTACLE_SELECTOR_MISMATCH;
        }
        return OBSTACLE_NONE;
}

static enum obstacle template_obstacle(struct draft *draft) {
        const struct world *world = draft->world;
        const struct pod_source source = {
                .llc = world->llc,
                .rollout = world->rollout,
                .replicaset = world->replicaset,
                .stable = draft->stable,
                .spec_hash = draft->spec_hash,
        };

        switch (world->template_state) {
        case WORLD_TEMPLATE_UNREAD:
                return OBSTACLE_TEMPLATE_UNREAD;
        case WORLD_TEMPLATE_MISSING:
                return OBSTACLE_TEMPLATE_MISSING;
        case WORLD_TEMPLATE_FOUND:
                break;
        }
        /* Stable has changed since it was read. */
        if (strcmp(world->replicaset->meta->name, draft->replicaset_name) != 0)
                return OBSTACLE_TEMPLATE_UNREAD;
        return pod_template_is_usable(&source) ? build_prototype(draft, &source)
                                               : OBSTACLE_TEMPLATE_MISSING;
}

void source_find(struct draft *draft) {
        draft->obstacle = rollout_obstacle(draft);
        if (draft->obstacle == OBSTACLE_NONE && replicas_need_template(draft)) {
                draft->replicaset_name =
                        arena_printf(draft->arena, "%s-%s", draft->world->rollout->meta->name,
                                     draft->stable);
                draft->obstacle = template_obstacle(draft);
        }
        if (draft->obstacle == OBSTACLE_ROLLOUT_UNKNOWN)
                draft->plan->read = PLAN_READ_ROLLOUT;
        if (draft->obstacle == OBSTACLE_TEMPLATE_UNREAD) {
                draft->plan->read = PLAN_READ_REPLICASET;
                draft->plan->replicaset_name = draft->replicaset_name;
        }
        if (draft->obstacle == OBSTACLE_TEMPLATE_MISSING)
                draft_look_again_at(draft, draft->world->now + TEMPLATE_RETRY_MS);
}
