/*
 * How many pods, which of them, and when they are replaced.
 */
#pragma once

#include "draft.h"

/* Adds deletes, then creates, and reserves incarnations for slots whose pod has died. */
void replicas_decide(struct draft *draft);
