/*
 * Keeping the pods where production's traffic is, or out of it.
 */
#pragma once

#include "draft.h"

/* Adds relabels, holds and releases: they wait for nothing else and stand first in the plan. */
void traffic_decide(struct draft *draft);
