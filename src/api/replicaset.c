#include "llc/api/replicaset.h"

#include "table.h"

static const struct field replicaset_spec_fields[] = {
        ROW_RAW(replicaset_spec, template_, "template"),
};

static const struct type replicaset_spec_type = TABLE_TYPE(replicaset_spec, replicaset_spec_fields);

static const struct field replicaset_fields[] = {
        ROW_OBJ(replicaset, meta, "metadata", meta, .flags = FIELD_REQUIRED),
        ROW_OBJ(replicaset, spec, "spec", replicaset_spec),
};

const struct type replicaset_type = TABLE_TYPE(replicaset, replicaset_fields);
