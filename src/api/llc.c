#include "llc/api/llc.h"

#include "table.h"

#define DNS_LABEL     "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define IMAGE_PATTERN "^\\S+$"

enum { IMAGE_MAX = 1024, STATUS_IMAGE_MAX = LLC_CONTAINERS_MAX * (IMAGE_MAX + 1) };

/* llc_rollout_ref */

static const char *const rollout_api_versions[] = { "argoproj.io/v1alpha1", NULL };
static const char *const rollout_kinds[] = { "Rollout", NULL };

static const struct field llc_rollout_ref_fields[] = {
        ROW_STR(llc_rollout_ref, api_version, "apiVersion", .names = rollout_api_versions,
                .max = 64, .def = "\"argoproj.io/v1alpha1\"",
                .doc = "API version of the Rollout; there is only one."),
        ROW_STR(llc_rollout_ref, kind, "kind", .names = rollout_kinds, .max = 64,
                .def = "\"Rollout\"", .doc = "Kind of what is followed; only Rollouts are."),
        ROW_STR(llc_rollout_ref, name, "name", .flags = FIELD_REQUIRED, .min = 1, .max = 253,
                .pattern = "^" DNS_LABEL "(\\." DNS_LABEL ")*$", .doc = "Name of the Rollout."),
};

static const struct desc_rule rollout_ref_rules[] = {
        { .rule = "self == oldSelf",
          .message = "spec.rolloutRef is immutable; create a new LongLivedCanary" },
};

static const struct type llc_rollout_ref_type =
        TABLE_TYPE(llc_rollout_ref, llc_rollout_ref_fields, TABLE_RULES(rollout_ref_rules));

/* llc_container */

static const struct field llc_container_fields[] = {
        ROW_STR(llc_container, name, "name", .flags = FIELD_REQUIRED, .min = 1, .max = 63,
                .pattern = "^" DNS_LABEL "$",
                .doc = "Name of a container of the Rollout's pod template; it must be there."),
        ROW_STR(llc_container, image, "image", .flags = FIELD_REQUIRED, .min = 1, .max = IMAGE_MAX,
                .pattern = IMAGE_PATTERN,
                .doc = "Image that the canary runs in this container instead of the Rollout's."),
};

static const struct type llc_container_type =
        TABLE_TYPE(llc_container, llc_container_fields,
                   .doc = "What differs in one container of the pod.");

/* llc_spec */

static const struct field llc_spec_fields[] = {
        ROW_OBJ(llc_spec, rollout_ref, "rolloutRef", llc_rollout_ref, .flags = FIELD_REQUIRED,
                .doc = "The Rollout, in the same namespace, that the canary runs beside. Canary "
                       "pods are built from the pod template of its stable ReplicaSet and carry "
                       "that ReplicaSet's hash, so that they stay in production traffic through "
                       "every promotion. Cannot be changed."),
        ROW_STR(llc_spec, image, "image", .min = 1, .max = IMAGE_MAX, .pattern = IMAGE_PATTERN,
                .doc = "Image that the canary runs instead of the Rollout's, for pods with one "
                       "container; with more, name the container under containers. A change "
                       "replaces the pods."),
        ROW_LIST(llc_spec, containers, "containers", llc_container, .flags = FIELD_MAP_LIST,
                 .list_key = "name", .max = LLC_CONTAINERS_MAX,
                 .doc = "What differs from the Rollout's pod template, by container name. "
                        "Containers that are not named run as they are. A change replaces the "
                        "pods."),
        ROW_INT(llc_spec, replicas, "replicas", .min = 0, .max = LLC_REPLICAS_MAX, .def = "1",
                .doc = "How many canary pods run, in addition to the Rollout's own. 0 keeps the "
                       "resource without pods."),
};

static const struct desc_rule spec_rules[] = {
        { .rule = "has(self.image) || (has(self.containers) && size(self.containers) > 0)",
          .message = "a canary must change something: set image or containers" },
        { .rule = "!has(self.image) || !has(self.containers) || size(self.containers) == 0",
          .message = "set image or containers, not both" },
};

const struct type llc_spec_type = TABLE_TYPE(llc_spec, llc_spec_fields, TABLE_RULES(spec_rules));

/* llc_status */

static const char *const phases[] = {
        "Pending", "Progressing", "Running", "Held", "Terminating", NULL,
};

static const struct field llc_status_fields[] = {
        ROW_INT(llc_status, observed_generation, "observedGeneration", .min = -1, .max = INT64_MAX,
                TABLE_PRESENT(llc_status, observed_generation),
                .doc = "The metadata.generation that this status speaks of; -1 before the "
                       "controller has seen the resource."),
        ROW_ENUM(llc_status, phase, "phase", phases,
                 .doc = "Summary of the conditions, for people. Pending: waits for its Rollout or "
                        "cannot be built. Progressing: pods come, go or become ready. Running: "
                        "all as asked for. Held: the Rollout is gone, the pods are kept out of "
                        "traffic. Terminating: being deleted."),
        ROW_INT(llc_status, replicas, "replicas", .min = 0, .max = INT32_MAX,
                .doc = "Live canary pods: neither being deleted nor finished."),
        ROW_STR(llc_status, ready, "ready", .max = 32,
                .doc = "Ready canary pods of those asked for, such as 1/2."),
        ROW_INT(llc_status, ready_replicas, "readyReplicas", .min = 0, .max = INT32_MAX,
                .doc = "Live canary pods that are ready."),
        ROW_INT(llc_status, available_replicas, "availableReplicas", .min = 0, .max = INT32_MAX,
                .doc = "Live canary pods that are available, which means ready."),
        ROW_INT(llc_status, updated_replicas, "updatedReplicas", .min = 0, .max = INT32_MAX,
                .doc = "Live canary pods that were built with the present image or containers."),
        ROW_STR(llc_status, selector, "selector", .max = 512,
                .doc = "Label selector of the canary pods, as kubectl get pods -l takes it."),
        ROW_STR(llc_status, image, "image", .max = STATUS_IMAGE_MAX,
                .doc = "Images that the canary runs in place of the Rollout's, joined by commas."),
        ROW_STR(llc_status, pod_template_hash, "podTemplateHash", .max = 63,
                .doc = "The rollouts-pod-template-hash that all live canary pods carry; absent "
                       "while they differ or are held."),
        ROW_INT_LIST(llc_status, incarnations, "incarnations", .max = LLC_REPLICAS_MAX,
                     .item_min = 0, .item_max = INT64_MAX,
                     .doc = "How many pods were ever started for each replica, by its number. "
                            "The controller's own: pod names follow from it."),
        ROW_LIST(llc_status, conditions, "conditions", condition, .flags = FIELD_MAP_LIST,
                 .list_key = "type", .max = 16,
                 .doc = "The state in detail. Ready: all pods run as asked for, in traffic. "
                        "Reconciling: work is under way. Stalled: nothing will change before "
                        "somebody acts on the reason."),
};

const struct type llc_status_type = TABLE_TYPE(llc_status, llc_status_fields);

/* llc */

static const struct field llc_fields[] = {
        ROW_OBJ(llc, meta, "metadata", meta, .flags = FIELD_REQUIRED | FIELD_HIDDEN),
        ROW_OBJ(llc, spec, "spec", llc_spec, .flags = FIELD_REQUIRED,
                .doc = "What is tried, and beside which Rollout."),
        ROW_OBJ(llc, status, "status", llc_status, .def = "{\"observedGeneration\": -1}",
                .doc = "What the controller has seen and done."),
};

const struct type llc_type =
        TABLE_TYPE(llc, llc_fields,
                   .doc = "A LongLivedCanary runs a variant of a Rollout's pods on production "
                          "traffic, for hours or days, while the Rollout keeps deploying as "
                          "usual.");

const char *llc_phase_name(int phase) {
        return phase ? phases[phase - 1] : "";
}
