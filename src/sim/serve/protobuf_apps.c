/*
 * Deployments, as kubectl create deployment makes them: of containers and pods there are the plain
 * fields, without volumes, probes and the rest that only manifests have.
 */
#include <stddef.h>

#include "serve/protobuf_types.h"

static const struct protobuf_type CONTAINER_PORT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "name", PB_IF_SET, &PB_TEXT },
                { 2, "hostPort", PB_IF_SET, &PB_INT32 },
                { 3, "containerPort", PB_ONE, &PB_INT32 },
                { 4, "protocol", PB_IF_SET, &PB_TEXT },
                { 5, "hostIP", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type ENV_VAR = {
        PB_FORM_PART,
        (const struct protobuf_field[]){
                { 1, "name", PB_ONE, &PB_TEXT },
                { 2, "value", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type RESOURCE_REQUIREMENTS = {
        PB_FORM_PART,
        (const struct protobuf_field[]){
                { 1, "limits", PB_MAP, &PB_QUANTITY },
                { 2, "requests", PB_MAP, &PB_QUANTITY },
                { 0 },
        },
};

static const struct protobuf_type CONTAINER = {
        PB_FORM_PART,
        (const struct protobuf_field[]){
                { 1, "name", PB_ONE, &PB_TEXT },
                { 2, "image", PB_IF_SET, &PB_TEXT },
                { 3, "command", PB_LIST, &PB_TEXT },
                { 4, "args", PB_LIST, &PB_TEXT },
                { 5, "workingDir", PB_IF_SET, &PB_TEXT },
                { 6, "ports", PB_LIST, &CONTAINER_PORT },
                { 7, "env", PB_LIST, &ENV_VAR },
                { 8, "resources", PB_ONE, &RESOURCE_REQUIREMENTS },
                { 13, "terminationMessagePath", PB_IF_SET, &PB_TEXT },
                { 14, "imagePullPolicy", PB_IF_SET, &PB_TEXT },
                { 16, "stdin", PB_IF_SET, &PB_BOOL },
                { 17, "stdinOnce", PB_IF_SET, &PB_BOOL },
                { 18, "tty", PB_IF_SET, &PB_BOOL },
                { 20, "terminationMessagePolicy", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type TOLERATION = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "key", PB_IF_SET, &PB_TEXT },
                { 2, "operator", PB_IF_SET, &PB_TEXT },
                { 3, "value", PB_IF_SET, &PB_TEXT },
                { 4, "effect", PB_IF_SET, &PB_TEXT },
                { 5, "tolerationSeconds", PB_ONE, &PB_INT64 },
                { 0 },
        },
};

static const struct protobuf_type POD_SPEC = {
        PB_FORM_PART,
        (const struct protobuf_field[]){
                { 2, "containers", PB_LIST, &CONTAINER },
                { 3, "restartPolicy", PB_IF_SET, &PB_TEXT },
                { 4, "terminationGracePeriodSeconds", PB_ONE, &PB_INT64 },
                { 5, "activeDeadlineSeconds", PB_ONE, &PB_INT64 },
                { 6, "dnsPolicy", PB_IF_SET, &PB_TEXT },
                { 7, "nodeSelector", PB_MAP, &PB_TEXT },
                { 8, "serviceAccountName", PB_IF_SET, &PB_TEXT },
                { 9, "serviceAccount", PB_IF_SET, &PB_TEXT },
                { 10, "nodeName", PB_IF_SET, &PB_TEXT },
                { 11, "hostNetwork", PB_IF_SET, &PB_BOOL },
                { 12, "hostPID", PB_IF_SET, &PB_BOOL },
                { 13, "hostIPC", PB_IF_SET, &PB_BOOL },
                { 15, "imagePullSecrets", PB_LIST, &PB_LOCAL_REFERENCE },
                { 16, "hostname", PB_IF_SET, &PB_TEXT },
                { 17, "subdomain", PB_IF_SET, &PB_TEXT },
                { 19, "schedulerName", PB_IF_SET, &PB_TEXT },
                { 20, "initContainers", PB_LIST, &CONTAINER },
                { 21, "automountServiceAccountToken", PB_ONE, &PB_BOOL },
                { 22, "tolerations", PB_LIST, &TOLERATION },
                { 24, "priorityClassName", PB_IF_SET, &PB_TEXT },
                { 25, "priority", PB_ONE, &PB_INT32 },
                { 27, "shareProcessNamespace", PB_ONE, &PB_BOOL },
                { 30, "enableServiceLinks", PB_ONE, &PB_BOOL },
                { 31, "preemptionPolicy", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type POD_TEMPLATE_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &POD_SPEC },
                { 0 },
        },
};

static const struct protobuf_type ROLLING_UPDATE_DEPLOYMENT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "maxUnavailable", PB_ONE, &PB_INT_OR_STRING },
                { 2, "maxSurge", PB_ONE, &PB_INT_OR_STRING },
                { 0 },
        },
};

static const struct protobuf_type DEPLOYMENT_STRATEGY = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "type", PB_IF_SET, &PB_TEXT },
                { 2, "rollingUpdate", PB_ONE, &ROLLING_UPDATE_DEPLOYMENT },
                { 0 },
        },
};

static const struct protobuf_type DEPLOYMENT_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "replicas", PB_ONE, &PB_INT32 },
                { 2, "selector", PB_ONE, &PB_LABEL_SELECTOR },
                { 3, "template", PB_ONE, &POD_TEMPLATE_SPEC },
                { 4, "strategy", PB_ONE, &DEPLOYMENT_STRATEGY },
                { 5, "minReadySeconds", PB_IF_SET, &PB_INT32 },
                { 6, "revisionHistoryLimit", PB_ONE, &PB_INT32 },
                { 7, "paused", PB_IF_SET, &PB_BOOL },
                { 9, "progressDeadlineSeconds", PB_ONE, &PB_INT32 },
                { 0 },
        },
};

static const struct protobuf_type DEPLOYMENT_CONDITION = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "type", PB_ONE, &PB_TEXT },
                { 2, "status", PB_ONE, &PB_TEXT },
                { 4, "reason", PB_IF_SET, &PB_TEXT },
                { 5, "message", PB_IF_SET, &PB_TEXT },
                { 6, "lastUpdateTime", PB_ONE, &PB_TIME },
                { 7, "lastTransitionTime", PB_ONE, &PB_TIME },
                { 0 },
        },
};

static const struct protobuf_type DEPLOYMENT_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "observedGeneration", PB_IF_SET, &PB_INT64 },
                { 2, "replicas", PB_IF_SET, &PB_INT32 },
                { 3, "updatedReplicas", PB_IF_SET, &PB_INT32 },
                { 4, "availableReplicas", PB_IF_SET, &PB_INT32 },
                { 5, "unavailableReplicas", PB_IF_SET, &PB_INT32 },
                { 6, "conditions", PB_LIST, &DEPLOYMENT_CONDITION },
                { 7, "readyReplicas", PB_IF_SET, &PB_INT32 },
                { 8, "collisionCount", PB_ONE, &PB_INT32 },
                { 9, "terminatingReplicas", PB_ONE, &PB_INT32 },
                { 0 },
        },
};

static const struct protobuf_type DEPLOYMENT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &DEPLOYMENT_SPEC },
                { 3, "status", PB_ONE, &DEPLOYMENT_STATUS },
                { 0 },
        },
};

const struct protobuf_kind PB_APPS_KINDS[] = {
        { "apps/v1", "Deployment", &DEPLOYMENT },
        { NULL, NULL, NULL },
};
