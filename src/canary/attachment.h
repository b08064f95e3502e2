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
 * Does the Service select another hash only because Argo is between its two writes of a promotion?
 * The blue-green strategy moves the Service before status.stableRS, the canary strategy after it.
 * Nothing is said meanwhile, so that a promotion costs one status. *ret_until: when that is over,
 * ms.
 */
bool attachment_is_settling(const struct draft *draft, int64_t *ret_until);

/* When the last of the pods' labels was seen to be outdated, ms; 0 = never. */
int64_t attachment_relabelled_at(const struct draft *draft);
