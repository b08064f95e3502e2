/*
 * What a ReplicaSet's pod template carries that is not the application's: Argo Rollouts puts it
 * there for that ReplicaSet's own pods, or other tools leave it.
 */
#pragma once

#include "llc/api/replicaset.h"
#include "llc/base/json.h"

/*
 * Drops it from a pod whose metadata and spec were copied from the template: the hash label, marks
 * of ours and of other tools, ephemeral metadata, injected anti-affinity.
 */
void leftovers_drop(const struct replicaset *replicaset, struct json *pod);
