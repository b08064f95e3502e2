/*
 * What is created to be answered and not stored: access reviews and TokenRequests
 * (authentication.k8s.io/v1, authorization.k8s.io/v1). Private to sim/serve.
 */
#pragma once

#include "serve/exchange.h"

/* Is the target one of them? */
bool reviews_know(const struct target *target);
bool reviews_know_group(const char *group);
int reviews_serve(struct exchange *exchange);
/* POST serviceaccounts/NAME/token */
int reviews_issue_token(struct exchange *exchange);
