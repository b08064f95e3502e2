#include "llc/api/service.h"

#include "table.h"

static const struct field service_spec_fields[] = {
        ROW_STR_MAP(service_spec, selector, "selector"),
};

static const struct type service_spec_type = TABLE_TYPE(service_spec, service_spec_fields);

static const struct field service_fields[] = {
        ROW_OBJ(service, meta, "metadata", identity, .flags = FIELD_REQUIRED),
        ROW_OBJ(service, spec, "spec", service_spec),
};

const struct type service_type = TABLE_TYPE(service, service_fields);
