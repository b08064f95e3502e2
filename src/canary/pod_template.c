/*
 * The pod must be what production's pods are, less what belongs to others, plus what makes it
 * ours. Each step is a row of build_steps; the order is the order in the product's contract:
 * template, cleaning, overrides, our own labels and annotations, owner. Ours come last, so that
 * neither a template nor an override can forge them.
 *
 * A nodeName, finalizers or scheduling gates of the template stay: the ReplicaSet's pods have them
 * too.
 */
#include "pod_template.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "labels.h"
#include "leftovers.h"
#include "llc/api/resource.h"
#include "overrides.h"
#include "requirement.h"

#define ANNOTATION_SAFE_TO_EVICT "cluster-autoscaler.kubernetes.io/safe-to-evict"

static bool string_is(const struct json *json, const char *s) {
        return json_kind(json) == JSON_STRING && bytes_is(json_as_string(json), s);
}

static const struct json *source_template(const struct pod_source *source) {
        return source->replicaset->spec ? source->replicaset->spec->template_ : NULL;
}

static bool is_array_of_objects(const struct json *json) {
        if (json_kind(json) != JSON_ARRAY)
                return false;
        for (size_t i = 0; i < json_length(json); i++)
                if (json_kind(json_at(json, i)) != JSON_OBJECT)
                        return false;
        return true;
}

bool pod_template_is_usable(const struct pod_source *source) {
        const struct meta *meta = source->replicaset->meta;
        const struct owner_reference *controller = meta_controller(meta);
        const struct json *template_ = source_template(source);
        const struct json *spec = json_get(template_, "spec");
        const struct json *labels = json_get(json_get(template_, "metadata"), "labels");
        const char *hash = meta_label(meta, LABEL_HASH);

        return controller && strcmp(controller->uid, source->rollout->meta->uid) == 0 && hash &&
               strcmp(hash, source->stable) == 0 &&
               string_is(json_get(labels, LABEL_HASH), source->stable) &&
               is_array_of_objects(json_get(spec, "containers")) &&
               (!json_get(spec, "initContainers") ||
                is_array_of_objects(json_get(spec, "initContainers")));
}

/* What the ReplicaSet controller takes over into its pods. */
static int step_copy_template(const struct pod_source *source, struct json *pod, struct err *err) {
        const struct json *template_ = source_template(source);
        const struct json *template_meta = json_get(template_, "metadata");
        struct json *meta = json_object_at(pod, "metadata");

        (void)err;
        json_set(meta, "name", NULL); /* its place: readers look for it first */
        json_set_str(meta, "namespace", source->llc->meta->namespace_);
        json_set(meta, "labels", json_clone(json_get(template_meta, "labels")));
        json_set(meta, "annotations", json_clone(json_get(template_meta, "annotations")));
        if (json_has(template_meta, "finalizers"))
                json_set(meta, "finalizers", json_clone(json_get(template_meta, "finalizers")));
        json_set(pod, "spec", json_clone(json_get(template_, "spec")));
        return 0;
}

static int step_drop_leftovers(const struct pod_source *source, struct json *pod, struct err *err) {
        (void)err;
        leftovers_drop(source->replicaset, pod);
        return 0;
}

static int step_apply_overrides(const struct pod_source *source, struct json *pod,
                                struct err *err) {
        return overrides_apply(source->llc->spec, json_get_mut(pod, "spec"), err);
}

static const struct label_selector *source_selector(const struct pod_source *source) {
        return source->replicaset->spec ? source->replicaset->spec->selector : NULL;
}

static bool is_added_label(const struct pod_source *source, const char *key) {
        const struct llc_pod_metadata *add = source->llc->spec->pod_metadata;

        return add && str_pairs_get(add->labels, add->n_labels, key);
}

/* An added label that the selector does not want is the override's fault, not the template's. */
static int step_apply_metadata(const struct pod_source *source, struct json *pod, struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct label_selector *selector = source_selector(source);
        struct json *meta = json_object_at(pod, "metadata");
        struct requirement unmet;

        if (overrides_apply_metadata(source->llc->spec, meta, err) < 0)
                return -1;
        if (selector &&
            requirement_find_unmet(selector, json_get(meta, "labels"), &arena, &unmet) &&
            is_added_label(source, unmet.key))
                return err_set(err, ERR_INVALID,
                               "spec.podMetadata.labels[\"%s\"]: the Rollout selects %s", unmet.key,
                               unmet.text);
        return 0;
}

static int step_mark_ours(const struct pod_source *source, struct json *pod, struct err *err) {
        struct json *meta = json_object_at(pod, "metadata");
        struct json *labels = json_object_at(meta, "labels");
        struct json *annotations = json_object_at(meta, "annotations");

        (void)err;
        json_set_str(labels, LABEL_HASH, source->stable);
        json_set_str(labels, LABEL_NAME, source->llc->meta->name);
        json_set_str(labels, LABEL_ROLE, "canary");
        json_set_str(annotations, ANNOTATION_SPEC_HASH, source->spec_hash);
        json_set_str(annotations, ANNOTATION_BASE_HASH, source->stable);
        json_set_str(annotations, ANNOTATION_UID, source->llc->meta->uid);
        /* The autoscaler does not know our kind and would never drain the node otherwise. */
        if (!json_has(annotations, ANNOTATION_SAFE_TO_EVICT))
                json_set_str(annotations, ANNOTATION_SAFE_TO_EVICT, "true");
        return 0;
}

static int step_set_owner(const struct pod_source *source, struct json *pod, struct err *err) {
        struct json *owners = json_new_array();
        struct json *owner = json_new_object();

        (void)err;
        json_set_str(owner, "apiVersion", LLC_API_VERSION);
        json_set_str(owner, "kind", LLC_KIND);
        json_set_str(owner, "name", source->llc->meta->name);
        json_set_str(owner, "uid", source->llc->meta->uid);
        json_set_bool(owner, "controller", true);
        json_set_bool(owner, "blockOwnerDeletion", true);
        json_append(owners, owner);
        json_set(json_object_at(pod, "metadata"), "ownerReferences", owners);
        return 0;
}

static int (*const build_steps[])(const struct pod_source *source, struct json *pod,
                                  struct err *err) = {
        step_copy_template,  step_drop_leftovers, step_apply_overrides,
        step_apply_metadata, step_mark_ours,      step_set_owner,
};

int pod_template_build(const struct pod_source *source, struct json **ret_prototype,
                       struct err *err) {
        JSON_CLEANUP struct json *pod = json_new_object();

        json_set_str(pod, "apiVersion", RESOURCE_POD.version);
        json_set_str(pod, "kind", RESOURCE_POD.kind);
        for (size_t i = 0; i < sizeof(build_steps) / sizeof(build_steps[0]); i++)
                if (build_steps[i](source, pod, err) < 0)
                        return -1;
        *ret_prototype = pod;
        pod = NULL;
        return 0;
}

int pod_template_check_selector(const struct pod_source *source, const struct json *prototype,
                                struct err *err) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        const struct json *labels = json_get(json_get(prototype, "metadata"), "labels");
        const struct label_selector *selector = source_selector(source);
        const struct json *label;
        struct requirement unmet;

        if (!selector || !requirement_find_unmet(selector, labels, &arena, &unmet))
                return 0;
        label = json_get(labels, unmet.key);
        return err_set(err, ERR_INVALID, "the Rollout selects %s, but the pod would have %s%s%s",
                       unmet.text, label ? unmet.key : "no such label", label ? "=" : "",
                       json_kind(label) == JSON_STRING ? json_as_string(label).ptr : "");
}

static int key_by_name(const void *a, const void *b) {
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys that production's controllers may select on, sorted. */
static const char **template_label_keys(const struct json *labels, struct arena *arena,
                                        size_t *ret_n) {
        const char **keys = ARENA_NEW_ARRAY(arena, const char *, json_length(labels));
        const struct json *value;
        void *cursor = NULL;
        const char *key;
        size_t n = 0;

        while (json_next(labels, &cursor, &key, &value))
                if (!label_is_ours(key))
                        keys[n++] = arena_strdup(arena, key);
        if (n > 1)
                qsort(keys, n, sizeof(*keys), key_by_name);
        *ret_n = n;
        return keys;
}

int pod_template_hold(struct json *prototype, struct arena *arena, struct err *err) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(SAVED_LABELS_MAX);
        JSON_CLEANUP struct json *held = json_new_object();
        struct json *meta = json_object_at(prototype, "metadata");
        struct json *labels = json_object_at(meta, "labels");
        size_t n;
        const char **keys = template_label_keys(labels, arena, &n);

        for (size_t i = 0; i < n; i++)
                if (strcmp(keys[i], LABEL_HASH) != 0)
                        json_set(held, keys[i], json_clone(json_get(labels, keys[i])));
        json_write(held, &text);
        if (!strbuf_ok(&text))
                return err_set(err, ERR_INVALID,
                               "the template's labels are too large to be saved in an annotation");
        for (size_t i = 0; i < n; i++)
                json_remove(labels, keys[i]);
        json_set_str(json_object_at(meta, "annotations"), ANNOTATION_HELD_LABELS,
                     strbuf_str(&text));
        return 0;
}

struct json *pod_template_instance(const struct json *prototype,
                                   const struct pod_identity *identity, struct arena *arena) {
        struct json *pod = json_clone(prototype);
        struct json *meta = json_object_at(pod, "metadata");
        struct json *annotations = json_object_at(meta, "annotations");

        json_set_str(meta, "name", identity->name);
        json_set_str(annotations, ANNOTATION_SLOT, arena_printf(arena, "%d", identity->slot));
        json_set_str(annotations, ANNOTATION_INCARNATION,
                     arena_printf(arena, "%" PRId64, identity->incarnation));
        if (identity->attempt > 0)
                json_set_str(annotations, ANNOTATION_ATTEMPT,
                             arena_printf(arena, "%" PRId64, identity->attempt));
        return pod;
}
