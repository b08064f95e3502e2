/* What is reported of a canary. */
#include "llc/api/llc.h"

#include "table.h"

enum {
        IMAGES_MAX = LLC_CONTAINERS_MAX * (LLC_IMAGE_MAX + 1),
        HASH_MAX = 63, /* a label's value */
        NAME_LENGTH_MAX = 253,
};

/* llc_relabel */

static const struct field llc_relabel_fields[] = {
        ROW_STR(llc_relabel, from, "from", .max = HASH_MAX,
                .doc = "The rollouts-pod-template-hash that the pods carried before; absent when "
                       "they differed."),
        ROW_STR(llc_relabel, to, "to", .max = HASH_MAX,
                .doc = "The rollouts-pod-template-hash of the new stable ReplicaSet."),
        ROW_TIME(llc_relabel, observed_at, "observedAt",
                 .doc = "When the controller saw that the Rollout has a new stable ReplicaSet."),
        ROW_TIME(llc_relabel, completed_at, "completedAt",
                 .doc = "When all pods were seen to carry the new hash; absent until then."),
};

static const struct type llc_relabel_type = TABLE_TYPE(llc_relabel, llc_relabel_fields);

/* llc_traffic_status */

static const struct field llc_traffic_status_fields[] = {
        ROW_STR(llc_traffic_status, service, "service", .max = NAME_LENGTH_MAX,
                .doc = "The Service that the Rollout says its production traffic comes through; "
                       "absent when it names none."),
        ROW_STR(llc_traffic_status, service_hash, "serviceHash", .max = HASH_MAX,
                .doc = "The rollouts-pod-template-hash that the Service selects; absent when it "
                       "selects none."),
        ROW_INT(llc_traffic_status, share_percent, "sharePercent", .min = 0, .max = 100,
                .doc = "Canary pods that are ready and in traffic, in percent of those and the "
                       "Rollout's available pods."),
};

static const struct type llc_traffic_status_type =
        TABLE_TYPE(llc_traffic_status, llc_traffic_status_fields);

/* llc_failure */

static const struct field llc_failure_fields[] = {
        ROW_STR(llc_failure, reason, "reason", .flags = FIELD_REQUIRED, .min = 1, .max = 128,
                .doc = "Why it failed, in one word for programs: CrashLooping or "
                       "ProgressDeadlineExceeded."),
        ROW_STR(llc_failure, message, "message", .max = 1024,
                .doc = "Which pod and container it was, for people."),
        ROW_TIME(llc_failure, since, "since", .doc = "When the controller saw it."),
        ROW_STR(llc_failure, spec, "spec", .flags = FIELD_REQUIRED, .max = 63,
                .doc = "Stands for the spec and the resume annotation that failed. The failure "
                       "ends when either changes. The controller's own."),
};

static const struct type llc_failure_type = TABLE_TYPE(llc_failure, llc_failure_fields);

/* llc_status */

static const char *const phases[] = {
        "Pending", "Progressing", "Running",     "Held", "Quarantined",
        "Failed",  "Paused",      "Terminating", NULL,
};

const char *llc_phase_name(int phase) {
        return phase ? phases[phase - 1] : "";
}
static const struct field llc_status_fields[] = {
        ROW_INT(llc_status, observed_generation, "observedGeneration", .min = -1, .max = INT64_MAX,
                TABLE_PRESENT(llc_status, observed_generation),
                .doc = "The metadata.generation that this status speaks of; -1 before the "
                       "controller has seen the resource."),
        ROW_ENUM(llc_status, phase, "phase", phases,
                 .doc = "Summary of the conditions, for people. Pending: waits for its Rollout, or "
                        "its pods cannot be built. Progressing: pods come, go, are replaced or "
                        "become ready. Running: all as asked for. Held: out of traffic until the "
                        "Rollout is fit for it again. Quarantined: it failed, and is out of "
                        "traffic until somebody acts. Failed: it failed, and onFailure says "
                        "Terminate or Keep. Paused: spec.paused is set. Terminating: being "
                        "deleted."),
        ROW_INT(llc_status, replicas, "replicas", .min = 0, .max = INT32_MAX,
                .doc = "Live canary pods: neither being deleted nor finished."),
        ROW_STR(llc_status, ready, "ready", .max = 32,
                .doc = "Ready canary pods of those asked for, such as 1/2."),
        ROW_INT(llc_status, ready_replicas, "readyReplicas", .min = 0, .max = INT32_MAX,
                .doc = "Live canary pods that are ready."),
        ROW_INT(llc_status, available_replicas, "availableReplicas", .min = 0, .max = INT32_MAX,
                .doc = "Live canary pods that are available: ready for minReadySeconds."),
        ROW_INT(llc_status, updated_replicas, "updatedReplicas", .min = 0, .max = INT32_MAX,
                .doc = "Live canary pods that were built as the spec now says; where "
                       "updatePolicy.type is Recreate, from the present stable template too."),
        ROW_STR(llc_status, selector, "selector", .max = 512,
                .doc = "Label selector of the canary pods, as kubectl get pods -l takes it."),
        ROW_STR(llc_status, image, "image", .max = IMAGES_MAX,
                .doc = "Images that the canary runs in place of the Rollout's, joined by commas."),
        ROW_STR(llc_status, pod_template_hash, "podTemplateHash", .max = 63,
                .doc = "The rollouts-pod-template-hash that all live canary pods carry; absent "
                       "while they differ or are held."),
        ROW_INT_LIST(llc_status, incarnations, "incarnations", .max = LLC_REPLICAS_MAX,
                     .item_min = 0, .item_max = INT64_MAX,
                     .doc = "How many pods were ever started for each replica, by its number. "
                            "The controller's own: pod names follow from it."),
        ROW_OBJ(llc_status, last_relabel, "lastRelabel", llc_relabel,
                .doc = "The last change of the stable ReplicaSet that the canary followed."),
        ROW_OBJ(llc_status, traffic, "traffic", llc_traffic_status,
                .doc = "How the canary stands in production traffic."),
        ROW_OBJ(llc_status, failure, "failure", llc_failure,
                .doc = "Why the canary failed; absent when it has not. It stands until the "
                       "argo-canary.dev/resume annotation gets a new value or the spec changes."),
        ROW_STR(llc_status, recounted, "recounted", .max = 63,
                .doc = "Stands for the pods that left traffic and that the PodDisruptionBudgets "
                       "no longer count. The controller's own."),
        ROW_LIST(llc_status, conditions, "conditions", condition, .flags = FIELD_MAP_LIST,
                 .list_key = "type", .max = 16,
                 .doc = "The state in detail. Ready: all pods run as asked for, in traffic. "
                        "Reconciling: work is under way. Stalled: nothing will change before "
                        "somebody acts on the reason. RolloutFound, PodsAvailable, "
                        "TrafficAttached, TemplateDrifted and Paused say what their names say."),
};

const struct type llc_status_type = TABLE_TYPE(llc_status, llc_status_fields);
