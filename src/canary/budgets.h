/*
 * PodDisruptionBudgets that must count again, because pods of ours left them unnoticed.
 */
#pragma once

#include "draft.h"

/*
 * Pods that are out of traffic now and were in it: touches the budgets that still count them, until
 * they do no more. Sets draft->recounted. Reads budgets only while that is not done.
 */
void budgets_decide(struct draft *draft);

/*
 * Another number of replicas, and no pod that comes or goes: touches the budgets that select our
 * pods once, for they count the number that is asked for. To be called when all else is decided.
 */
void budgets_decide_scale(struct draft *draft);
