#include "outcome.h"

#include <string.h>

#include "llc/api/llc.h"
#include "llc/api/resource.h"

static const char *controller_uid(const struct meta *meta) {
        const struct owner_reference *owner = meta_controller(meta);

        return owner ? owner->uid : NULL;
}

/* Longer than anything an API server gives out is the same as nothing. */
static void copy_text(char out[static OUTCOME_TEXT_MAX], const char *text) {
        if (text && strlen(text) < OUTCOME_TEXT_MAX)
                memcpy(out, text, strlen(text) + 1);
}

void outcome_read(struct bytes body, struct outcome *ret_outcome) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        JSON_CLEANUP struct json *tree = NULL;
        struct meta meta = { .name = NULL };
        struct err err;

        *ret_outcome = (struct outcome){ .resource_version = "" };
        if (json_parse(body, &JSON_LIMITS_OBJECT, &tree, &err) < 0 || !json_get(tree, "metadata") ||
            desc_decode_foreign(&meta_type, json_get(tree, "metadata"), &arena, &meta, &err) < 0)
                return;
        copy_text(ret_outcome->resource_version, meta.resource_version);
        copy_text(ret_outcome->controller_uid, controller_uid(&meta));
        copy_text(ret_outcome->name_label, meta_label(&meta, LABEL_NAME));
}

int outcome_rollout(struct bytes body, const struct err *answer, struct live_read *live,
                    struct err *err) {
        JSON_CLEANUP struct json *tree = NULL;
        struct rollout *rollout;

        if (answer && answer->code != ERR_NOT_FOUND && answer->code != ERR_NO_KIND) {
                *err = *answer;
                return err_wrap(err, "reading the Rollout");
        }
        if (answer) {
                live->rollout_state = answer->code == ERR_NOT_FOUND ? WORLD_ROLLOUT_MISSING
                                                                    : WORLD_ROLLOUT_NO_KIND;
                live->rollout_read = true;
                return 0;
        }
        rollout = ARENA_NEW(&live->arena, struct rollout);
        if (json_parse(body, &JSON_LIMITS_OBJECT, &tree, err) < 0 ||
            desc_decode_foreign(&rollout_type, tree, &live->arena, rollout, err) < 0)
                return err_wrap(err, "reading the Rollout");
        live->rollout = rollout;
        live->rollout_state = WORLD_ROLLOUT_FOUND;
        live->rollout_read = true;
        return 0;
}

int outcome_replicaset(struct bytes body, const struct err *answer, struct live_read *live,
                       struct err *err) {
        struct replicaset *replicaset;

        if (answer && answer->code != ERR_NOT_FOUND) {
                *err = *answer;
                return err_wrap(err, "reading the stable ReplicaSet");
        }
        if (answer) {
                live->template_state = WORLD_TEMPLATE_MISSING;
                live->replicaset_read = true;
                return 0;
        }
        json_freep(&live->tree);
        replicaset = ARENA_NEW(&live->arena, struct replicaset);
        if (json_parse(body, &JSON_LIMITS_OBJECT, &live->tree, err) < 0 ||
            desc_decode_foreign(&replicaset_type, live->tree, &live->arena, replicaset, err) < 0)
                return err_wrap(err, "reading the stable ReplicaSet");
        live->replicaset = replicaset;
        live->template_state = WORLD_TEMPLATE_FOUND;
        live->replicaset_read = true;
        return 0;
}
