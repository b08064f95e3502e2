/*
 * Who writes roles and bindings grants nothing that they may not do themselves, unless they may
 * escalate the role, or bind it (pkg/registry/rbac/escalation_check.go). Private to sim/serve.
 */
#pragma once

#include "serve/exchange.h"

/* As write_options.may_write; exchange is a struct exchange. 403 says what they lack; 404: the binding
 * is to a role that is not there; 501: a role with more rights than are looked at. */
int grants_check(void *exchange, const struct kind *kind, const char *namespace_,
                 const struct json *tree, const struct json *before, struct refusal *refusal);
