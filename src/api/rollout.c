#include "llc/api/rollout.h"

#include "table.h"

static const struct field rollout_selector_fields[] = {
        ROW_STR_MAP(rollout_selector, match_labels, "matchLabels"),
};

static const struct type rollout_selector_type =
        TABLE_TYPE(rollout_selector, rollout_selector_fields);

static const struct field rollout_spec_fields[] = {
        ROW_OBJ(rollout_spec, selector, "selector", rollout_selector),
};

static const struct type rollout_spec_type = TABLE_TYPE(rollout_spec, rollout_spec_fields);

static const struct field rollout_status_fields[] = {
        ROW_STR(rollout_status, stable_rs, "stableRS"),
};

static const struct type rollout_status_type = TABLE_TYPE(rollout_status, rollout_status_fields);

static const struct field rollout_fields[] = {
        ROW_OBJ_AS(rollout, meta, "metadata", meta, meta_slim_type, .flags = FIELD_REQUIRED),
        ROW_OBJ(rollout, spec, "spec", rollout_spec),
        ROW_OBJ(rollout, status, "status", rollout_status),
};

const struct type rollout_type = TABLE_TYPE(rollout, rollout_fields);
