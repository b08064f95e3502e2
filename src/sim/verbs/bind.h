/*
 * POST pods/NAME/binding: gives a pod its node, which no update can.
 */
#pragma once

#include "verbs/verbs.h"

/* 409 when it has a node already, or is being deleted. */
int verb_bind(struct sim *sim, const char *namespace_, const char *name, const char *node,
              struct refusal *refusal);
