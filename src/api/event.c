#include "llc/api/event.h"

#include "table.h"

static const struct field event_regarding_fields[] = {
        ROW_STR(event_regarding, api_version, "apiVersion"),
        ROW_STR(event_regarding, kind, "kind"),
        ROW_STR(event_regarding, namespace_, "namespace"),
        ROW_STR(event_regarding, name, "name"),
        ROW_STR(event_regarding, uid, "uid"),
        ROW_STR(event_regarding, resource_version, "resourceVersion"),
};

static const struct type event_regarding_type = TABLE_TYPE(event_regarding, event_regarding_fields);

static const struct field event_meta_fields[] = {
        ROW_STR(event_meta, name, "name"),
        ROW_STR(event_meta, namespace_, "namespace"),
};

static const struct type event_meta_type = TABLE_TYPE(event_meta, event_meta_fields);

static const struct field event_fields[] = {
        ROW_STR(event, api_version, "apiVersion"),
        ROW_STR(event, kind, "kind"),
        ROW_OBJ(event, meta, "metadata", event_meta),
        ROW_STR(event, event_time, "eventTime"),
        ROW_STR(event, reporting_controller, "reportingController"),
        ROW_STR(event, reporting_instance, "reportingInstance"),
        ROW_STR(event, action, "action"),
        ROW_STR(event, reason, "reason"),
        ROW_STR(event, type, "type"),
        ROW_STR(event, note, "note"),
        ROW_OBJ(event, regarding, "regarding", event_regarding),
};

const struct type event_type = TABLE_TYPE(event, event_fields);
