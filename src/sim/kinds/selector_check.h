/*
 * Whether a metav1.LabelSelector is one (k8s.io/apimachinery/pkg/apis/meta/v1/validation).
 */
#pragma once

#include "llc/base/json.h"
#include "schema/field_error.h"

/* Appends what is wrong with the selector at this place. */
void selector_check(const struct json *selector, const char *at, struct field_errors *errors);
