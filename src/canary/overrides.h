/*
 * What the canary changes in the stable template: spec.image and spec.containers[].
 */
#pragma once

#include "llc/api/llc.h"
#include "llc/base/arena.h"
#include "llc/base/json.h"

/* A short stable hash: two specs have the same one when pods built from them are the same. */
const char *overrides_hash(const struct llc_spec *spec, struct arena *arena);

/* The images asked for, joined by ","; NULL when there is none. */
const char *overrides_image(const struct llc_spec *spec, struct arena *arena);

/*
 * Applies the overrides to a PodSpec whose containers and initContainers are arrays of objects.
 * ERR_INVALID names the path: "spec.containers[0].name: ...".
 */
int overrides_apply(const struct llc_spec *spec, struct json *pod_spec, struct err *err);
