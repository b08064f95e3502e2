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
        LLC_IMAGE_MAX = 1024,
        LLC_CONTAINERS_MAX = 16,
        LLC_ENV_MAX = 256, /* per container */
};

struct llc_rollout_ref {
        const char *api_version, *kind; /* defaults argoproj.io/v1alpha1, Rollout */
        const char *name;
};

/* Part of a container's env; source: core/v1 EnvVar. */
struct llc_key_ref { /* of a ConfigMap or a Secret */
        const char *name, *key;
        bool has_optional, optional;
};

struct llc_field_ref {
        const char *api_version, *field_path;
};

struct llc_resource_field_ref {
        const char *container_name, *resource, *divisor;
};

struct llc_env_source { /* exactly one */
        const struct llc_key_ref *config_map_key_ref, *secret_key_ref;
        const struct llc_field_ref *field_ref;
        const struct llc_resource_field_ref *resource_field_ref;
};

struct llc_env {
        const char *name, *value;
        const struct llc_env_source *value_from;
};

struct llc_env_from_ref {
        const char *name;
        bool has_optional, optional;
};

struct llc_env_from { /* exactly one of the refs */
        const char *prefix;
        const struct llc_env_from_ref *config_map_ref, *secret_ref;
};

struct llc_resources { /* quantities as text, 1 and "1" alike */
        const struct str_pair *limits, *requests;
        size_t n_limits, n_requests;
};

/* What differs in one container or init container; what is absent stays as the template has it. */
struct llc_container {
        const char *name, *image, *image_pull_policy;
        const char *const *command, *const *args; /* NULL = absent; else n may be 0: cleared */
        size_t n_command, n_args;
        const struct llc_env *env; /* merged by name */
        size_t n_env;
        const struct llc_env_from *env_from; /* NULL = absent; else replaces the list */
        size_t n_env_from;
        const struct llc_resources *resources; /* merged by resource name */
};

struct llc_pod_metadata { /* merged by key */
        const struct str_pair *labels, *annotations;
        size_t n_labels, n_annotations;
};

/* Enums are 1 + index into their table's names. */
enum llc_update {
        LLC_UPDATE_RELABEL = 1, /* a new stable template leaves pods as they are */
        LLC_UPDATE_RECREATE,    /* it replaces them */
        LLC_UPDATE_ON_DELETE,   /* nothing replaces them but their deletion */
};

struct llc_update_policy {
        int type;                    /* default Relabel */
        const char *max_unavailable; /* "2" or "25%" (of replicas, rounded up); default "1" */
};

enum llc_traffic_mode {
        LLC_TRAFFIC_SERVICE = 1, /* in the Rollout's traffic */
        LLC_TRAFFIC_NONE,        /* out of it: no labels but ours */
};

struct llc_traffic {
        int mode;                 /* default Service */
        int64_t min_stable_ready; /* ready stable pods before the canary joins; default 1 */
};

struct llc_validation {
        int64_t max_restarts; /* of a container that is in a crash loop; default 5 */
};

enum llc_on_failure {
        LLC_ON_FAILURE_QUARANTINE = 1, /* out of traffic, kept for debugging */
        LLC_ON_FAILURE_TERMINATE,      /* pods deleted */
        LLC_ON_FAILURE_KEEP,           /* only told */
};

enum llc_on_rollout_missing {
        LLC_ON_ROLLOUT_MISSING_QUARANTINE = 1, /* held until there is a Rollout again */
        LLC_ON_ROLLOUT_MISSING_TERMINATE,
        LLC_ON_ROLLOUT_MISSING_KEEP,
};

/* The objects below are never NULL when decoded, but for podMetadata: they have defaults. */
struct llc_spec {
        const struct llc_rollout_ref *rollout_ref;
        const char *image; /* for the template's only container; NULL = none */
        const struct llc_container *containers;
        size_t n_containers;
        const struct llc_pod_metadata *pod_metadata;
        int64_t replicas; /* default 1 */
        const struct llc_update_policy *update_policy;
        int64_t min_ready_seconds;         /* default 0 */
        int64_t progress_deadline_seconds; /* default 600 */
        bool paused;
        const struct llc_traffic *traffic;
        const struct llc_validation *validation;
        int on_failure;         /* enum llc_on_failure */
        int on_rollout_missing; /* enum llc_on_rollout_missing */
        const char *owner, *description;
};

/* 1 + index into the table's names; derived from the conditions only. */
enum llc_phase {
        LLC_PHASE_PENDING = 1, /* waits: no Rollout, no stable ReplicaSet, or can't be built */
        LLC_PHASE_PROGRESSING, /* pods come, go, are replaced or become ready */
        LLC_PHASE_RUNNING,     /* all as asked for */
        LLC_PHASE_HELD,        /* out of traffic until the Rollout is fit for it again */
        LLC_PHASE_QUARANTINED, /* failed, out of traffic until somebody acts */
        LLC_PHASE_FAILED,      /* failed, and onFailure is Terminate or Keep */
        LLC_PHASE_PAUSED,
        LLC_PHASE_TERMINATING,
};

/* The last promotion that the canary followed. Times in ms, stored as whole seconds. */
struct llc_relabel {
        const char *from, *to;
        int64_t observed_at, completed_at;
};

struct llc_traffic_status {
        const char *service;      /* that the Rollout routes to; NULL = it names none */
        const char *service_hash; /* that it selects; NULL = none */
        int64_t share_percent;    /* ready canary pods in traffic of those and the Rollout's */
};

/* Why the canary failed; stands until a new resume annotation or another spec. */
struct llc_failure {
        const char *reason, *message;
        int64_t since;    /* ms, stored as whole seconds */
        const char *spec; /* fingerprint of the spec and the resume annotation that failed */
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
        const struct llc_relabel *last_relabel;
        const struct llc_traffic_status *traffic;
        const struct llc_failure *failure; /* NULL = it has not failed */
        const char *recounted; /* whose leaving of traffic the PodDisruptionBudgets have taken in */
        const struct condition *conditions;
        size_t n_conditions;
};

struct llc {
        const struct meta *meta; /* with ANNOTATION_RESUME */
        const struct llc_spec *spec;
        const struct llc_status *status; /* from the schema's default when the object has none */
};

extern const struct type llc_type;
extern const struct type llc_spec_type;
extern const struct type llc_container_type;
extern const struct type llc_status_type;

/* "Pending", "Progressing", …; "" when absent. */
const char *llc_phase_name(int phase);

/* The CustomResourceDefinition, generated from the tables. The caller owns the result. */
struct json *llc_crd(void);
