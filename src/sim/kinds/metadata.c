#include "kinds/metadata.h"

#include <ctype.h>
#include <string.h>

#include "kinds/field_checks.h"
#include "kinds/member.h"
#include "kinds/syntax.h"

enum { ANNOTATIONS_MAX = 256 * 1024, KEY_MAX = 4096, FIELD_MAX = 64 };

/* Names that are part of a host name or of a path have rules of their own. */
static unsigned name_syntax(const struct kind *kind) {
        static const struct {
                const char *group, *kind;
                unsigned syntax;
        } rules[] = {
                { "", "Namespace", SYNTAX_DNS_LABEL },
                { "", "Service", SYNTAX_DNS_1035 },
                { "rbac.authorization.k8s.io", "Role", SYNTAX_PATH_SEGMENT },
                { "rbac.authorization.k8s.io", "ClusterRole", SYNTAX_PATH_SEGMENT },
                { "rbac.authorization.k8s.io", "RoleBinding", SYNTAX_PATH_SEGMENT },
                { "rbac.authorization.k8s.io", "ClusterRoleBinding", SYNTAX_PATH_SEGMENT },
        };

        for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
                if (strcmp(kind->group, rules[i].group) == 0 &&
                    strcmp(kind->name, rules[i].kind) == 0)
                        return rules[i].syntax;
        return SYNTAX_DNS_SUBDOMAIN;
}

static void check_name(const struct kind *kind, const struct json *metadata,
                       struct field_errors *errors) {
        const char *generate = json_text_at(metadata, "generateName"),
                   *name = json_text_at(metadata, "name");
        unsigned syntax = name_syntax(kind);

        if (*generate)
                syntax_check(syntax | SYNTAX_PREFIX_OF, generate, "metadata.generateName", errors);
        if (*name)
                syntax_check(syntax, name, "metadata.name", errors);
        else
                field_error_add(errors, FIELD_ERROR_REQUIRED, "metadata.name", NULL, "%s",
                                "name or generateName is required");
}

static void check_namespace(const struct kind *kind, const struct json *metadata,
                            struct field_errors *errors) {
        const char *namespace_ = json_text_at(metadata, "namespace");

        if (!kind->namespaced && *namespace_)
                field_error_add(errors, FIELD_ERROR_FORBIDDEN, "metadata.namespace", NULL, "%s",
                                "not allowed on this type");
        else if (kind->namespaced && !*namespace_)
                field_error_add(errors, FIELD_ERROR_REQUIRED, "metadata.namespace", NULL, "%s", "");
        else if (kind->namespaced)
                syntax_check(SYNTAX_DNS_LABEL, namespace_, "metadata.namespace", errors);
}

/* Upper and lower case are one in an annotation's key. */
static void check_annotation_key(const char *key, struct field_errors *errors) {
        size_t first = errors->n;
        char lower[KEY_MAX];
        size_t i;

        for (i = 0; key[i] && i + 1 < sizeof(lower); i++)
                lower[i] = (char)tolower((unsigned char)key[i]);
        lower[i] = '\0';
        if (syntax_holds(SYNTAX_QUALIFIED_NAME, lower))
                return;
        syntax_check(SYNTAX_QUALIFIED_NAME, key, "metadata.annotations", errors);
        if (errors->n == first)
                syntax_check(SYNTAX_QUALIFIED_NAME, lower, "metadata.annotations", errors);
}

static void check_annotations(const struct json *metadata, struct field_errors *errors) {
        const struct json *annotations = member_object(metadata, "annotations"), *value;
        size_t bytes = 0;
        const char *key;
        void *cursor = NULL;

        while (json_next(annotations, &cursor, &key, &value)) {
                check_annotation_key(key, errors);
                bytes += strlen(key);
                if (json_kind(value) == JSON_STRING)
                        bytes += json_as_string(value).len;
        }
        if (bytes > ANNOTATIONS_MAX)
                field_error_add(errors, FIELD_ERROR_TOO_LONG, "metadata.annotations", NULL,
                                "may not be more than %d bytes", ANNOTATIONS_MAX);
}

static void check_owner_text(const struct json *owner, const char *key,
                             struct field_errors *errors) {
        if (!*json_text_at(owner, key))
                error_invalid(errors, field_under(errors, "metadata.ownerReferences", key), "",
                              "must not be empty");
}

static void check_owner(const struct json *owner, struct field_errors *errors) {
        const char *api_version = json_text_at(owner, "apiVersion"),
                   *kind = json_text_at(owner, "kind");
        const char *slash = strchr(api_version, '/');

        if (!*api_version || (slash && (!slash[1] || strchr(slash + 1, '/'))))
                field_error_add(errors, FIELD_ERROR_INVALID, "metadata.ownerReferences.apiVersion",
                                json_get(owner, "apiVersion"), "%s", "version must not be empty");
        check_owner_text(owner, "kind", errors);
        check_owner_text(owner, "name", errors);
        check_owner_text(owner, "uid", errors);
        if (strcmp(kind, "Event") == 0 && strcmp(api_version, "v1") == 0)
                field_error_add(errors, FIELD_ERROR_INVALID, "metadata.ownerReferences", owner,
                                "%s", "/v1, Kind=Event is disallowed from being an owner");
}

static void check_owners(const struct json *metadata, struct field_errors *errors) {
        const struct json *owners = member_array(metadata, "ownerReferences"), *first = NULL;

        for (size_t i = 0; i < json_length(owners); i++) {
                const struct json *owner = json_at(owners, i);

                check_owner(owner, errors);
                if (!json_is_true_at(owner, "controller"))
                        continue;
                if (first)
                        field_error_add(errors, FIELD_ERROR_INVALID, "metadata.ownerReferences",
                                        owners,
                                        "Only one reference can have Controller set to true. Found "
                                        "\"true\" in references for %s/%s and %s/%s",
                                        json_text_at(first, "kind"), json_text_at(first, "name"),
                                        json_text_at(owner, "kind"), json_text_at(owner, "name"));
                else
                        first = owner;
        }
}

static bool in_array(const struct json *array, const char *text) {
        for (size_t i = 0; i < json_length(array); i++)
                if (json_kind(json_at(array, i)) == JSON_STRING &&
                    bytes_is(json_as_string(json_at(array, i)), text))
                        return true;
        return false;
}

/* Those of the API server itself; all others need a domain. Extensions are not held to it. */
static bool needs_domain(const struct kind *kind, const char *finalizer) {
        if (!kind->builtin || strcmp(kind->group, "apiextensions.k8s.io") == 0 ||
            strcmp(kind->group, "admissionregistration.k8s.io") == 0)
                return false;
        return !strchr(finalizer, '/') && strcmp(finalizer, "kubernetes") != 0 &&
               strcmp(finalizer, "orphan") != 0 && strcmp(finalizer, "foregroundDeletion") != 0;
}

static void check_finalizers(const struct kind *kind, const struct json *metadata,
                             struct field_errors *errors) {
        const struct json *list = member_array(metadata, "finalizers");
        size_t n = json_length(list);

        for (size_t i = 0; i < n; i++)
                if (json_kind(json_at(list, i)) == JSON_STRING)
                        syntax_check(SYNTAX_QUALIFIED_NAME, json_as_string(json_at(list, i)).ptr,
                                     "metadata.finalizers", errors);
        if (in_array(list, "orphan") && in_array(list, "foregroundDeletion"))
                field_error_add(errors, FIELD_ERROR_INVALID, "metadata.finalizers", list, "%s",
                                "finalizer orphan and foregroundDeletion cannot be both set");
        for (size_t i = 0; i < n; i++) {
                struct strbuf place STRBUF_CLEANUP = STRBUF_INIT(FIELD_MAX);

                if (json_kind(json_at(list, i)) != JSON_STRING ||
                    !needs_domain(kind, json_as_string(json_at(list, i)).ptr))
                        continue;
                strbuf_printf(&place, "metadata.finalizers[%zu]", i);
                field_error_add(errors, FIELD_ERROR_INVALID, strbuf_str(&place), json_at(list, i),
                                "%s",
                                "name is neither a standard finalizer name nor is it fully "
                                "qualified");
        }
}

static void check_new_finalizers(const struct json *now, const struct json *old,
                                 struct field_errors *errors) {
        const struct json *list = member_array(now, "finalizers");
        const struct json *had = member_array(old, "finalizers");
        struct strbuf extra STRBUF_CLEANUP = STRBUF_INIT(KEY_MAX);

        if (!json_get(old, "deletionTimestamp"))
                return;
        for (size_t i = 0; i < json_length(list); i++)
                if (json_kind(json_at(list, i)) == JSON_STRING &&
                    !in_array(had, json_as_string(json_at(list, i)).ptr)) {
                        strbuf_puts(&extra, extra.len > 0 ? ", " : "");
                        json_write(json_at(list, i), &extra);
                }
        if (extra.len > 0)
                field_error_add(errors, FIELD_ERROR_FORBIDDEN, "metadata.finalizers", NULL,
                                "no new finalizers can be added if the object is being deleted, "
                                "found new finalizers []string{%s}",
                                strbuf_str(&extra));
}

static void check_unchanged(const struct json *now, const struct json *old,
                            struct field_errors *errors) {
        static const char *const keys[] = { "name",
                                            "namespace",
                                            "uid",
                                            "creationTimestamp",
                                            "deletionTimestamp",
                                            "deletionGracePeriodSeconds" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                struct strbuf field STRBUF_CLEANUP = STRBUF_INIT(FIELD_MAX);

                if (json_equal(json_get(now, keys[i]), json_get(old, keys[i])))
                        continue;
                strbuf_printf(&field, "metadata.%s", keys[i]);
                field_error_add(errors, FIELD_ERROR_INVALID, strbuf_str(&field),
                                json_get(now, keys[i]), "%s", "field is immutable");
        }
}

void metadata_validate(const struct kind *kind, const struct json *object,
                       const struct json *before, struct field_errors *errors) {
        const struct json *metadata = json_get(object, "metadata");
        const struct json *old = json_get(before, "metadata");

        if (before) {
                check_new_finalizers(metadata, old, errors);
                check_unchanged(metadata, old, errors);
        } else {
                check_name(kind, metadata, errors);
                check_namespace(kind, metadata, errors);
        }
        check_labels(member_object(metadata, "labels"), "metadata.labels", errors);
        check_annotations(metadata, errors);
        check_owners(metadata, errors);
        check_finalizers(kind, metadata, errors);
}

const char *metadata_name(const struct json *object) {
        return json_text_at(json_get(object, "metadata"), "name");
}
