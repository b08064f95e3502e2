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

bool source_rollout_is_over(const struct world *world) {
        return source_rollout_leaves(world) ||
               (source_rollout_stays(world) && world->rollout->replicas == 0);
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

        if (!source_rollout_stays(world))
                return NULL;
        hash = world->rollout->stable_rs;
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

static struct pod_source pod_source_of(const struct draft *draft) {
        return (struct pod_source){
                .llc = draft->world->llc,
                .rollout = draft->world->rollout,
                .replicaset = draft->world->replicaset,
                .stable = draft->stable,
                .spec_hash = draft->spec_hash,
        };
}

/* Asks for the stable ReplicaSet when it was not read in this pass. */
static enum obstacle find_replicaset(struct draft *draft) {
        const struct world *world = draft->world;
        const struct pod_source source = pod_source_of(draft);

        if (!draft->replicaset_name)
                draft->replicaset_name = arena_printf(draft->arena, "%s-%s",
                                                      world->rollout->meta->name, draft->stable);
        if (world->template_state == WORLD_TEMPLATE_MISSING)
                return OBSTACLE_TEMPLATE_MISSING;
        /* Stable may have changed since it was read. */
        if (world->template_state == WORLD_TEMPLATE_FOUND &&
            strcmp(world->replicaset->meta->name, draft->replicaset_name) == 0)
                return pod_template_is_usable(&source) ? OBSTACLE_NONE : OBSTACLE_TEMPLATE_MISSING;
        draft->plan->read = PLAN_READ_REPLICASET;
        draft->plan->replicaset_name = draft->replicaset_name;
        return OBSTACLE_TEMPLATE_UNREAD;
}

static enum obstacle build_prototype(struct draft *draft) {
        const struct pod_source source = pod_source_of(draft);
        struct err err;

        if (pod_template_build(&source, &draft->prototype, &err) < 0) {
                draft->obstacle_detail = arena_strdup(draft->arena, err.msg);
                return OBSTACLE_INVALID_OVERRIDE;
        }
        if (pod_template_check_selector(&source, draft->prototype, &err) < 0) {
                draft->obstacle_detail = arena_strdup(draft->arena, err.msg);
                return OBSTACLE_SELECTOR_MISMATCH;
        }
        if (draft->stance != STANCE_FOLLOW &&
            pod_template_hold(draft->prototype, draft->arena, &err) < 0) {
                draft->obstacle_detail = arena_strdup(draft->arena, err.msg);
                return OBSTACLE_INVALID_OVERRIDE;
        }
        return OBSTACLE_NONE;
}

void source_find(struct draft *draft) {
        draft->obstacle = rollout_obstacle(draft);
        if (draft->obstacle == OBSTACLE_ROLLOUT_UNKNOWN)
                draft->plan->read = PLAN_READ_ROLLOUT;
}

bool source_stable_ready(struct draft *draft, int64_t *ret_ready) {
        const struct replicaset_status *status;
        enum obstacle obstacle = find_replicaset(draft);

        if (obstacle == OBSTACLE_TEMPLATE_UNREAD)
                return false;
        status = obstacle == OBSTACLE_NONE ? draft->world->replicaset->status : NULL;
        *ret_ready = status ? status->ready_replicas : 0;
        return true;
}

bool source_makes_pods(const struct draft *draft) {
        return draft->obstacle == OBSTACLE_NONE && replicas_need_template(draft);
}

void source_build(struct draft *draft) {
        if (!source_makes_pods(draft))
                return;
        draft->obstacle = find_replicaset(draft);
        if (draft->obstacle == OBSTACLE_TEMPLATE_MISSING)
                draft_look_again_at(draft, draft->world->now + TEMPLATE_RETRY_MS);
        if (draft->obstacle == OBSTACLE_NONE)
                draft->obstacle = build_prototype(draft);
}
