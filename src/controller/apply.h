/*
 * From planned actions to API requests: the one place that turns a plan into writes.
 */
#pragma once

#include "llc/canary/plan.h"
#include "llc/canary/world.h"
#include "llc/kube/request.h"

void apply_action_request(const struct action *action, const char *namespace_,
                          struct request *ret_request);

/*
 * The merge patch that turns the status the object has into the plan's: only members that
 * differ, null for those that go. It carries the UID, and the resourceVersion when the plan
 * reserves incarnations.
 */
void apply_status_request(const struct world *world, const struct plan *plan,
                          struct request *ret_request);
