/*
 * Who is ours, and in what state.
 */
#pragma once

#include "draft.h"

/* Fills draft->pods; slots are not known yet. */
void census_take(struct draft *draft);
/* Counts the live pods, once their slots are known. */
void census_count(struct draft *draft);
