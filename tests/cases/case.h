/*
 * One golden case: a world in a file.
 *
 * world.yaml has these members:
 *   now           RFC 3339; defaults to 2026-01-01T12:00:00Z
 *   llc           the LongLivedCanary
 *   canaryState   Unread or Found (live, in this pass); defaults to Found
 *   rollout       the Rollout
 *   rolloutState  Unknown, Found, Missing or NoKind; defaults to Found
 *   replicaSet    the stable ReplicaSet
 *   templateState Unread, Found or Missing; defaults to Found with a replicaSet, else to Unread
 *   service       the Service that the Rollout names
 *   serviceState  Unknown, Found or Missing; defaults to Found with a service, else to Unknown
 *   budgets       the namespace's PodDisruptionBudgets
 *   budgetsState  Unread, Found or Refused; defaults to Found with budgets, else to Unread
 *   pods          all that the cache has under the canary's name label
 *   failure       {pod, code, message}: the action on this pod failed; code as in err_code_name
 */
#pragma once

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "llc/canary/plan.h"
#include "llc/canary/world.h"

struct test_case {
        struct arena arena;
        struct json *tree;
        struct world world;
        bool has_failure;
        const char *failed_pod; /* NULL = a read, not the action on a pod */
        struct err failure;
};

/* Decodes the tree and takes it, also when that fails. */
int test_case_of(struct json *tree, struct test_case *ret_case, struct err *err);
/* Reads and decodes the file; errors name what is wrong with it. */
int test_case_load(const char *path, struct test_case *ret_case, struct err *err);
void test_case_deinit(struct test_case *test_case);

/* The decision on this world, with the failure noted if there is one. */
int test_case_decide(const struct test_case *test_case, const struct world *world,
                     struct arena *arena, struct plan *ret_plan, struct err *err);
