#include "llc/api/pod.h"

#include <string.h>

#include "table.h"

static const struct field pod_condition_fields[] = {
        ROW_STR(pod_condition, type, "type", .flags = FIELD_REQUIRED),
        ROW_STR(pod_condition, status, "status", .flags = FIELD_REQUIRED),
        ROW_TIME(pod_condition, last_transition_time, "lastTransitionTime"),
};

static const struct type pod_condition_type = TABLE_TYPE(pod_condition, pod_condition_fields);

static const struct field pod_waiting_fields[] = {
        ROW_STR(pod_waiting, reason, "reason"),
        ROW_STR(pod_waiting, message, "message"),
};

static const struct type pod_waiting_type = TABLE_TYPE(pod_waiting, pod_waiting_fields);

static const struct field pod_container_state_fields[] = {
        ROW_OBJ(pod_container_state, waiting, "waiting", pod_waiting),
};

static const struct type pod_container_state_type =
        TABLE_TYPE(pod_container_state, pod_container_state_fields);

static const struct field pod_container_status_fields[] = {
        ROW_STR(pod_container_status, name, "name", .flags = FIELD_REQUIRED),
        ROW_INT(pod_container_status, restart_count, "restartCount"),
        ROW_OBJ(pod_container_status, state, "state", pod_container_state),
};

static const struct type pod_container_status_type =
        TABLE_TYPE(pod_container_status, pod_container_status_fields);

static const struct field pod_status_fields[] = {
        ROW_STR(pod_status, phase, "phase"),
        ROW_STR(pod_status, reason, "reason"),
        ROW_STR(pod_status, message, "message"),
        ROW_LIST(pod_status, conditions, "conditions", pod_condition),
        ROW_LIST(pod_status, container_statuses, "containerStatuses", pod_container_status),
        ROW_LIST(pod_status, init_container_statuses, "initContainerStatuses",
                 pod_container_status),
};

static const struct type pod_status_type = TABLE_TYPE(pod_status, pod_status_fields);

static const struct field pod_fields[] = {
        ROW_OBJ_AS(pod, meta, "metadata", meta, meta_pod_type, .flags = FIELD_REQUIRED),
        ROW_OBJ(pod, status, "status", pod_status),
};

const struct type pod_type = TABLE_TYPE(pod, pod_fields);

static const struct pod_condition *ready_condition(const struct pod *pod) {
        for (size_t i = 0; pod->status && i < pod->status->n_conditions; i++)
                if (strcmp(pod->status->conditions[i].type, "Ready") == 0)
                        return &pod->status->conditions[i];
        return NULL;
}

bool pod_is_ready(const struct pod *pod) {
        const struct pod_condition *ready = ready_condition(pod);

        return ready && strcmp(ready->status, "True") == 0;
}

int64_t pod_ready_since(const struct pod *pod) {
        return pod_is_ready(pod) ? ready_condition(pod)->last_transition_time : 0;
}

bool pod_is_live(const struct pod *pod) {
        const char *phase = pod->status ? pod->status->phase : NULL;

        if (pod->meta->deletion_timestamp != 0)
                return false;
        return !phase || (strcmp(phase, "Failed") != 0 && strcmp(phase, "Succeeded") != 0);
}
