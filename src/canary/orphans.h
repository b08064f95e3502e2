/*
 * Pods that we made and that have lost us: deleted with propagationPolicy Orphan, or their owner
 * reference taken away by hand.
 */
#pragma once

#include "draft.h"

/*
 * Takes the template's labels off them, so that whoever adopted them by these lets them go. The
 * LongLivedCanary need not exist.
 */
void orphans_decide(struct draft *draft);
