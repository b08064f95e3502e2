/*
 * What the actors ask of a pod.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/json.h"

/* Running or about to: not being deleted, not ended. */
bool pod_is_active(const struct json *pod);
bool pod_has_ended(const struct json *pod); /* phase Succeeded or Failed */
/* Since when it is ready, in ms; 0 = it is not. */
int64_t pod_ready_since_ms(const struct json *pod);
/* A metav1.Time member, in ms; 0 when absent. */
int64_t pod_time_ms(const struct json *object, const char *key);
