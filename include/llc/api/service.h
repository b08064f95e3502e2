/*
 * Service, v1: which pods it sends traffic to.
 */
#pragma once

#include "llc/api/meta.h"

struct service_spec {
        const struct str_pair *selector; /* none = it selects no pods by itself */
        size_t n_selector;
};

struct service {
        const struct identity *meta;
        const struct service_spec *spec;
};

extern const struct type service_type;
