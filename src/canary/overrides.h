/*
 * What the canary changes in the stable template: spec.image, spec.containers[] and
 * spec.podMetadata.
 */
#pragma once

#include "llc/api/llc.h"
#include "llc/base/arena.h"
#include "llc/base/json.h"

/*
 * A short stable hash of what changes the pod. The order of containers and of map keys is none;
 * that of env is one, as $(NAME) is expanded in it.
 */
const char *overrides_hash(const struct llc_spec *spec, struct arena *arena);

/* The images asked for, joined by ","; NULL when there is none. */
const char *overrides_image(const struct llc_spec *spec, struct arena *arena);

/*
 * Applies spec.image and spec.containers[] to a PodSpec whose containers and initContainers are
 * arrays of objects, as a strategic merge patch would (see env.c for env), but containers keep
 * their order. ERR_INVALID names the path: "spec.containers[0].name: ...".
 */
int overrides_apply(const struct llc_spec *spec, struct json *pod_spec, struct err *err);

/*
 * Merges spec.podMetadata into an object's metadata. ERR_INVALID for keys that are ours or Argo's:
 * "spec.podMetadata.labels["rollouts-pod-template-hash"]: ...".
 */
int overrides_apply_metadata(const struct llc_spec *spec, struct json *meta, struct err *err);
