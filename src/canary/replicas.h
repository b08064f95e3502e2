/*
 * How many pods, which of them, and when they are replaced.
 */
#pragma once

#include "draft.h"

/* Are pods to be made, now or once those that they replace are gone? */
bool replicas_need_template(const struct draft *draft);

/* Adds deletes, then creates, and reserves incarnations for slots whose pod has died. */
void replicas_decide(struct draft *draft);
