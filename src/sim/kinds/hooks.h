/*
 * The hooks of the kinds that are built in, one file a kind or a few.
 */
#pragma once

#include "kinds/kind.h"

extern const struct kind_hooks ADMISSION_POLICY_HOOKS, ADMISSION_BINDING_HOOKS; /* admission.c */
extern const struct kind_hooks BUDGET_HOOKS;                                    /* budget.c */
extern const struct kind_hooks CONFIG_MAP_HOOKS, SECRET_HOOKS;                  /* config.c */
extern const struct kind_hooks DEFINITION_HOOKS;                                /* crd.c */
extern const struct kind_hooks DEPLOYMENT_HOOKS, POD_TEMPLATE_HOOKS,
        REPLICA_SET_HOOKS;                                              /* workload.c */
extern const struct kind_hooks ENDPOINT_SLICE_HOOKS;                    /* slice.c */
extern const struct kind_hooks EVENT_HOOKS, EVENT_VIEW_HOOKS;           /* event.c */
extern const struct kind_hooks INGRESS_HOOKS;                           /* ingress.c */
extern const struct kind_hooks LEASE_HOOKS, SERVICE_ACCOUNT_HOOKS;      /* lease.c, account.c */
extern const struct kind_hooks LIMIT_RANGE_HOOKS, RESOURCE_QUOTA_HOOKS; /* quota.c */
extern const struct kind_hooks NAMESPACE_HOOKS;                         /* namespace.c */
extern const struct kind_hooks NETWORK_POLICY_HOOKS;                    /* network_policy.c */
extern const struct kind_hooks NODE_HOOKS;                              /* node.c */
extern const struct kind_hooks POD_HOOKS;                               /* pod.c */
extern const struct kind_hooks ROLE_HOOKS, ROLE_BINDING_HOOKS;          /* rbac.c */
extern const struct kind_hooks SERVICE_HOOKS;                           /* service.c */
