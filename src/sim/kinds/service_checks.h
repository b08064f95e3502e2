/*
 * What a Service must hold to.
 */
#pragma once

#include "kinds/kind.h"

void service_validate(const struct kind *kind, const struct json *service,
                      const struct json *before, enum part part, struct field_errors *errors);
/* By the load balancer, ports of nodes or external addresses (service.c). */
bool service_is_reached_from_outside(const struct json *spec);
