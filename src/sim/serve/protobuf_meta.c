/* The types that all others are made of. */
#include <stddef.h>

#include "serve/protobuf_types.h"

const struct protobuf_type PB_TEXT = { PB_FORM_TEXT, NULL };
const struct protobuf_type PB_BYTES = { PB_FORM_BYTES, NULL };
const struct protobuf_type PB_BOOL = { PB_FORM_BOOL, NULL };
const struct protobuf_type PB_INT32 = { PB_FORM_INT32, NULL };
const struct protobuf_type PB_INT64 = { PB_FORM_INT64, NULL };

static const struct protobuf_field TIME_FIELDS[] = {
        { 1, "seconds", PB_ONE, &PB_INT64 },
        { 2, "nanos", PB_ONE, &PB_INT32 },
        { 0 },
};
const struct protobuf_type PB_TIME = { PB_FORM_TIME, TIME_FIELDS };
const struct protobuf_type PB_MICRO_TIME = { PB_FORM_MICRO_TIME, TIME_FIELDS };

const struct protobuf_type PB_INT_OR_STRING = {
        PB_FORM_INT_OR_STRING,
        (const struct protobuf_field[]){
                { 1, "type", PB_ONE, &PB_INT64 },
                { 2, "intVal", PB_ONE, &PB_INT32 },
                { 3, "strVal", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

const struct protobuf_type PB_QUANTITY = {
        PB_FORM_WRAPPER,
        (const struct protobuf_field[]){
                { 1, "string", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

/* As values of a map; of a user's extra. */
const struct protobuf_type PB_TEXTS = {
        PB_FORM_WRAPPER,
        (const struct protobuf_field[]){
                { 1, "items", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type JSON = { PB_FORM_JSON, NULL };

static const struct protobuf_type FIELDS_V1 = {
        PB_FORM_WRAPPER,
        (const struct protobuf_field[]){
                { 1, "raw", PB_ONE, &JSON },
                { 0 },
        },
};

static const struct protobuf_type OWNER_REFERENCE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "kind", PB_ONE, &PB_TEXT },
                { 3, "name", PB_ONE, &PB_TEXT },
                { 4, "uid", PB_ONE, &PB_TEXT },
                { 5, "apiVersion", PB_ONE, &PB_TEXT },
                { 6, "controller", PB_ONE, &PB_BOOL },
                { 7, "blockOwnerDeletion", PB_ONE, &PB_BOOL },
                { 0 },
        },
};

static const struct protobuf_type MANAGED_FIELDS_ENTRY = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "manager", PB_IF_SET, &PB_TEXT },
                { 2, "operation", PB_IF_SET, &PB_TEXT },
                { 3, "apiVersion", PB_IF_SET, &PB_TEXT },
                { 4, "time", PB_ONE, &PB_TIME },
                { 6, "fieldsType", PB_IF_SET, &PB_TEXT },
                { 7, "fieldsV1", PB_ONE, &FIELDS_V1 },
                { 8, "subresource", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

const struct protobuf_type PB_OBJECT_META = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "name", PB_IF_SET, &PB_TEXT },
                { 2, "generateName", PB_IF_SET, &PB_TEXT },
                { 3, "namespace", PB_IF_SET, &PB_TEXT },
                { 4, "selfLink", PB_IF_SET, &PB_TEXT },
                { 5, "uid", PB_IF_SET, &PB_TEXT },
                { 6, "resourceVersion", PB_IF_SET, &PB_TEXT },
                { 7, "generation", PB_IF_SET, &PB_INT64 },
                { 8, "creationTimestamp", PB_ONE, &PB_TIME },
                { 9, "deletionTimestamp", PB_ONE, &PB_TIME },
                { 10, "deletionGracePeriodSeconds", PB_ONE, &PB_INT64 },
                { 11, "labels", PB_MAP, &PB_TEXT },
                { 12, "annotations", PB_MAP, &PB_TEXT },
                { 13, "ownerReferences", PB_LIST, &OWNER_REFERENCE },
                { 14, "finalizers", PB_LIST, &PB_TEXT },
                { 17, "managedFields", PB_LIST, &MANAGED_FIELDS_ENTRY },
                { 0 },
        },
};

static const struct protobuf_type PRECONDITIONS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "uid", PB_ONE, &PB_TEXT },
                { 2, "resourceVersion", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

const struct protobuf_type PB_DELETE_OPTIONS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "gracePeriodSeconds", PB_ONE, &PB_INT64 },
                { 2, "preconditions", PB_ONE, &PRECONDITIONS },
                { 3, "orphanDependents", PB_ONE, &PB_BOOL },
                { 4, "propagationPolicy", PB_ONE, &PB_TEXT },
                { 5, "dryRun", PB_LIST, &PB_TEXT },
                { 6, "ignoreStoreReadErrorWithClusterBreakingPotential", PB_ONE, &PB_BOOL },
                { 0 },
        },
};

const struct protobuf_type PB_LABEL_REQUIREMENT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "key", PB_ONE, &PB_TEXT },
                { 2, "operator", PB_ONE, &PB_TEXT },
                { 3, "values", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

const struct protobuf_type PB_LABEL_SELECTOR = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "matchLabels", PB_MAP, &PB_TEXT },
                { 2, "matchExpressions", PB_LIST, &PB_LABEL_REQUIREMENT },
                { 0 },
        },
};

const struct protobuf_type PB_CONDITION = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "type", PB_ONE, &PB_TEXT },
                { 2, "status", PB_ONE, &PB_TEXT },
                { 3, "observedGeneration", PB_IF_SET, &PB_INT64 },
                { 4, "lastTransitionTime", PB_ONE, &PB_TIME },
                { 5, "reason", PB_ONE, &PB_TEXT },
                { 6, "message", PB_ONE, &PB_TEXT },
                { 0 },
        },
};

const struct protobuf_type PB_FIELD_REQUIREMENT = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "key", PB_ONE, &PB_TEXT },
                { 2, "operator", PB_ONE, &PB_TEXT },
                { 3, "values", PB_LIST, &PB_TEXT },
                { 0 },
        },
};
