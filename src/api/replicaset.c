#include "llc/api/replicaset.h"

#include "table.h"

static const struct field replicaset_spec_fields[] = {
        ROW_INT(replicaset_spec, replicas, "replicas", .def = "1"),
        ROW_OBJ(replicaset_spec, selector, "selector", label_selector),
        ROW_RAW(replicaset_spec, template_, "template"),
};

static const struct type replicaset_spec_type = TABLE_TYPE(replicaset_spec, replicaset_spec_fields);

static const struct field replicaset_status_fields[] = {
        ROW_INT(replicaset_status, ready_replicas, "readyReplicas"),
};

static const struct type replicaset_status_type =
        TABLE_TYPE(replicaset_status, replicaset_status_fields);

static const struct field replicaset_fields[] = {
        ROW_OBJ_AS(replicaset, meta, "metadata", meta, meta_replicaset_type,
                   .flags = FIELD_REQUIRED),
        ROW_OBJ(replicaset, spec, "spec", replicaset_spec),
        ROW_OBJ(replicaset, status, "status", replicaset_status),
};

const struct type replicaset_type = TABLE_TYPE(replicaset, replicaset_fields);
