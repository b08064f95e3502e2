/*
 * Argo Rollouts v1.9, where it puts things into a ReplicaSet's template:
 *
 * - Ephemeral metadata (utils/replicaset/canary.go, SyncReplicaSetEphemeralPodMetadata): labels
 *   and annotations for as long as the ReplicaSet is stable, canary, active or preview. What they
 *   are is noted in an annotation of the ReplicaSet; they are taken off by key, as Argo does. Who
 *   may annotate a ReplicaSet could name any label there: those that it selects by stay.
 * - Anti-affinity (utils/replicaset/replicaset.go, GenerateReplicaSetAffinity): a term of
 *   podAntiAffinity, required or preferred, that keeps a new version away from the nodes of the
 *   one before it. Known, as in Argo, by the hash label in its selector.
 */
#include "leftovers.h"

#include <string.h>

#include "labels.h"
#include "llc/api/resource.h"

/*
 * Marks of tools on the Rollout's objects: on our pods they would make Argo CD, Flux or Helm
 * believe that the pod is theirs. Our own prefix: a template must not bring a held-labels.
 */
static const char *const FOREIGN_ANNOTATIONS[] = {
        "argocd.argoproj.io/",
        "kubectl.kubernetes.io/last-applied-configuration",
        "kustomize.toolkit.fluxcd.io/",
        "helm.toolkit.fluxcd.io/",
        "meta.helm.sh/",
        LABEL_OURS_PREFIX,
};

static const struct json_limits EPHEMERAL_LIMITS = {
        .max_bytes = 256 << 10, /* all annotations of an object together */
        .max_depth = 8,
        .max_nodes = 10000,
};

static bool has_prefix(const char *s, const char *prefix) {
        return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_map_of_strings(const struct json *map) {
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        if (!map)
                return true;
        while (json_next(map, &cursor, &key, &value))
                if (json_kind(value) != JSON_STRING)
                        return false;
        return json_kind(map) == JSON_OBJECT;
}

/* {"labels": {…}, "annotations": {…}}; NULL when there is none that Argo would read either. */
static struct json *ephemeral_metadata(const struct replicaset *replicaset) {
        const char *text = meta_annotation(replicaset->meta, ANNOTATION_EPHEMERAL);
        struct json *ephemeral = NULL;
        struct err err;

        if (!text || json_parse(bytes_of(text), &EPHEMERAL_LIMITS, &ephemeral, &err) < 0)
                return NULL;
        if (is_map_of_strings(json_get(ephemeral, "labels")) &&
            is_map_of_strings(json_get(ephemeral, "annotations")))
                return ephemeral;
        json_free(ephemeral);
        return NULL;
}

static bool is_selected_by(const struct replicaset *replicaset, const char *key) {
        const struct label_selector *selector =
                replicaset->spec ? replicaset->spec->selector : NULL;

        if (!selector)
                return false;
        for (size_t i = 0; i < selector->n_match_labels; i++)
                if (strcmp(selector->match_labels[i].key, key) == 0)
                        return true;
        for (size_t i = 0; i < selector->n_match_expressions; i++)
                if (strcmp(selector->match_expressions[i].key, key) == 0)
                        return true;
        return false;
}

static bool label_is_leftover(const struct replicaset *replicaset, const struct json *ephemeral,
                              const char *key) {
        if (strcmp(key, LABEL_HASH) == 0 || label_is_ours(key))
                return true;
        return json_has(ephemeral, key) && !is_selected_by(replicaset, key);
}

static bool annotation_is_leftover(const struct replicaset *replicaset,
                                   const struct json *ephemeral, const char *key) {
        (void)replicaset;
        for (size_t i = 0; i < sizeof(FOREIGN_ANNOTATIONS) / sizeof(FOREIGN_ANNOTATIONS[0]); i++)
                if (has_prefix(key, FOREIGN_ANNOTATIONS[i]))
                        return true;
        return json_has(ephemeral, key);
}

static void drop_keys(struct json *meta, const char *member, const struct replicaset *replicaset,
                      const struct json *ephemeral,
                      bool (*is_leftover)(const struct replicaset *replicaset,
                                          const struct json *ephemeral, const char *key)) {
        struct json *kept = json_new_object();
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        while (json_next(json_get(meta, member), &cursor, &key, &value))
                if (!is_leftover(replicaset, json_get(ephemeral, member), key))
                        json_set(kept, key, json_clone(value));
        json_set(meta, member, kept);
}

static bool selector_names_hash(const struct json *selector) {
        const struct json *expressions = json_get(selector, "matchExpressions");

        if (json_has(json_get(selector, "matchLabels"), LABEL_HASH))
                return true;
        if (json_kind(expressions) != JSON_ARRAY)
                return false;
        for (size_t i = 0; i < json_length(expressions); i++) {
                const struct json *key = json_get(json_at(expressions, i), "key");

                if (json_kind(key) == JSON_STRING && bytes_is(json_as_string(key), LABEL_HASH))
                        return true;
        }
        return false;
}

/* A PodAffinityTerm, or a WeightedPodAffinityTerm around one. */
static bool term_is_injected(const struct json *term) {
        const struct json *weighted = json_get(term, "podAffinityTerm");

        return selector_names_hash(json_get(weighted ? weighted : term, "labelSelector"));
}

/* Takes a member away that has become empty. */
static void drop_if_empty(struct json *object, const char *key) {
        if (json_length(json_get(object, key)) == 0)
                json_remove(object, key);
}

/* Were there any? */
static bool drop_injected_terms(struct json *anti_affinity, const char *key) {
        struct json *terms = json_get_mut(anti_affinity, key);
        bool dropped = false;

        if (json_kind(terms) != JSON_ARRAY)
                return false;
        for (size_t i = json_length(terms); i > 0; i--) {
                if (!term_is_injected(json_at(terms, i - 1)))
                        continue;
                json_remove_at(terms, i - 1);
                dropped = true;
        }
        if (dropped)
                drop_if_empty(anti_affinity, key);
        return dropped;
}

static void drop_anti_affinity(struct json *spec) {
        struct json *affinity = json_get_mut(spec, "affinity");
        struct json *anti_affinity = json_get_mut(affinity, "podAntiAffinity");
        bool dropped;

        dropped = drop_injected_terms(anti_affinity,
                                      "requiredDuringSchedulingIgnoredDuringExecution");
        dropped |= drop_injected_terms(anti_affinity,
                                       "preferredDuringSchedulingIgnoredDuringExecution");
        if (!dropped)
                return;
        drop_if_empty(affinity, "podAntiAffinity");
        drop_if_empty(spec, "affinity");
}

void leftovers_drop(const struct replicaset *replicaset, struct json *pod) {
        JSON_CLEANUP struct json *ephemeral = ephemeral_metadata(replicaset);
        struct json *meta = json_object_at(pod, "metadata");

        drop_keys(meta, "labels", replicaset, ephemeral, label_is_leftover);
        drop_keys(meta, "annotations", replicaset, ephemeral, annotation_is_leftover);
        drop_anti_affinity(json_get_mut(pod, "spec"));
}
