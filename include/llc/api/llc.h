/*
 * LongLivedCanary, argo-canary.dev/v1alpha1: what users write and what we report.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/api/condition.h"
#include "llc/api/meta.h"

enum {
        LLC_NAME_MAX = 52, /* leaves room for "-<slot>-<suffix>" in a pod's name */
        LLC_REPLICAS_MAX = 1000,
        LLC_CONTAINERS_MAX = 16,
};

struct llc_rollout_ref {
        const char *api_version, *kind; /* defaults argoproj.io/v1alpha1, Rollout */
        const char *name;
};

struct llc_container {
        const char *name, *image;
};

struct llc_spec {
        const struct llc_rollout_ref *rollout_ref;
        const char *image; /* for the template's only container; NULL = none */
        const struct llc_container *containers;
        size_t n_containers;
        int64_t replicas; /* default 1 */
};

/* 1 + index into the table's names; derived from the conditions only. */
enum llc_phase {
        LLC_PHASE_PENDING = 1, /* waits: no Rollout, no stable ReplicaSet, or can't be built */
        LLC_PHASE_PROGRESSING, /* pods come, go, are replaced or become ready */
        LLC_PHASE_RUNNING,     /* all as asked for */
        LLC_PHASE_HELD,        /* taken out of traffic: the Rollout is gone */
        LLC_PHASE_TERMINATING,
};

struct llc_status {
        bool has_observed_generation;
        int64_t observed_generation; /* -1 from the schema default until the first pass */
        int phase;                   /* enum llc_phase */
        int64_t replicas;            /* live pods: no deletionTimestamp, not Failed or Succeeded */
        const char *ready;           /* "1/2": ready live pods / spec.replicas */
        int64_t ready_replicas;
        int64_t available_replicas;
        int64_t updated_replicas; /* live pods built with the present overrides */
        const char *selector;     /* our own labels, as `kubectl get pods -l` takes them */
        const char *image;        /* the image override in effect; several joined by "," */
        const char *
                pod_template_hash; /* the hash all live pods carry; NULL while they differ or are held */
        const int64_t *incarnations; /* by slot; trailing zeros are left out */
        size_t n_incarnations;
        const struct condition *conditions;
        size_t n_conditions;
};

struct llc {
        const struct meta *meta;
        const struct llc_spec *spec;
        const struct llc_status *status; /* from the schema's default when the object has none */
};

extern const struct type llc_type;
extern const struct type llc_spec_type;
extern const struct type llc_status_type;

/* "Pending", "Progressing", …; "" when absent. */
const char *llc_phase_name(int phase);

/* The CustomResourceDefinition, generated from the tables. The caller owns the result. */
struct json *llc_crd(void);
