#include "llc/api/rollout.h"

#include "table.h"

static const struct field rollout_blue_green_fields[] = {
        ROW_STR(rollout_blue_green, active_service, "activeService"),
};

static const struct type rollout_blue_green_type =
        TABLE_TYPE(rollout_blue_green, rollout_blue_green_fields);

static const struct field rollout_canary_fields[] = {
        ROW_STR(rollout_canary, stable_service, "stableService"),
};

static const struct type rollout_canary_type = TABLE_TYPE(rollout_canary, rollout_canary_fields);

static const struct field rollout_strategy_fields[] = {
        ROW_OBJ(rollout_strategy, blue_green, "blueGreen", rollout_blue_green),
        ROW_OBJ(rollout_strategy, canary, "canary", rollout_canary),
};

static const struct type rollout_strategy_type =
        TABLE_TYPE(rollout_strategy, rollout_strategy_fields);

static const struct field rollout_spec_fields[] = {
        ROW_INT(rollout_spec, replicas, "replicas", .def = "1"),
        ROW_OBJ(rollout_spec, strategy, "strategy", rollout_strategy),
};

static const struct type rollout_spec_type = TABLE_TYPE(rollout_spec, rollout_spec_fields);

static const struct field rollout_status_fields[] = {
        ROW_STR(rollout_status, stable_rs, "stableRS"),
        ROW_INT(rollout_status, available_replicas, "availableReplicas"),
};

static const struct type rollout_status_type = TABLE_TYPE(rollout_status, rollout_status_fields);

static const struct field rollout_fields[] = {
        ROW_OBJ_AS(rollout, meta, "metadata", meta, meta_slim_type, .flags = FIELD_REQUIRED),
        ROW_OBJ(rollout, spec, "spec", rollout_spec, .def = "{}"),
        ROW_OBJ(rollout, status, "status", rollout_status),
};

const struct type rollout_type = TABLE_TYPE(rollout, rollout_fields);

const char *rollout_service(const struct rollout *rollout) {
        const struct rollout_strategy *strategy = rollout->spec->strategy;
        const char *name = NULL;

        if (strategy && strategy->blue_green)
                name = strategy->blue_green->active_service;
        else if (strategy && strategy->canary)
                name = strategy->canary->stable_service;
        return name && name[0] != '\0' ? name : NULL;
}
