/* Of the groups that have one kind or a few. */
#include <stddef.h>

#include "serve/protobuf_types.h"

static const struct protobuf_type SCALE_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "replicas", PB_IF_SET, &PB_INT32 },
                { 0 },
        },
};

static const struct protobuf_type SCALE_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "replicas", PB_ONE, &PB_INT32 },
                { 2, "selector", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type SCALE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &SCALE_SPEC },
                { 3, "status", PB_ONE, &SCALE_STATUS },
                { 0 },
        },
};

static const struct protobuf_type LEASE_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "holderIdentity", PB_ONE, &PB_TEXT },
                { 2, "leaseDurationSeconds", PB_ONE, &PB_INT32 },
                { 3, "acquireTime", PB_ONE, &PB_MICRO_TIME },
                { 4, "renewTime", PB_ONE, &PB_MICRO_TIME },
                { 5, "leaseTransitions", PB_ONE, &PB_INT32 },
                { 6, "strategy", PB_ONE, &PB_TEXT },
                { 7, "preferredHolder", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type LEASE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &LEASE_SPEC },
                { 0 },
        },
};

static const struct protobuf_type EVENT_SERIES = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "count", PB_ONE, &PB_INT32 },
                { 2, "lastObservedTime", PB_ONE, &PB_MICRO_TIME },
                { 0 },
        },
};

static const struct protobuf_type EVENT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "eventTime", PB_ONE, &PB_MICRO_TIME },
                { 3, "series", PB_ONE, &EVENT_SERIES },
                { 4, "reportingController", PB_IF_SET, &PB_TEXT },
                { 5, "reportingInstance", PB_IF_SET, &PB_TEXT },
                { 6, "action", PB_IF_SET, &PB_TEXT },
                { 7, "reason", PB_IF_SET, &PB_TEXT },
                { 8, "regarding", PB_ONE, &PB_OBJECT_REFERENCE },
                { 9, "related", PB_ONE, &PB_OBJECT_REFERENCE },
                { 10, "note", PB_IF_SET, &PB_TEXT },
                { 11, "type", PB_IF_SET, &PB_TEXT },
                { 12, "deprecatedSource", PB_ONE, &PB_EVENT_SOURCE },
                { 13, "deprecatedFirstTimestamp", PB_ONE, &PB_TIME },
                { 14, "deprecatedLastTimestamp", PB_ONE, &PB_TIME },
                { 15, "deprecatedCount", PB_IF_SET, &PB_INT32 },
                { 0 },
        },
};

static const struct protobuf_type EVICTION = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "deleteOptions", PB_ONE, &PB_DELETE_OPTIONS },
                { 0 },
        },
};

static const struct protobuf_type POD_DISRUPTION_BUDGET_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "minAvailable", PB_ONE, &PB_INT_OR_STRING },
                { 2, "selector", PB_ONE, &PB_LABEL_SELECTOR },
                { 3, "maxUnavailable", PB_ONE, &PB_INT_OR_STRING },
                { 4, "unhealthyPodEvictionPolicy", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type POD_DISRUPTION_BUDGET_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "observedGeneration", PB_IF_SET, &PB_INT64 },
                { 2, "disruptedPods", PB_MAP, &PB_TIME },
                { 3, "disruptionsAllowed", PB_ONE, &PB_INT32 },
                { 4, "currentHealthy", PB_ONE, &PB_INT32 },
                { 5, "desiredHealthy", PB_ONE, &PB_INT32 },
                { 6, "expectedPods", PB_ONE, &PB_INT32 },
                { 7, "conditions", PB_LIST, &PB_CONDITION },
                { 0 },
        },
};

static const struct protobuf_type POD_DISRUPTION_BUDGET = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &POD_DISRUPTION_BUDGET_SPEC },
                { 3, "status", PB_ONE, &POD_DISRUPTION_BUDGET_STATUS },
                { 0 },
        },
};

static const struct protobuf_type POLICY_RULE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "verbs", PB_LIST, &PB_TEXT },
                { 2, "apiGroups", PB_LIST, &PB_TEXT },
                { 3, "resources", PB_LIST, &PB_TEXT },
                { 4, "resourceNames", PB_LIST, &PB_TEXT },
                { 5, "nonResourceURLs", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type ROLE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "rules", PB_LIST, &POLICY_RULE },
                { 0 },
        },
};

static const struct protobuf_type AGGREGATION_RULE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "clusterRoleSelectors", PB_LIST, &PB_LABEL_SELECTOR },
                { 0 },
        },
};

static const struct protobuf_type CLUSTER_ROLE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "rules", PB_LIST, &POLICY_RULE },
                { 3, "aggregationRule", PB_ONE, &AGGREGATION_RULE },
                { 0 },
        },
};

static const struct protobuf_type SUBJECT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "kind", PB_ONE, &PB_TEXT },
                { 2, "apiGroup", PB_IF_SET, &PB_TEXT },
                { 3, "name", PB_ONE, &PB_TEXT },
                { 4, "namespace", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type ROLE_REF = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "apiGroup", PB_ONE, &PB_TEXT },
                { 2, "kind", PB_ONE, &PB_TEXT },
                { 3, "name", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type ROLE_BINDING = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "subjects", PB_LIST, &SUBJECT },
                { 3, "roleRef", PB_ONE, &ROLE_REF },
                { 0 },
        },
};

static const struct protobuf_type CLUSTER_ROLE_BINDING = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "subjects", PB_LIST, &SUBJECT },
                { 3, "roleRef", PB_ONE, &ROLE_REF },
                { 0 },
        },
};

const struct protobuf_kind PB_GROUP_KINDS[] = {
        { "autoscaling/v1", "Scale", &SCALE },
        { "coordination.k8s.io/v1", "Lease", &LEASE },
        { "events.k8s.io/v1", "Event", &EVENT },
        { "policy/v1", "Eviction", &EVICTION },
        { "policy/v1", "PodDisruptionBudget", &POD_DISRUPTION_BUDGET },
        { "rbac.authorization.k8s.io/v1", "ClusterRole", &CLUSTER_ROLE },
        { "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", &CLUSTER_ROLE_BINDING },
        { "rbac.authorization.k8s.io/v1", "Role", &ROLE },
        { "rbac.authorization.k8s.io/v1", "RoleBinding", &ROLE_BINDING },
        { NULL, NULL, NULL },
};
