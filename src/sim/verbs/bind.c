#include "verbs/bind.h"

#include "llc/base/timestamp.h"
#include "storage/storage.h"
#include "verbs/agenda.h"

static struct json *scheduled_condition(int64_t now_ms) {
        struct json *condition = json_new_object();
        char now[TIMESTAMP_SIZE];

        json_set_str(condition, "type", "PodScheduled");
        json_set_str(condition, "status", "True");
        json_set(condition, "lastProbeTime", NULL);
        json_set_str(condition, "lastTransitionTime", timestamp_format(now_ms, now));
        return condition;
}

int verb_bind(struct sim *sim, const char *namespace_, const char *name, const char *node,
              struct refusal *refusal) {
        const struct kind *pods = kinds_find(sim->kinds, "", "v1", "pods");
        struct record *record = collection_get(pods->objects, namespace_, name);
        JSON_CLEANUP struct json *tree = record ? record_tree(record) : NULL;
        struct json *conditions;
        const char *held;

        if (!tree)
                return refuse_not_found(refusal, pods, name);
        held = json_text_at(json_get(tree, "spec"), "nodeName");
        if (record->deleting)
                return refuse_conflict(refusal, pods, name,
                                       "pod %s is being deleted, cannot be assigned to a host",
                                       name);
        if (*held)
                return refuse_conflict(refusal, pods, name,
                                       "pod %s is already assigned to node \"%s\"", name, held);
        json_set_str(json_object_at(tree, "spec"), "nodeName", node);
        conditions = json_new_array();
        json_append(conditions, scheduled_condition(agenda_now_ms(sim->agenda)));
        json_set(json_object_at(tree, "status"), "conditions", conditions);
        storage_put(sim->storage, pods->objects, tree);
        return 0;
}
