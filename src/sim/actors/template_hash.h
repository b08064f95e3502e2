/*
 * A name for a pod template, as Deployments and Rollouts give their ReplicaSets: ten characters of
 * Kubernetes' safe alphabet. Theirs is a hash of a Go struct, ours of the JSON: never the same.
 */
#pragma once

#include "llc/base/arena.h"
#include "llc/base/json.h"

const char *template_hash(const struct json *template_, struct arena *arena);
