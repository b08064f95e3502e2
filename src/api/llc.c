#include "llc/api/llc.h"

#include "llc/api/resource.h"
#include "table.h"

#define KEY_PATTERN                                                                                \
        "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"

enum {
        LABELS_MAX = 64,
        ANNOTATIONS_MAX = 64,
        ANNOTATION_VALUE_MAX = 16384,
        MAX_RESTARTS_MAX = 1000,
};

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
                .pattern = "^" TABLE_DNS_LABEL "(\\." TABLE_DNS_LABEL ")*$",
                .doc = "Name of the Rollout."),
};

static const struct desc_rule rollout_ref_rules[] = {
        { .rule = "self == oldSelf",
          .message = "spec.rolloutRef is immutable; create a new LongLivedCanary" },
};

static const struct type llc_rollout_ref_type =
        TABLE_TYPE(llc_rollout_ref, llc_rollout_ref_fields, TABLE_RULES(rollout_ref_rules));

/* llc_pod_metadata */

/* The same for labels and annotations. */
/* clang-format off */
#define FENCE_RULES(of)                                                                            \
        { .rule = "!('" LABEL_HASH "' in self)",                                                   \
          .message = LABEL_HASH " is set by the controller, to the stable ReplicaSet's" },         \
        { .rule = "self.all(key, !key.startsWith('" LABEL_OURS_PREFIX "'))",                       \
          .message = of " under " LABEL_OURS_PREFIX " are set by the controller: choose another "  \
                     "prefix" },                                                                   \
        { .rule = "self.all(key, size(key) <= 317 && key.matches('" KEY_PATTERN "'))",             \
          .message = "a key is a name of up to 63 letters, digits, '-', '_' and '.', or a DNS "    \
                     "name, a slash and such a name: version, example.com/version" }
/* clang-format on */

static const struct desc_rule label_rules[] = { FENCE_RULES("labels") };
static const struct desc_rule annotation_rules[] = { FENCE_RULES("annotations") };

static const struct desc_rule label_value_rules[] = {
        { .rule = "self.matches('^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$')",
          .message = "a label's value is up to 63 letters, digits, '-', '_' and '.', with a letter "
                     "or digit first and last, or nothing" },
};

static const struct field llc_pod_metadata_fields[] = {
        ROW_STR_MAP(llc_pod_metadata, labels, "labels", .max = LABELS_MAX, .item_max = 63,
                    TABLE_ITEM_RULES(label_value_rules), TABLE_RULES(label_rules),
                    .doc = "Labels that the canary pods carry besides, or instead of, the "
                           "template's. Labels that the Rollout selects its pods by cannot be "
                           "changed."),
        ROW_STR_MAP(llc_pod_metadata, annotations, "annotations", .max = ANNOTATIONS_MAX,
                    .item_max = ANNOTATION_VALUE_MAX, TABLE_RULES(annotation_rules),
                    .doc = "Annotations that the canary pods carry besides, or instead of, the "
                           "template's."),
};

static const struct desc_rule pod_metadata_rules[] = {
        { .rule = "(has(self.labels) && size(self.labels) > 0) || "
                  "(has(self.annotations) && size(self.annotations) > 0)",
          .message = "set labels or annotations" },
};

static const struct type llc_pod_metadata_type =
        TABLE_TYPE(llc_pod_metadata, llc_pod_metadata_fields, TABLE_RULES(pod_metadata_rules));

/* llc_update_policy */

static const char *const updates[] = { "Relabel", "Recreate", "OnDelete", NULL };

static const struct desc_rule max_unavailable_rules[] = {
        { .rule = "type(self) == int ? self >= 1 : self.matches('^([1-9][0-9]?|100)%$')",
          .message = "maxUnavailable is a number of pods from 1, or a percentage from 1% to 100%" },
};

static const struct field llc_update_policy_fields[] = {
        ROW_ENUM(llc_update_policy, type, "type", updates, .def = "\"Relabel\"",
                 .doc = "What happens to the pods when the Rollout has a new stable template. "
                        "Relabel, the default: they keep running as they are and follow its "
                        "traffic; new ones are built from it. Recreate: they are replaced. "
                        "OnDelete: they are replaced when somebody deletes them; so it is then "
                        "with changes of the spec, which replace pods under the other two."),
        ROW_STR(llc_update_policy, max_unavailable, "maxUnavailable", .flags = FIELD_INT_OR_STRING,
                .min = 1, .max = 32, .def = "1", TABLE_RULES(max_unavailable_rules),
                .doc = "How many pods may be unavailable while pods are replaced: a number from 1, "
                       "or a percentage of replicas from 1% to 100%, rounded up. 1 by default: "
                       "one after another."),
};

static const struct type llc_update_policy_type =
        TABLE_TYPE(llc_update_policy, llc_update_policy_fields);

/* llc_traffic */

static const char *const traffic_modes[] = { "Service", "None", NULL };

static const struct field llc_traffic_fields[] = {
        ROW_ENUM(llc_traffic, mode, "mode", traffic_modes, .def = "\"Service\"",
                 .doc = "Service, the default: the pods are endpoints of the Services that the "
                        "Rollout's stable pods are endpoints of. None: they carry no label of "
                        "the template and get no traffic. A change replaces no pod."),
        ROW_INT(llc_traffic, min_stable_ready, "minStableReady", .min = 0, .max = LLC_REPLICAS_MAX,
                .def = "1",
                .doc = "How many pods of the stable ReplicaSet must be ready before the canary "
                       "joins traffic, so that it never serves production alone. 1 by default; 0 "
                       "joins at once."),
};

static const struct type llc_traffic_type = TABLE_TYPE(llc_traffic, llc_traffic_fields);

/* llc_validation */

static const struct field llc_validation_fields[] = {
        ROW_INT(llc_validation, max_restarts, "maxRestarts", .min = 0, .max = MAX_RESTARTS_MAX,
                .def = "5",
                .doc = "How often a container may have restarted while it is in a crash loop "
                       "before the canary has failed. 5 by default."),
};

static const struct type llc_validation_type = TABLE_TYPE(llc_validation, llc_validation_fields);

/* llc_spec */

static const char *const on_failures[] = { "Quarantine", "Terminate", "Keep", NULL };
static const char *const on_rollouts_missing[] = { "Quarantine", "Terminate", "Keep", NULL };

static const struct field llc_spec_fields[] = {
        ROW_OBJ(llc_spec, rollout_ref, "rolloutRef", llc_rollout_ref, .flags = FIELD_REQUIRED,
                .doc = "The Rollout, in the same namespace, that the canary runs beside. Canary "
                       "pods are built from the pod template of its stable ReplicaSet and carry "
                       "that ReplicaSet's hash, so that they stay in production traffic through "
                       "every promotion. Cannot be changed."),
        ROW_STR(llc_spec, image, "image", .min = 1, .max = LLC_IMAGE_MAX, .pattern = TABLE_IMAGE,
                .doc = "Image that the canary runs instead of the Rollout's, for pods with one "
                       "container; with more, name the container under containers. A change "
                       "replaces the pods."),
        ROW_LIST(llc_spec, containers, "containers", llc_container, .flags = FIELD_MAP_LIST,
                 .list_key = "name", .max = LLC_CONTAINERS_MAX,
                 .doc = "What differs from the Rollout's pod template, by container name. "
                        "Containers that are not named run as they are. A change replaces the "
                        "pods."),
        ROW_OBJ(llc_spec, pod_metadata, "podMetadata", llc_pod_metadata,
                .doc = "Labels and annotations that the canary changes in its pods. A change "
                       "replaces the pods."),
        ROW_INT(llc_spec, replicas, "replicas", .min = 0, .max = LLC_REPLICAS_MAX, .def = "1",
                .doc = "How many canary pods run, in addition to the Rollout's own. 0 keeps the "
                       "resource without pods. 1 by default."),
        ROW_OBJ(llc_spec, update_policy, "updatePolicy", llc_update_policy, .def = "{}",
                .doc = "When running pods are replaced, and how many at a time."),
        ROW_INT(llc_spec, min_ready_seconds, "minReadySeconds", .min = 0, .max = INT32_MAX,
                .def = "0",
                .doc = "How long a pod must be ready without a break before it is available, and "
                       "the next may be replaced. 0 by default: at once."),
        ROW_INT(llc_spec, progress_deadline_seconds, "progressDeadlineSeconds", .min = 1,
                .max = INT32_MAX, .def = "600",
                .doc = "How long a pod may be not ready before the canary has failed. 600, ten "
                       "minutes, by default; 2147483647 is never."),
        ROW_BOOL(llc_spec, paused, "paused", .def = "false",
                 .doc = "Whether the controller leaves the pods alone: none is created, replaced "
                        "or deleted. Their labels still follow the Rollout, and failures still "
                        "take them out of traffic. false by default."),
        ROW_OBJ(llc_spec, traffic, "traffic", llc_traffic, .def = "{}",
                .doc = "Whether and when the canary takes production traffic."),
        ROW_OBJ(llc_spec, validation, "validation", llc_validation, .def = "{}",
                .doc = "What counts as a failure of the canary."),
        ROW_ENUM(llc_spec, on_failure, "onFailure", on_failures, .def = "\"Quarantine\"",
                 .doc = "What happens when the canary has failed. Quarantine, the default: all its "
                        "pods leave traffic at once and are kept for debugging. Terminate: they "
                        "are deleted. Keep: they stay in traffic; the failure is only reported. "
                        "It ends with a change of the spec, or a new value of the annotation "
                        "argo-canary.dev/resume."),
        ROW_ENUM(llc_spec, on_rollout_missing, "onRolloutMissing", on_rollouts_missing,
                 .def = "\"Quarantine\"",
                 .doc = "What happens when the Rollout is not there, or is being deleted. "
                        "Quarantine, the default: the pods leave traffic and are kept until there "
                        "is a Rollout of that name again. Terminate: they are deleted. Keep: they "
                        "stay as they are."),
        ROW_STR(llc_spec, owner, "owner", .max = 253,
                .doc = "Who to ask about the canary: a person, a team or a channel. For people; "
                       "a change does nothing."),
        ROW_STR(llc_spec, description, "description", .max = 1024,
                .doc = "What is tried, and why. For people; a change does nothing."),
};

static const struct desc_rule spec_rules[] = {
        { .rule = "has(self.image) || (has(self.containers) && size(self.containers) > 0) || "
                  "has(self.podMetadata)",
          .message = "a canary must change something: set image, containers or podMetadata" },
        { .rule = "!has(self.image) || !has(self.containers) || size(self.containers) == 0",
          .message = "set image or containers, not both; with containers, set the image there",
          .field_path = ".image" },
        { .rule = "self.progressDeadlineSeconds > self.minReadySeconds",
          .message = "progressDeadlineSeconds must be more than minReadySeconds, or no pod could "
                     "become available in time",
          .field_path = ".progressDeadlineSeconds" },
};

const struct type llc_spec_type = TABLE_TYPE(llc_spec, llc_spec_fields, TABLE_RULES(spec_rules));

/* llc */

static const struct field llc_fields[] = {
        ROW_OBJ_AS(llc, meta, "metadata", meta, meta_llc_type,
                   .flags = FIELD_REQUIRED | FIELD_HIDDEN),
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
