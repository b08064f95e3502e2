#include "kinds/placement.h"

#include <string.h>

#include "kinds/field_checks.h"
#include "kinds/member.h"
#include "kinds/selector_check.h"
#include "kinds/syntax.h"

enum { WEIGHT_MAX = 100 };

#define REQUIRED_TERMS  "requiredDuringSchedulingIgnoredDuringExecution"
#define PREFERRED_TERMS "preferredDuringSchedulingIgnoredDuringExecution"

static void check_weight(const struct json *term, const char *at, struct field_errors *errors) {
        const struct json *weight = member_of_kind(term, "weight", JSON_INT);

        if (weight && (json_as_int(weight) < 1 || json_as_int(weight) > WEIGHT_MAX))
                field_error_add(errors, FIELD_ERROR_INVALID, field_under(errors, at, "weight"),
                                weight, "%s", "must be in the range 1-100");
}

static void check_topology_key(const struct json *term, const char *at,
                               struct field_errors *errors) {
        const struct json *key = member_of_kind(term, "topologyKey", JSON_STRING);

        if (!key)
                return;
        if (json_as_string(key).len == 0)
                field_error_add(errors, FIELD_ERROR_REQUIRED,
                                field_under(errors, at, "topologyKey"), NULL, "%s",
                                "can not be empty");
        syntax_check(SYNTAX_QUALIFIED_NAME, json_as_string(key).ptr,
                     field_under(errors, at, "topologyKey"), errors);
}

static void check_pod_term(const struct json *term, const char *at, struct field_errors *errors) {
        const struct json *selector = json_get(term, "labelSelector");

        if (selector)
                selector_check(selector, field_under(errors, at, "labelSelector"), errors);
        check_topology_key(term, at, errors);
}

static void check_pod_affinity(const struct json *affinity, const char *at,
                               struct field_errors *errors) {
        const struct json *required = member_array(affinity, REQUIRED_TERMS);
        const struct json *preferred = member_array(affinity, PREFERRED_TERMS);

        for (size_t i = 0; i < json_length(required); i++)
                check_pod_term(json_at(required, i), field_item(errors, at, REQUIRED_TERMS, i),
                               errors);
        for (size_t i = 0; i < json_length(preferred); i++) {
                const struct json *term = json_at(preferred, i);
                const char *place = field_item(errors, at, PREFERRED_TERMS, i);

                check_weight(term, place, errors);
                check_pod_term(json_get(term, "podAffinityTerm"),
                               field_under(errors, place, "podAffinityTerm"), errors);
        }
}

static void check_node_affinity(const struct json *affinity, const char *at,
                                struct field_errors *errors) {
        const struct json *required = member_object(affinity, REQUIRED_TERMS);
        const struct json *preferred = member_array(affinity, PREFERRED_TERMS);

        if (member_array(required, "nodeSelectorTerms") &&
            json_length(member_array(required, "nodeSelectorTerms")) == 0)
                field_error_add(errors, FIELD_ERROR_REQUIRED,
                                arena_printf(errors->arena,
                                             "%s." REQUIRED_TERMS ".nodeSelectorTerms", at),
                                NULL, "%s", "must have at least one node selector term");
        for (size_t i = 0; i < json_length(preferred); i++)
                check_weight(json_at(preferred, i), field_item(errors, at, PREFERRED_TERMS, i),
                             errors);
}

static void check_spread(const struct json *rules, const char *at, struct field_errors *errors) {
        for (size_t i = 0; i < json_length(rules); i++) {
                const struct json *rule = json_at(rules, i);
                const char *place = field_item(errors, at, "topologySpreadConstraints", i);
                const struct json *skew = member_of_kind(rule, "maxSkew", JSON_INT);
                const struct json *key = member_of_kind(rule, "topologyKey", JSON_STRING);

                if (skew && json_as_int(skew) <= 0)
                        field_error_add(errors, FIELD_ERROR_INVALID,
                                        field_under(errors, place, "maxSkew"), skew, "%s",
                                        "must be greater than zero");
                if (key && json_as_string(key).len == 0)
                        field_error_add(errors, FIELD_ERROR_REQUIRED,
                                        field_under(errors, place, "topologyKey"), NULL, "%s",
                                        "can not be empty");
        }
}

static void check_operator(const struct json *toleration, const char *at,
                           struct field_errors *errors) {
        const char *operator_ = json_text_at(toleration, "operator");
        const char *value = json_text_at(toleration, "value"),
                   *field = field_under(errors, at, "operator");

        if (!*operator_ || strcmp(operator_, "Equal") == 0)
                syntax_check(SYNTAX_LABEL_VALUE, value, field, errors);
        else if (strcmp(operator_, "Exists") != 0)
                field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, field,
                                json_get(toleration, "operator"), "%s",
                                "supported values: \"Equal\", \"Exists\"");
        else if (*value)
                field_error_add(errors, FIELD_ERROR_INVALID, field, json_get(toleration, "value"),
                                "%s", "value must be empty when `operator` is 'Exists'");
}

static void check_toleration(const struct json *toleration, const char *at,
                             struct field_errors *errors) {
        const char *key = json_text_at(toleration, "key"),
                   *effect = json_text_at(toleration, "effect");
        struct json *operator_ JSON_CLEANUP =
                json_new_string(bytes_of(json_text_at(toleration, "operator")));
        struct json *said JSON_CLEANUP = json_new_string(bytes_of(effect));

        if (*key)
                syntax_check(SYNTAX_QUALIFIED_NAME, key, field_under(errors, at, "key"), errors);
        else if (strcmp(json_text_at(toleration, "operator"), "Exists") != 0)
                field_error_add(errors, FIELD_ERROR_INVALID, field_under(errors, at, "operator"),
                                operator_, "%s",
                                "operator must be Exists when `key` is empty, which means \"match "
                                "all values and all keys\"");
        if (json_get(toleration, "tolerationSeconds") && strcmp(effect, "NoExecute") != 0)
                field_error_add(errors, FIELD_ERROR_INVALID, field_under(errors, at, "effect"),
                                said, "%s",
                                "effect must be 'NoExecute' when `tolerationSeconds` is set");
        check_operator(toleration, at, errors);
        if (*effect && strcmp(effect, "NoSchedule") != 0 &&
            strcmp(effect, "PreferNoSchedule") != 0 && strcmp(effect, "NoExecute") != 0)
                field_error_add(
                        errors, FIELD_ERROR_NOT_SUPPORTED, field_under(errors, at, "effect"), said,
                        "%s",
                        "supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"");
}

void placement_validate(const struct json *spec, const char *at, struct field_errors *errors) {
        const struct json *affinity = member_object(spec, "affinity");
        const struct json *tolerations = member_array(spec, "tolerations");

        if (affinity) {
                const char *place = field_under(errors, at, "affinity");

                check_node_affinity(member_object(affinity, "nodeAffinity"),
                                    field_under(errors, place, "nodeAffinity"), errors);
                check_pod_affinity(member_object(affinity, "podAffinity"),
                                   field_under(errors, place, "podAffinity"), errors);
                check_pod_affinity(member_object(affinity, "podAntiAffinity"),
                                   field_under(errors, place, "podAntiAffinity"), errors);
        }
        for (size_t i = 0; i < json_length(tolerations); i++)
                check_toleration(json_at(tolerations, i), field_item(errors, at, "tolerations", i),
                                 errors);
        check_spread(member_array(spec, "topologySpreadConstraints"), at, errors);
}
