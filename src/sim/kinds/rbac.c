/*
 * Roles and their bindings.
 */
#include <string.h>

#include "kinds/cells.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

#define GROUP "rbac.authorization.k8s.io"

enum { TEXT_MAX = 64 * 1024 };

static void check_rule(const struct json *rule, bool namespaced, const char *at,
                       struct field_errors *errors) {
        const struct json *paths = member_array(rule, "nonResourceURLs");
        bool resources = json_length(member_array(rule, "resources")) > 0;
        bool groups = json_length(member_array(rule, "apiGroups")) > 0;

        if (member_array(rule, "verbs") && json_length(member_array(rule, "verbs")) == 0)
                error_required(errors, field_under(errors, at, "verbs"),
                               "verbs must contain at least one value");
        if (paths) {
                const char *field = field_under(errors, at, "nonResourceURLs");

                if (namespaced)
                        field_error_add(errors, FIELD_ERROR_INVALID, field, paths, "%s",
                                        "namespaced rules cannot apply to non-resource URLs");
                else if (resources || groups || member_array(rule, "resourceNames"))
                        field_error_add(errors, FIELD_ERROR_INVALID, field, paths, "%s",
                                        "rules cannot apply to both regular resources and "
                                        "non-resource URLs");
                return;
        }
        if (!groups)
                error_required(errors, field_under(errors, at, "apiGroups"),
                               "resource rules must supply at least one api group");
        if (!resources)
                error_required(errors, field_under(errors, at, "resources"),
                               "resource rules must supply at least one resource");
}

static void validate_role(const struct kind *kind, const struct json *object,
                          const struct json *before, enum part part, struct field_errors *errors) {
        const struct json *rules = member_array(object, "rules");

        (void)before;
        (void)part;
        for (size_t i = 0; i < json_length(rules); i++)
                check_rule(json_at(rules, i), kind->namespaced, field_item(errors, "", "rules", i),
                           errors);
}

/* Users and groups are of this API group unless they say otherwise; accounts are of none. */
static void prepare_binding(const struct kind *kind, struct json *object, const struct json *before,
                            enum part part, int64_t now_ms) {
        struct json *subjects = member_array_mut(object, "subjects");

        (void)kind;
        (void)before;
        (void)part;
        (void)now_ms;
        for (size_t i = 0; i < json_length(subjects); i++)
                if (strcmp(json_text_at(json_at(subjects, i), "kind"), "ServiceAccount") != 0)
                        member_default(json_at_mut(subjects, i), "apiGroup", GROUP);
}

static void check_group(const struct json *object, const char *group, const char *at,
                        struct field_errors *errors) {
        if (strcmp(json_text_at(object, "apiGroup"), group) == 0)
                return;
        field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, field_under(errors, at, "apiGroup"),
                        json_get(object, "apiGroup"), "supported values: \"%s\"", group);
}

static void check_role_ref(const struct kind *kind, const struct json *ref,
                           struct field_errors *errors) {
        const char *name = json_text_at(ref, "kind");

        check_group(ref, GROUP, "roleRef", errors);
        if (strcmp(name, "ClusterRole") != 0 && (!kind->namespaced || strcmp(name, "Role") != 0))
                field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, "roleRef.kind",
                                json_get(ref, "kind"), "supported values: %s\"ClusterRole\"",
                                kind->namespaced ? "\"Role\", " : "");
        if (*json_text_at(ref, "name"))
                syntax_check(SYNTAX_PATH_SEGMENT, json_text_at(ref, "name"), "roleRef.name",
                             errors);
        else
                error_required(errors, "roleRef.name", "");
}

static void check_subject(const struct kind *kind, const struct json *subject, const char *at,
                          struct field_errors *errors) {
        const char *name = json_text_at(subject, "name"), *type = json_text_at(subject, "kind");

        check_filled(subject, "name", at, errors);
        if (strcmp(type, "ServiceAccount") == 0) {
                if (*name)
                        syntax_check(SYNTAX_DNS_SUBDOMAIN, name, field_under(errors, at, "name"),
                                     errors);
                check_group(subject, "", at, errors);
                if (!kind->namespaced && !*json_text_at(subject, "namespace"))
                        error_required(errors, field_under(errors, at, "namespace"), "");
        } else if (strcmp(type, "User") == 0 || strcmp(type, "Group") == 0) {
                check_group(subject, GROUP, at, errors);
        } else if (json_has(subject, "kind")) {
                field_error_add(errors, FIELD_ERROR_NOT_SUPPORTED, field_under(errors, at, "kind"),
                                json_get(subject, "kind"), "%s",
                                "supported values: \"ServiceAccount\", \"User\", \"Group\"");
        }
}

static void validate_binding(const struct kind *kind, const struct json *object,
                             const struct json *before, enum part part,
                             struct field_errors *errors) {
        const struct json *subjects = member_array(object, "subjects");

        (void)part;
        check_role_ref(kind, json_get(object, "roleRef"), errors);
        for (size_t i = 0; i < json_length(subjects); i++)
                check_subject(kind, json_at(subjects, i), field_item(errors, "", "subjects", i),
                              errors);
        if (before && !json_equal(json_get(object, "roleRef"), json_get(before, "roleRef")))
                field_error_add(errors, FIELD_ERROR_INVALID, "roleRef", json_get(object, "roleRef"),
                                "%s", "cannot change roleRef");
}

static void cells_role(const struct kind *kind, const struct json *object, int64_t now_ms,
                       struct json *cells) {
        (void)kind;
        (void)now_ms;
        cells_name(object, cells);
        cells_created(object, cells);
}

static void cells_subjects(const struct json *object, const char *kind, struct json *cells) {
        const struct json *subjects = member_array(object, "subjects");
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        for (size_t i = 0; i < json_length(subjects); i++) {
                const struct json *subject = json_at(subjects, i);
                const char *namespace_ = json_text_at(subject, "namespace");

                if (strcmp(json_text_at(subject, "kind"), kind) != 0)
                        continue;
                strbuf_printf(&text, "%s%s%s%s", text.len > 0 ? ", " : "", namespace_,
                              *namespace_ ? "/" : "", json_text_at(subject, "name"));
        }
        cells_text(cells, strbuf_str(&text));
}

static void cells_binding(const struct kind *kind, const struct json *object, int64_t now_ms,
                          struct json *cells) {
        const struct json *ref = json_get(object, "roleRef");
        struct strbuf role STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        (void)kind;
        cells_name(object, cells);
        strbuf_printf(&role, "%s/%s", json_text_at(ref, "kind"), json_text_at(ref, "name"));
        cells_text(cells, strbuf_str(&role));
        cells_age(object, now_ms, cells);
        cells_subjects(object, "User", cells);
        cells_subjects(object, "Group", cells);
        cells_subjects(object, "ServiceAccount", cells);
}

const struct kind_hooks ROLE_HOOKS = { .validate = validate_role, .cells = cells_role };

const struct kind_hooks ROLE_BINDING_HOOKS = { .prepare = prepare_binding,
                                               .validate = validate_binding,
                                               .cells = cells_binding };
