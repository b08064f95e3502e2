/*
 * The parts of a kubeconfig: each takes its section over into the configuration.
 */
#pragma once

#include "llc/kube/config.h"
#include "section.h"

/* cluster is what an exec plugin may want to know. */
int kubeconfig_read_user(const struct section *s, const struct section *cluster,
                         struct kube_config *config, struct err *err);
int kubeconfig_read_exec(const struct section *s, const struct section *cluster,
                         struct kube_config *config, struct err *err);
