/*
 * Whether production's traffic reaches the pods: their labels, beside what the Service selects.
 */
#pragma once

#include "verdict.h"

/* `ready` means: it does. */
struct verdict attachment_verdict(const struct draft *draft);

/* Traffic does not come though the labels are right, and somebody must mend that. */
bool attachment_is_broken(const struct verdict *verdict);

/* For the status; NULL when there is no Rollout. */
const struct llc_traffic_status *attachment_status(const struct draft *draft);

/*
 * Has the canary just followed a promotion that the Service has not? With the canary strategy Argo
 * moves the Service one pass after status.stableRS: nothing is said meanwhile, so that a promotion
 * costs one status. *ret_until: when that is over, ms.
 */
bool attachment_is_settling(const struct draft *draft, int64_t *ret_until);

/* When the last of the pods' labels was seen to be outdated, ms; 0 = never. */
int64_t attachment_relabelled_at(const struct draft *draft);
