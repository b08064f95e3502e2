/*
 * The spec of a pod, in a pod and in a template.
 */
#pragma once

#include "kinds/kind.h"

/* What defaults from other fields: pull policies, volumes without a source, the account's other
 * name. spec may be anything. */
void pod_spec_prepare(struct json *spec);

/* at: "spec" or "spec.template.spec". */
void pod_spec_validate(const struct json *spec, const char *at, struct field_errors *errors);
