/* v1. */
#include <stddef.h>

#include "serve/protobuf_types.h"

static const struct protobuf_type NAMESPACE_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "finalizers", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type NAMESPACE_CONDITION = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "type", PB_ONE, &PB_TEXT },
                { 2, "status", PB_ONE, &PB_TEXT },
                { 4, "lastTransitionTime", PB_ONE, &PB_TIME },
                { 5, "reason", PB_IF_SET, &PB_TEXT },
                { 6, "message", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type NAMESPACE_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "phase", PB_IF_SET, &PB_TEXT },
                { 2, "conditions", PB_LIST, &NAMESPACE_CONDITION },
                { 0 },
        },
};

static const struct protobuf_type NAMESPACE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &NAMESPACE_SPEC },
                { 3, "status", PB_ONE, &NAMESPACE_STATUS },
                { 0 },
        },
};

const struct protobuf_type PB_OBJECT_REFERENCE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "kind", PB_IF_SET, &PB_TEXT },
                { 2, "namespace", PB_IF_SET, &PB_TEXT },
                { 3, "name", PB_IF_SET, &PB_TEXT },
                { 4, "uid", PB_IF_SET, &PB_TEXT },
                { 5, "apiVersion", PB_IF_SET, &PB_TEXT },
                { 6, "resourceVersion", PB_IF_SET, &PB_TEXT },
                { 7, "fieldPath", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

const struct protobuf_type PB_LOCAL_REFERENCE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "name", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type SERVICE_ACCOUNT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "secrets", PB_LIST, &PB_OBJECT_REFERENCE },
                { 3, "imagePullSecrets", PB_LIST, &PB_LOCAL_REFERENCE },
                { 4, "automountServiceAccountToken", PB_ONE, &PB_BOOL },
                { 0 },
        },
};

static const struct protobuf_type CONFIG_MAP = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "data", PB_MAP, &PB_TEXT },
                { 3, "binaryData", PB_MAP, &PB_BYTES },
                { 4, "immutable", PB_ONE, &PB_BOOL },
                { 0 },
        },
};

static const struct protobuf_type SECRET = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "data", PB_MAP, &PB_BYTES },
                { 3, "type", PB_IF_SET, &PB_TEXT },
                { 4, "stringData", PB_MAP, &PB_TEXT },
                { 5, "immutable", PB_ONE, &PB_BOOL },
                { 0 },
        },
};

const struct protobuf_type PB_EVENT_SOURCE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "component", PB_IF_SET, &PB_TEXT },
                { 2, "host", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type EVENT_SERIES = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "count", PB_IF_SET, &PB_INT32 },
                { 2, "lastObservedTime", PB_ONE, &PB_MICRO_TIME },
                { 0 },
        },
};

static const struct protobuf_type EVENT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "involvedObject", PB_ONE, &PB_OBJECT_REFERENCE },
                { 3, "reason", PB_IF_SET, &PB_TEXT },
                { 4, "message", PB_IF_SET, &PB_TEXT },
                { 5, "source", PB_ONE, &PB_EVENT_SOURCE },
                { 6, "firstTimestamp", PB_ONE, &PB_TIME },
                { 7, "lastTimestamp", PB_ONE, &PB_TIME },
                { 8, "count", PB_IF_SET, &PB_INT32 },
                { 9, "type", PB_IF_SET, &PB_TEXT },
                { 10, "eventTime", PB_ONE, &PB_MICRO_TIME },
                { 11, "series", PB_ONE, &EVENT_SERIES },
                { 12, "action", PB_IF_SET, &PB_TEXT },
                { 13, "related", PB_ONE, &PB_OBJECT_REFERENCE },
                { 14, "reportingComponent", PB_ONE, &PB_TEXT },
                { 15, "reportingInstance", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type BINDING = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "target", PB_ONE, &PB_OBJECT_REFERENCE },
                { 0 },
        },
};

static const struct protobuf_type SCOPED_RESOURCE_SELECTOR_REQUIREMENT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "scopeName", PB_ONE, &PB_TEXT },
                { 2, "operator", PB_ONE, &PB_TEXT },
                { 3, "values", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type SCOPE_SELECTOR = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "matchExpressions", PB_LIST, &SCOPED_RESOURCE_SELECTOR_REQUIREMENT },
                { 0 },
        },
};

static const struct protobuf_type RESOURCE_QUOTA_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "hard", PB_MAP, &PB_QUANTITY },
                { 2, "scopes", PB_LIST, &PB_TEXT },
                { 3, "scopeSelector", PB_ONE, &SCOPE_SELECTOR },
                { 0 },
        },
};

static const struct protobuf_type RESOURCE_QUOTA_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "hard", PB_MAP, &PB_QUANTITY },
                { 2, "used", PB_MAP, &PB_QUANTITY },
                { 0 },
        },
};

static const struct protobuf_type RESOURCE_QUOTA = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &RESOURCE_QUOTA_SPEC },
                { 3, "status", PB_ONE, &RESOURCE_QUOTA_STATUS },
                { 0 },
        },
};

static const struct protobuf_type SERVICE_PORT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "name", PB_IF_SET, &PB_TEXT },
                { 2, "protocol", PB_IF_SET, &PB_TEXT },
                { 3, "port", PB_ONE, &PB_INT32 },
                { 4, "targetPort", PB_ONE, &PB_INT_OR_STRING },
                { 5, "nodePort", PB_IF_SET, &PB_INT32 },
                { 6, "appProtocol", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type CLIENT_IP_CONFIG = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "timeoutSeconds", PB_ONE, &PB_INT32 },
                { 0 },
        },
};

static const struct protobuf_type SESSION_AFFINITY_CONFIG = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "clientIP", PB_ONE, &CLIENT_IP_CONFIG },
                { 0 },
        },
};

static const struct protobuf_type SERVICE_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "ports", PB_LIST, &SERVICE_PORT },
                { 2, "selector", PB_MAP, &PB_TEXT },
                { 3, "clusterIP", PB_IF_SET, &PB_TEXT },
                { 4, "type", PB_IF_SET, &PB_TEXT },
                { 5, "externalIPs", PB_LIST, &PB_TEXT },
                { 7, "sessionAffinity", PB_IF_SET, &PB_TEXT },
                { 8, "loadBalancerIP", PB_IF_SET, &PB_TEXT },
                { 9, "loadBalancerSourceRanges", PB_LIST, &PB_TEXT },
                { 10, "externalName", PB_IF_SET, &PB_TEXT },
                { 11, "externalTrafficPolicy", PB_IF_SET, &PB_TEXT },
                { 12, "healthCheckNodePort", PB_IF_SET, &PB_INT32 },
                { 13, "publishNotReadyAddresses", PB_IF_SET, &PB_BOOL },
                { 14, "sessionAffinityConfig", PB_ONE, &SESSION_AFFINITY_CONFIG },
                { 17, "ipFamilyPolicy", PB_ONE, &PB_TEXT },
                { 18, "clusterIPs", PB_LIST, &PB_TEXT },
                { 19, "ipFamilies", PB_LIST, &PB_TEXT },
                { 20, "allocateLoadBalancerNodePorts", PB_ONE, &PB_BOOL },
                { 21, "loadBalancerClass", PB_ONE, &PB_TEXT },
                { 22, "internalTrafficPolicy", PB_ONE, &PB_TEXT },
                { 23, "trafficDistribution", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type PORT_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "port", PB_ONE, &PB_INT32 },
                { 2, "protocol", PB_ONE, &PB_TEXT },
                { 3, "error", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type LOAD_BALANCER_INGRESS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "ip", PB_IF_SET, &PB_TEXT },
                { 2, "hostname", PB_IF_SET, &PB_TEXT },
                { 3, "ipMode", PB_ONE, &PB_TEXT },
                { 4, "ports", PB_LIST, &PORT_STATUS },
                { 0 },
        },
};

static const struct protobuf_type LOAD_BALANCER_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "ingress", PB_LIST, &LOAD_BALANCER_INGRESS },
                { 0 },
        },
};

static const struct protobuf_type SERVICE_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "loadBalancer", PB_ONE, &LOAD_BALANCER_STATUS },
                { 2, "conditions", PB_LIST, &PB_CONDITION },
                { 0 },
        },
};

static const struct protobuf_type SERVICE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &SERVICE_SPEC },
                { 3, "status", PB_ONE, &SERVICE_STATUS },
                { 0 },
        },
};

const struct protobuf_kind PB_CORE_KINDS[] = {
        { "v1", "Binding", &BINDING },
        { "v1", "ConfigMap", &CONFIG_MAP },
        { "v1", "Event", &EVENT },
        { "v1", "Namespace", &NAMESPACE },
        { "v1", "ResourceQuota", &RESOURCE_QUOTA },
        { "v1", "Secret", &SECRET },
        { "v1", "Service", &SERVICE },
        { "v1", "ServiceAccount", &SERVICE_ACCOUNT },
        { NULL, NULL, NULL },
};
