/*
 * A name for a pod template, as Deployments and Rollouts give their ReplicaSets: ten characters of
 * Kubernetes' safe alphabet. Theirs is a hash of a Go struct, ours of the JSON: never the same.
 */
#pragma once

#include "llc/base/arena.h"
#include "llc/base/json.h"

/* kind: whose it is; a Deployment and a Rollout of one template and name have two ReplicaSets. */
const char *template_hash(const char *kind, const struct json *template_, struct arena *arena);
