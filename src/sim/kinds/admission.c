/*
 * ValidatingAdmissionPolicies and their bindings: stored and checked, never asked.
 */
#include <string.h>

#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/selector_text.h"
#include "kinds/syntax.h"

enum { TEXT_MAX = 4096 };

static void validate_policy(const struct kind *kind, const struct json *object,
                            const struct json *before, enum part part,
                            struct field_errors *errors) {
        static const char missing[] =
                "validations or auditAnnotations must contain at least one item";
        const struct json *spec = json_get(object, "spec");
        const struct json *validations = member_array(spec, "validations");

        (void)kind;
        (void)before;
        (void)part;
        if (json_length(validations) + json_length(member_array(spec, "auditAnnotations")) == 0) {
                error_required(errors, "spec.validations", missing);
                error_required(errors, "spec.auditAnnotations", missing);
        }
        for (size_t i = 0; i < json_length(validations); i++)
                check_filled(json_at(validations, i), "expression",
                             field_item(errors, "spec", "validations", i), errors);
}

static bool has_action(const struct json *actions, size_t end, const char *action) {
        for (size_t i = 0; i < end; i++)
                if (json_kind(json_at(actions, i)) == JSON_STRING &&
                    bytes_is(json_as_string(json_at(actions, i)), action))
                        return true;
        return false;
}

static void check_actions(const struct json *actions, struct field_errors *errors) {
        size_t n = json_length(actions);

        for (size_t i = 0; i < n; i++)
                if (json_kind(json_at(actions, i)) == JSON_STRING &&
                    has_action(actions, i, json_as_string(json_at(actions, i)).ptr))
                        field_error_add(errors, FIELD_ERROR_DUPLICATE,
                                        field_item(errors, "spec", "validationActions", i),
                                        json_at(actions, i), "%s", "");
        if (has_action(actions, n, "Deny") && has_action(actions, n, "Warn"))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.validationActions", actions,
                                "%s",
                                "must not contain both Deny and Warn (repeating the same "
                                "validation failure information in the API response and headers "
                                "serves no purpose)");
}

static void check_param_ref(const struct json *ref, struct field_errors *errors) {
        bool name = *json_text_at(ref, "name") != '\0',
             selector = json_get(ref, "selector") != NULL;

        if (name && selector)
                error_forbidden(errors, "spec.paramRef.name",
                                "name and selector are mutually exclusive");
        else if (!name && !selector)
                error_required(errors, "spec.paramRef",
                               "one of name or selector must be specified");
        if (!*json_text_at(ref, "parameterNotFoundAction"))
                error_required(errors, "spec.paramRef.parameterNotFoundAction", "");
}

static void validate_binding(const struct kind *kind, const struct json *object,
                             const struct json *before, enum part part,
                             struct field_errors *errors) {
        const struct json *spec = json_get(object, "spec");
        const char *policy = json_text_at(spec, "policyName");

        (void)kind;
        (void)before;
        (void)part;
        if (*policy)
                syntax_check(SYNTAX_DNS_SUBDOMAIN, policy, "spec.policyName", errors);
        if (member_object(spec, "paramRef"))
                check_param_ref(json_get(spec, "paramRef"), errors);
        check_actions(member_array(spec, "validationActions"), errors);
}

static void cells_policy(const struct kind *kind, const struct json *object, int64_t now_ms,
                         struct json *cells) {
        const struct json *spec = json_get(object, "spec");
        const struct json *params = member_object(spec, "paramKind");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        (void)kind;
        if (params)
                strbuf_printf(&text, "%s/%s", json_text_at(params, "apiVersion"),
                              json_text_at(params, "kind"));
        cells_name(object, cells);
        cells_int(cells, (int64_t)json_length(member_array(spec, "validations")));
        cells_text_or(cells, strbuf_str(&text), "<unset>");
        cells_age(object, now_ms, cells);
}

static void cell_param_ref(const struct json *ref, struct json *cells) {
        const char *name = json_text_at(ref, "name"), *namespace_ = json_text_at(ref, "namespace");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        if (*name)
                strbuf_printf(&text, "%s/%s", *namespace_ ? namespace_ : "*", name);
        else if (member_object(ref, "selector"))
                selector_text_write(json_get(ref, "selector"), &text);
        cells_text_or(cells, strbuf_str(&text), "<unset>");
}

static void cells_binding(const struct kind *kind, const struct json *object, int64_t now_ms,
                          struct json *cells) {
        const struct json *spec = json_get(object, "spec");

        (void)kind;
        cells_name(object, cells);
        cells_text(cells, json_text_at(spec, "policyName"));
        cell_param_ref(member_object(spec, "paramRef"), cells);
        cells_age(object, now_ms, cells);
}

const struct kind_hooks ADMISSION_POLICY_HOOKS = { .validate = validate_policy,
                                                   .cells = cells_policy };

const struct kind_hooks ADMISSION_BINDING_HOOKS = { .validate = validate_binding,
                                                    .cells = cells_binding };
