/*
 * Deployments and ReplicaSets: pods made from a template that must fit the selector. And templates
 * alone.
 */
#include <string.h>

#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/pod_spec.h"
#include "kinds/selector_check.h"
#include "kinds/selector_text.h"
#include "storage/selector.h"

enum { TEXT_MAX = 64 * 1024 };

static struct json *template_spec(struct json *object) {
        struct json *template = member_object_mut(member_object_mut(object, "spec"), "template");

        return member_object_mut(template, "spec");
}

static void prepare_template(struct json *object) {
        struct json *spec = template_spec(object);

        if (spec)
                pod_spec_prepare(spec);
}

static void prepare_replica_set(const struct kind *kind, struct json *object,
                                const struct json *before, enum part part, int64_t now_ms) {
        (void)kind;
        (void)before;
        (void)now_ms;
        if (part != PART_STATUS)
                prepare_template(object);
}

/* A status is not a way to the labels. */
static void keep_labels(struct json *object, const struct json *before) {
        const struct json *labels = json_get(json_get(before, "metadata"), "labels");
        struct json *metadata = json_get_mut(object, "metadata");

        json_remove(metadata, "labels");
        if (labels)
                json_set(metadata, "labels", json_clone(labels));
}

static void prepare_deployment(const struct kind *kind, struct json *object,
                               const struct json *before, enum part part, int64_t now_ms) {
        struct json *strategy = member_object_mut(member_object_mut(object, "spec"), "strategy");
        struct json *rolling;

        (void)kind;
        (void)now_ms;
        if (part == PART_STATUS) {
                keep_labels(object, before);
                return;
        }
        prepare_template(object);
        if (strcmp(json_text_at(strategy, "type"), "RollingUpdate") != 0)
                return;
        rolling = member_object_made(strategy, "rollingUpdate");
        member_default(rolling, "maxUnavailable", "25%");
        member_default(rolling, "maxSurge", "25%");
}

static void check_template_labels(const struct json *spec, const struct json *selector,
                                  struct field_errors *errors) {
        const struct json *labels =
                json_get(json_get(json_get(spec, "template"), "metadata"), "labels");
        const struct selector *compiled;
        struct err err;

        if (selector && selector_of_json(selector, errors->arena, &compiled, &err) == 0 &&
            selector_matches_json(compiled, labels))
                return;
        if (labels)
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.template.metadata.labels",
                                labels, "%s", "`selector` does not match template `labels`");
        else
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.template.metadata.labels", NULL,
                                "%s", "null: `selector` does not match template `labels`");
}

static void check_selector(const struct json *spec, struct field_errors *errors) {
        const struct json *selector = member_object(spec, "selector");
        size_t n = errors->n;

        if (selector) {
                selector_check(selector, "spec.selector", errors);
                if (errors->n > n)
                        field_error_add(errors, FIELD_ERROR_INVALID, "spec.selector", selector,
                                        "%s", "invalid label selector");
                else if (json_length(member_object(selector, "matchLabels")) +
                                 json_length(member_array(selector, "matchExpressions")) ==
                         0)
                        field_error_add(errors, FIELD_ERROR_INVALID, "spec.selector", selector,
                                        "%s", "empty selector is invalid for deployment");
        }
        if (errors->n == n)
                check_template_labels(spec, selector, errors);
}

static void check_template(const struct json *spec, const char *name, struct field_errors *errors) {
        const struct json *template = member_object(spec, "template");
        const struct json *pod = member_object(template, "spec");
        const struct json *policy = json_get(pod, "restartPolicy");

        check_labels(member_object(member_object(template, "metadata"), "labels"),
                     "spec.template.metadata.labels", errors);
        pod_spec_validate(pod, "spec.template.spec", errors);
        if (json_kind(policy) == JSON_STRING && !bytes_is(json_as_string(policy), "Always"))
                field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED,
                                "spec.template.spec.restartPolicy", policy, "%s",
                                "supported values: \"Always\"");
        if (json_get(pod, "activeDeadlineSeconds"))
                field_error_add(errors, FIELD_ERROR_FORBIDDEN,
                                "spec.template.spec.activeDeadlineSeconds", NULL,
                                "activeDeadlineSeconds in %s is not Supported", name);
}

static void check_spec(const struct json *spec, const struct json *old, const char *name,
                       struct field_errors *errors) {
        check_not_negative(spec, "replicas", "spec", errors);
        check_not_negative(spec, "minReadySeconds", "spec", errors);
        if (old && json_equal(json_get(spec, "template"), json_get(old, "template")) &&
            json_equal(json_get(spec, "selector"), json_get(old, "selector")))
                return;
        check_selector(spec, errors);
        check_template(spec, name, errors);
}

static void check_at_most(const struct json *status, const char *key, const char *of,
                          const char *detail, struct field_errors *errors) {
        if (json_int_at(status, key, 0) > json_int_at(status, of, 0))
                field_error_add(errors, FIELD_ERROR_INVALID, field_under(errors, "status", key),
                                json_get(status, key), "cannot be greater than %s", detail);
}

static void check_counts(const struct json *status, const char *const *keys, size_t n,
                         struct field_errors *errors) {
        for (size_t i = 0; i < n; i++)
                check_not_negative(status, keys[i], "status", errors);
        for (size_t i = 0; i < n; i++)
                if (strcmp(keys[i], "replicas") != 0 && strcmp(keys[i], "observedGeneration") != 0)
                        check_at_most(status, keys[i], "replicas", "status.replicas", errors);
        check_at_most(status, "availableReplicas", "readyReplicas", "readyReplicas", errors);
}

static void validate_replica_set(const struct kind *kind, const struct json *object,
                                 const struct json *before, enum part part,
                                 struct field_errors *errors) {
        static const char *const counts[] = { "replicas", "fullyLabeledReplicas", "readyReplicas",
                                              "availableReplicas", "observedGeneration" };
        const struct json *spec = json_get(object, "spec"), *old = json_get(before, "spec");

        (void)kind;
        if (part == PART_STATUS) {
                check_counts(json_get(object, "status"), counts, sizeof(counts) / sizeof(counts[0]),
                             errors);
                return;
        }
        check_spec(spec, old, "ReplicaSet", errors);
        if (before)
                check_immutable(spec, old, "selector", "spec", errors);
}

static bool is_nothing(const struct json *share) {
        if (json_kind(share) == JSON_INT)
                return json_as_int(share) == 0;
        return json_kind(share) == JSON_STRING && bytes_is(json_as_string(share), "0%");
}

static void check_rolling_update(const struct json *rolling, struct field_errors *errors) {
        static const char at[] = "spec.strategy.rollingUpdate";

        check_share(rolling, "maxUnavailable", at, 0, errors);
        check_share(rolling, "maxSurge", at, 0, errors);
        if (is_nothing(json_get(rolling, "maxUnavailable")) &&
            is_nothing(json_get(rolling, "maxSurge")))
                field_error_add(errors, FIELD_ERROR_INVALID,
                                "spec.strategy.rollingUpdate.maxUnavailable",
                                json_get(rolling, "maxUnavailable"), "%s",
                                "may not be 0 when `maxSurge` is 0");
        check_share(rolling, "maxUnavailable", at, 100, errors);
}

static void check_strategy(const struct json *strategy, struct field_errors *errors) {
        const char *type = json_text_at(strategy, "type");

        if (strcmp(type, "Recreate") == 0) {
                if (json_get(strategy, "rollingUpdate"))
                        error_forbidden(errors, "spec.strategy.rollingUpdate",
                                        "may not be specified when strategy `type` is 'Recreate'");
        } else if (strcmp(type, "RollingUpdate") == 0) {
                check_rolling_update(json_get(strategy, "rollingUpdate"), errors);
        } else if (*type) {
                field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, "spec.strategy", strategy, "%s",
                                "supported values: \"Recreate\", \"RollingUpdate\"");
        }
}

static void validate_deployment(const struct kind *kind, const struct json *object,
                                const struct json *before, enum part part,
                                struct field_errors *errors) {
        static const char *const counts[] = { "observedGeneration", "replicas", "updatedReplicas",
                                              "readyReplicas", "availableReplicas" };
        const struct json *spec = json_get(object, "spec"), *old = json_get(before, "spec");
        const struct json *deadline = member_of_kind(spec, "progressDeadlineSeconds", JSON_INT);

        (void)kind;
        if (part == PART_STATUS) {
                check_counts(json_get(object, "status"), counts, sizeof(counts) / sizeof(counts[0]),
                             errors);
                return;
        }
        check_spec(spec, old, "ReplicaSet", errors);
        check_strategy(json_get(spec, "strategy"), errors);
        check_not_negative(spec, "revisionHistoryLimit", "spec", errors);
        check_not_negative(spec, "progressDeadlineSeconds", "spec", errors);
        if (deadline && json_as_int(deadline) <= json_int_at(spec, "minReadySeconds", 0))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.progressDeadlineSeconds",
                                deadline, "%s", "must be greater than minReadySeconds");
        if (before)
                check_immutable(spec, old, "selector", "spec", errors);
}

/* of: what has a template. */
static void cells_containers(const struct json *of, const char *key, struct json *cells) {
        const struct json *containers =
                member_array(json_get(json_get(of, "template"), "spec"), "containers");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        for (size_t i = 0; i < json_length(containers); i++)
                strbuf_printf(&text, "%s%s", i > 0 ? "," : "",
                              json_text_at(json_at(containers, i), key));
        cells_text(cells, strbuf_str(&text));
}

static void cells_replica_set(const struct kind *kind, const struct json *object, int64_t now_ms,
                              struct json *cells) {
        const struct json *spec = json_get(object, "spec"), *status = json_get(object, "status");

        (void)kind;
        cells_name(object, cells);
        cells_int(cells, json_int_at(spec, "replicas", 0));
        cells_int(cells, json_int_at(status, "replicas", 0));
        cells_int(cells, json_int_at(status, "readyReplicas", 0));
        cells_age(object, now_ms, cells);
        cells_containers(spec, "name", cells);
        cells_containers(spec, "image", cells);
        cells_selector(json_get(spec, "selector"), cells);
}

static void cells_deployment(const struct kind *kind, const struct json *object, int64_t now_ms,
                             struct json *cells) {
        const struct json *spec = json_get(object, "spec"), *status = json_get(object, "status");
        struct strbuf selector STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        (void)kind;
        cells_name(object, cells);
        cells_printf(cells, "%lld/%lld", (long long)json_int_at(status, "readyReplicas", 0),
                     (long long)json_int_at(spec, "replicas", 0));
        cells_int(cells, json_int_at(status, "updatedReplicas", 0));
        cells_int(cells, json_int_at(status, "availableReplicas", 0));
        cells_age(object, now_ms, cells);
        cells_containers(spec, "name", cells);
        cells_containers(spec, "image", cells);
        selector_text_write(json_get(spec, "selector"), &selector);
        cells_text(cells, strbuf_str(&selector));
}

static void prepare_pod_template(const struct kind *kind, struct json *object,
                                 const struct json *before, enum part part, int64_t now_ms) {
        struct json *template = member_object_mut(object, "template");
        struct json *spec = member_object_mut(template, "spec");

        (void)kind;
        (void)before;
        (void)part;
        (void)now_ms;
        if (spec)
                pod_spec_prepare(spec);
}

static void validate_pod_template(const struct kind *kind, const struct json *object,
                                  const struct json *before, enum part part,
                                  struct field_errors *errors) {
        const struct json *template = member_object(object, "template");

        (void)kind;
        (void)before;
        (void)part;
        check_labels(member_object(member_object(template, "metadata"), "labels"),
                     "template.metadata.labels", errors);
        pod_spec_validate(member_object(template, "spec"), "template.spec", errors);
}

static void cells_pod_template(const struct kind *kind, const struct json *object, int64_t now_ms,
                               struct json *cells) {
        const struct json *metadata = json_get(json_get(object, "template"), "metadata");

        (void)kind;
        cells_name(object, cells);
        cells_containers(object, "name", cells);
        cells_containers(object, "image", cells);
        cells_labels(json_get(metadata, "labels"), cells);
        cells_age(object, now_ms, cells);
}

const struct kind_hooks POD_TEMPLATE_HOOKS = { .prepare = prepare_pod_template,
                                               .validate = validate_pod_template,
                                               .cells = cells_pod_template };

const struct kind_hooks REPLICA_SET_HOOKS = { .prepare = prepare_replica_set,
                                              .validate = validate_replica_set,
                                              .cells = cells_replica_set };

const struct kind_hooks DEPLOYMENT_HOOKS = { .prepare = prepare_deployment,
                                             .validate = validate_deployment,
                                             .cells = cells_deployment };
