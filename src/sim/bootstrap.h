/*
 * What a cluster has before anybody asks it for anything: its namespaces, the definitions that are
 * shipped with it, who may do what.
 */
#pragma once

#include "verbs/verbs.h"

/* Creates them; into an empty store. */
int bootstrap(struct sim *sim, struct err *err);
