#include "llc/api/rollout.h"

#include "table.h"

static const struct field blue_green_fields[] = {
        ROW_STR(rollout, active_service, "activeService"),
};

static const struct type blue_green_type = TABLE_TYPE(rollout, blue_green_fields);

static const struct field canary_fields[] = {
        ROW_STR(rollout, stable_service, "stableService"),
};

static const struct type canary_type = TABLE_TYPE(rollout, canary_fields);

static const struct field strategy_fields[] = {
        ROW_FLAT("blueGreen", blue_green_type),
        ROW_FLAT("canary", canary_type),
};

static const struct type strategy_type = TABLE_TYPE(rollout, strategy_fields);

static const struct field spec_fields[] = {
        ROW_INT(rollout, replicas, "replicas", .def = "1"),
        ROW_FLAT("strategy", strategy_type),
};

static const struct type spec_type = TABLE_TYPE(rollout, spec_fields);

static const struct field status_fields[] = {
        ROW_STR(rollout, stable_rs, "stableRS"),
        ROW_INT(rollout, available_replicas, "availableReplicas"),
};

static const struct type status_type = TABLE_TYPE(rollout, status_fields);

static const struct field rollout_fields[] = {
        ROW_OBJ(rollout, meta, "metadata", identity, .flags = FIELD_REQUIRED),
        ROW_FLAT("spec", spec_type, .def = "{}"),
        ROW_FLAT("status", status_type),
};

const struct type rollout_type = TABLE_TYPE(rollout, rollout_fields);

const char *rollout_service(const struct rollout *rollout) {
        const char *name =
                rollout->active_service ? rollout->active_service : rollout->stable_service;

        return name && name[0] != '\0' ? name : NULL;
}
