/*
 * RBAC's roles and bindings, compiled from the objects in the store, again whenever one changes.
 * Private to sim/serve.
 *
 * A ClusterRole with an aggregationRule has the rules of those that it selects, without anybody
 * having written them into it.
 */
#pragma once

#include "serve/access.h"

struct rbac;

struct rbac *rbac_new(struct sim *sim);
void rbac_free(struct rbac *rbac);

/* As access_allows, access_rules and access_role_rules. */
bool rbac_allows(struct rbac *rbac, const struct user *user, const struct attempt *attempt,
                 struct arena *arena, const char **ret_reason);
struct json *rbac_rules(struct rbac *rbac, const struct user *user, const char *namespace_);
struct json *rbac_role_rules(struct rbac *rbac, const char *namespace_, const char *name);
