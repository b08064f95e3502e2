/*
 * A small world to start a test from: canary "jdk21" of Rollout "checkout", stable hash "6d8f",
 * image override, template found, no pods. Change it through the members, then call
 * fixture_reconcile.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "llc/canary/plan.h"
#include "llc/canary/world.h"

enum { FIXTURE_PODS_MAX = 1100, FIXTURE_PAIRS_MAX = 8 };

#define FIXTURE_UID    "c0ffee01"
#define FIXTURE_STABLE "6d8f"

struct fixture_pod {
        struct pod pod;
        struct meta meta;
        struct pod_status status;
        struct pod_condition ready;
        struct owner_reference owner;
        struct str_pair labels[FIXTURE_PAIRS_MAX];
        struct str_pair annotations[FIXTURE_PAIRS_MAX];
};

struct fixture {
        struct arena arena;
        struct json *template_;
        struct meta llc_meta, replicaset_meta;
        struct identity rollout_meta;
        struct owner_reference replicaset_owner;
        struct str_pair replicaset_labels[1], replicaset_annotations[1];
        struct llc_rollout_ref rollout_ref;
        struct llc_update_policy update_policy;
        struct llc_traffic traffic;
        struct llc_validation validation;
        struct llc_spec spec;
        struct llc_status status;
        struct llc llc;
        struct rollout rollout;
        struct replicaset_spec replicaset_spec;
        struct replicaset_status replicaset_status;
        struct replicaset replicaset;
        const struct pod *pods[FIXTURE_PODS_MAX];
        struct world world;
        struct plan plan;
};

/* For cmocka_unit_test_setup_teardown. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A live, ready, up-to-date pod of that slot and incarnation; change it at will. */
struct fixture_pod *fixture_add_pod(struct fixture *fixture, int slot, int64_t incarnation);
/* Takes all pods and the plan away, and their memory. */
void fixture_clear(struct fixture *fixture);
void fixture_pod_label(struct fixture_pod *pod, const char *key, const char *value);
void fixture_pod_annotate(struct fixture_pod *pod, const char *key, const char *value);

/* Decides; the plan stays in the fixture until the next call. */
const struct plan *fixture_reconcile(struct fixture *fixture);

size_t fixture_count(const struct plan *plan, enum action_kind kind);
const struct condition *fixture_condition(const struct plan *plan, const char *type);
