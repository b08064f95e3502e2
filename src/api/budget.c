#include "llc/api/budget.h"

#include "table.h"

static const struct field budget_spec_fields[] = {
        ROW_OBJ(budget_spec, selector, "selector", label_selector),
};

static const struct type budget_spec_type = TABLE_TYPE(budget_spec, budget_spec_fields);

static const struct field budget_status_fields[] = {
        ROW_INT(budget_status, expected_pods, "expectedPods"),
};

static const struct type budget_status_type = TABLE_TYPE(budget_status, budget_status_fields);

static const struct field budget_fields[] = {
        ROW_OBJ_AS(budget, meta, "metadata", meta, meta_budget_type, .flags = FIELD_REQUIRED),
        ROW_OBJ(budget, spec, "spec", budget_spec),
        ROW_OBJ(budget, status, "status", budget_status),
};

const struct type budget_type = TABLE_TYPE(budget, budget_fields);
