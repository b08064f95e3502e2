/* authentication.k8s.io/v1 and authorization.k8s.io/v1. */
#include <stddef.h>

#include "serve/protobuf_types.h"

static const struct protobuf_type BOUND_OBJECT_REFERENCE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "kind", PB_IF_SET, &PB_TEXT },
                { 2, "apiVersion", PB_IF_SET, &PB_TEXT },
                { 3, "name", PB_IF_SET, &PB_TEXT },
                { 4, "uid", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type TOKEN_REQUEST_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "audiences", PB_LIST, &PB_TEXT },
                { 3, "boundObjectRef", PB_ONE, &BOUND_OBJECT_REFERENCE },
                { 4, "expirationSeconds", PB_ONE, &PB_INT64 },
                { 0 },
        },
};

static const struct protobuf_type TOKEN_REQUEST_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "token", PB_ONE, &PB_TEXT },
                { 2, "expirationTimestamp", PB_ONE, &PB_TIME },
                { 0 },
        },
};

static const struct protobuf_type TOKEN_REQUEST = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &TOKEN_REQUEST_SPEC },
                { 3, "status", PB_ONE, &TOKEN_REQUEST_STATUS },
                { 0 },
        },
};

static const struct protobuf_type TOKEN_REVIEW_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "token", PB_IF_SET, &PB_TEXT },
                { 2, "audiences", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type USER_INFO = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "username", PB_IF_SET, &PB_TEXT },
                { 2, "uid", PB_IF_SET, &PB_TEXT },
                { 3, "groups", PB_LIST, &PB_TEXT },
                { 4, "extra", PB_MAP, &PB_TEXTS },
                { 0 },
        },
};

static const struct protobuf_type TOKEN_REVIEW_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "authenticated", PB_IF_SET, &PB_BOOL },
                { 2, "user", PB_ONE, &USER_INFO },
                { 3, "error", PB_IF_SET, &PB_TEXT },
                { 4, "audiences", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type TOKEN_REVIEW = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &TOKEN_REVIEW_SPEC },
                { 3, "status", PB_ONE, &TOKEN_REVIEW_STATUS },
                { 0 },
        },
};

static const struct protobuf_type SELF_SUBJECT_REVIEW_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "userInfo", PB_ONE, &USER_INFO },
                { 0 },
        },
};

static const struct protobuf_type SELF_SUBJECT_REVIEW = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "status", PB_ONE, &SELF_SUBJECT_REVIEW_STATUS },
                { 0 },
        },
};

static const struct protobuf_type FIELD_SELECTOR_ATTRIBUTES = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "rawSelector", PB_IF_SET, &PB_TEXT },
                { 2, "requirements", PB_LIST, &PB_FIELD_REQUIREMENT },
                { 0 },
        },
};

static const struct protobuf_type LABEL_SELECTOR_ATTRIBUTES = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "rawSelector", PB_IF_SET, &PB_TEXT },
                { 2, "requirements", PB_LIST, &PB_LABEL_REQUIREMENT },
                { 0 },
        },
};

static const struct protobuf_type RESOURCE_ATTRIBUTES = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "namespace", PB_IF_SET, &PB_TEXT },
                { 2, "verb", PB_IF_SET, &PB_TEXT },
                { 3, "group", PB_IF_SET, &PB_TEXT },
                { 4, "version", PB_IF_SET, &PB_TEXT },
                { 5, "resource", PB_IF_SET, &PB_TEXT },
                { 6, "subresource", PB_IF_SET, &PB_TEXT },
                { 7, "name", PB_IF_SET, &PB_TEXT },
                { 8, "fieldSelector", PB_ONE, &FIELD_SELECTOR_ATTRIBUTES },
                { 9, "labelSelector", PB_ONE, &LABEL_SELECTOR_ATTRIBUTES },
                { 0 },
        },
};

static const struct protobuf_type NON_RESOURCE_ATTRIBUTES = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "path", PB_IF_SET, &PB_TEXT },
                { 2, "verb", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type SUBJECT_ACCESS_REVIEW_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "resourceAttributes", PB_ONE, &RESOURCE_ATTRIBUTES },
                { 2, "nonResourceAttributes", PB_ONE, &NON_RESOURCE_ATTRIBUTES },
                { 3, "user", PB_IF_SET, &PB_TEXT },
                { 4, "groups", PB_LIST, &PB_TEXT },
                { 5, "extra", PB_MAP, &PB_TEXTS },
                { 6, "uid", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type SUBJECT_ACCESS_REVIEW_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "allowed", PB_ONE, &PB_BOOL },
                { 2, "reason", PB_IF_SET, &PB_TEXT },
                { 3, "evaluationError", PB_IF_SET, &PB_TEXT },
                { 4, "denied", PB_IF_SET, &PB_BOOL },
                { 0 },
        },
};

static const struct protobuf_type SUBJECT_ACCESS_REVIEW = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &SUBJECT_ACCESS_REVIEW_SPEC },
                { 3, "status", PB_ONE, &SUBJECT_ACCESS_REVIEW_STATUS },
                { 0 },
        },
};

static const struct protobuf_type LOCAL_SUBJECT_ACCESS_REVIEW = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &SUBJECT_ACCESS_REVIEW_SPEC },
                { 3, "status", PB_ONE, &SUBJECT_ACCESS_REVIEW_STATUS },
                { 0 },
        },
};

static const struct protobuf_type SELF_SUBJECT_ACCESS_REVIEW_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "resourceAttributes", PB_ONE, &RESOURCE_ATTRIBUTES },
                { 2, "nonResourceAttributes", PB_ONE, &NON_RESOURCE_ATTRIBUTES },
                { 0 },
        },
};

static const struct protobuf_type SELF_SUBJECT_ACCESS_REVIEW = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &SELF_SUBJECT_ACCESS_REVIEW_SPEC },
                { 3, "status", PB_ONE, &SUBJECT_ACCESS_REVIEW_STATUS },
                { 0 },
        },
};

static const struct protobuf_type SELF_SUBJECT_RULES_REVIEW_SPEC = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "namespace", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type RESOURCE_RULE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "verbs", PB_LIST, &PB_TEXT },
                { 2, "apiGroups", PB_LIST, &PB_TEXT },
                { 3, "resources", PB_LIST, &PB_TEXT },
                { 4, "resourceNames", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type NON_RESOURCE_RULE = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "verbs", PB_LIST, &PB_TEXT },
                { 2, "nonResourceURLs", PB_LIST, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type SUBJECT_RULES_REVIEW_STATUS = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "resourceRules", PB_LIST, &RESOURCE_RULE },
                { 2, "nonResourceRules", PB_LIST, &NON_RESOURCE_RULE },
                { 3, "incomplete", PB_ONE, &PB_BOOL },
                { 4, "evaluationError", PB_IF_SET, &PB_TEXT },
                { 0 },
        },
};

static const struct protobuf_type SELF_SUBJECT_RULES_REVIEW = {
        PB_FORM_OBJECT,
        (const struct protobuf_field[]){
                { 1, "metadata", PB_ONE, &PB_OBJECT_META },
                { 2, "spec", PB_ONE, &SELF_SUBJECT_RULES_REVIEW_SPEC },
                { 3, "status", PB_ONE, &SUBJECT_RULES_REVIEW_STATUS },
                { 0 },
        },
};

const struct protobuf_kind PB_REVIEW_KINDS[] = {
        { "authentication.k8s.io/v1", "SelfSubjectReview", &SELF_SUBJECT_REVIEW },
        { "authentication.k8s.io/v1", "TokenRequest", &TOKEN_REQUEST },
        { "authentication.k8s.io/v1", "TokenReview", &TOKEN_REVIEW },
        { "authorization.k8s.io/v1", "LocalSubjectAccessReview", &LOCAL_SUBJECT_ACCESS_REVIEW },
        { "authorization.k8s.io/v1", "SelfSubjectAccessReview", &SELF_SUBJECT_ACCESS_REVIEW },
        { "authorization.k8s.io/v1", "SelfSubjectRulesReview", &SELF_SUBJECT_RULES_REVIEW },
        { "authorization.k8s.io/v1", "SubjectAccessReview", &SUBJECT_ACCESS_REVIEW },
        { NULL, NULL, NULL },
};
