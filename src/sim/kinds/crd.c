/*
 * CustomResourceDefinitions as objects. What makes a kind of one is in kinds.c.
 */
#include <ctype.h>
#include <string.h>

#include "kinds/cells.h"
#include "kinds/definition.h"
#include "kinds/field_checks.h"
#include "kinds/hooks.h"
#include "kinds/member.h"
#include "kinds/metadata.h"
#include "kinds/syntax.h"

enum { NAME_MAX_LEN = 256 };

static void set_lower(struct json *names, const char *key, const char *text) {
        char lower[NAME_MAX_LEN];
        size_t i;

        for (i = 0; text[i] && i + 1 < sizeof(lower); i++)
                lower[i] = (char)tolower((unsigned char)text[i]);
        lower[i] = '\0';
        json_set_str(names, key, lower);
}

static void default_names(struct json *names) {
        struct strbuf list STRBUF_CLEANUP = STRBUF_INIT(NAME_MAX_LEN);
        const char *kind = json_text_at(names, "kind");

        if (!*kind)
                return;
        if (!*json_text_at(names, "singular"))
                set_lower(names, "singular", kind);
        strbuf_printf(&list, "%sList", kind);
        member_default(names, "listKind", strbuf_str(&list));
}

static const struct json *storage_version(const struct json *spec) {
        const struct json *versions = member_array(spec, "versions");

        for (size_t i = 0; i < json_length(versions); i++)
                if (json_is_true_at(json_at(versions, i), "storage"))
                        return json_get(json_at(versions, i), "name");
        return NULL;
}

static void add_stored_version(struct json *object, const struct json *version) {
        struct json *status = member_object_made(object, "status"), *stored;

        if (json_kind(version) != JSON_STRING || !status)
                return;
        if (!json_get(status, "storedVersions"))
                json_set(status, "storedVersions", json_new_array());
        stored = member_array_mut(status, "storedVersions");
        for (size_t i = 0; i < json_length(stored); i++)
                if (json_equal(json_at(stored, i), version))
                        return;
        if (stored)
                json_append(stored, json_clone(version));
}

static void prepare(const struct kind *kind, struct json *object, const struct json *before,
                    enum part part, int64_t now_ms) {
        struct json *spec = member_object_mut(object, "spec"), *conversion, *status;

        (void)kind;
        (void)before;
        (void)now_ms;
        if (part == PART_STATUS || !spec)
                return;
        default_names(member_object_mut(spec, "names"));
        conversion = member_object_made(spec, "conversion");
        member_default(conversion, "strategy", "None");
        add_stored_version(object, storage_version(spec));
        status = member_object_mut(object, "status");
        if (status && !json_get(status, "conditions"))
                json_set(status, "conditions", json_new_array());
        if (status && !json_get(status, "acceptedNames")) {
                struct json *names = json_new_object();

                json_set_str(names, "kind", "");
                json_set_str(names, "plural", "");
                json_set(status, "acceptedNames", names);
        }
}

static void check_kind_name(const struct json *names, const char *key,
                            struct field_errors *errors) {
        const char *text = json_text_at(names, key),
                   *field = field_under(errors, "spec.names", key);
        struct field_errors found = { .arena = errors->arena };
        char lower[NAME_MAX_LEN];
        size_t i;

        if (!*text) {
                error_required(errors, field, "");
                return;
        }
        for (i = 0; text[i] && i + 1 < sizeof(lower); i++)
                lower[i] = (char)tolower((unsigned char)text[i]);
        lower[i] = '\0';
        syntax_check(SYNTAX_DNS_1035, lower, field, &found);
        for (size_t k = 0; k < found.n; k++) {
                const char *why = strstr(found.items[k].message, "\": ");

                error_invalid(errors, field, text,
                              arena_printf(errors->arena,
                                           "may have mixed case, but should otherwise match: %s",
                                           why ? why + 3 : found.items[k].message));
        }
}

static void check_names(const struct json *names, struct field_errors *errors) {
        const struct json *short_names = member_array(names, "shortNames");

        if (*json_text_at(names, "plural"))
                syntax_check(SYNTAX_DNS_1035, json_text_at(names, "plural"), "spec.names.plural",
                             errors);
        if (*json_text_at(names, "singular"))
                syntax_check(SYNTAX_DNS_1035, json_text_at(names, "singular"),
                             "spec.names.singular", errors);
        else
                error_required(errors, "spec.names.singular", "");
        check_kind_name(names, "kind", errors);
        check_kind_name(names, "listKind", errors);
        for (size_t i = 0; i < json_length(short_names); i++)
                if (json_kind(json_at(short_names, i)) == JSON_STRING)
                        syntax_check(SYNTAX_DNS_1035, json_as_string(json_at(short_names, i)).ptr,
                                     field_item(errors, "spec.names", "shortNames", i), errors);
}

static void check_versions(const struct json *versions, struct field_errors *errors) {
        size_t n_storage = 0;
        bool twice = false;

        for (size_t i = 0; i < json_length(versions); i++) {
                const struct json *version = json_at(versions, i);
                const struct json *schema = json_get(version, "schema");

                n_storage += json_is_true_at(version, "storage");
                for (size_t k = 0; k < i; k++)
                        twice = twice || strcmp(json_text_at(json_at(versions, k), "name"),
                                                json_text_at(version, "name")) == 0;
                if (!json_get(schema, "openAPIV3Schema"))
                        error_required(errors,
                                       field_under(errors,
                                                   field_item(errors, "spec", "versions", i),
                                                   "schema.openAPIV3Schema"),
                                       "");
        }
        if (twice)
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.versions", versions, "%s",
                                "must contain unique version names");
        if (n_storage != 1)
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.versions", versions, "%s",
                                "must have exactly one version marked as storage version");
        if (n_storage == 0)
                field_error_add(errors, FIELD_ERROR_INVALID, "status.storedVersions", NULL, "%s",
                                "null: must have at least one stored version");
}

static bool is_path(const char *path) {
        return path[0] == '.' && path[1] != '\0';
}

static void check_columns(const struct json *version, struct field_errors *errors) {
        static const char *const types[] = { "boolean", "date", "integer", "number", "string" };
        const struct json *columns = member_array(version, "additionalPrinterColumns");

        for (size_t i = 0; i < json_length(columns); i++) {
                const struct json *column = json_at(columns, i);
                const char *at = field_item(errors, "spec", "additionalPrinterColumns", i);
                bool known = false;

                for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++)
                        known = known || strcmp(types[k], json_text_at(column, "type")) == 0;
                check_filled(column, "name", at, errors);
                if (!known)
                        error_invalid(errors, field_under(errors, at, "type"),
                                      json_text_at(column, "type"),
                                      "must be one of boolean,date,integer,number,string");
                if (!is_path(json_text_at(column, "jsonPath")))
                        error_invalid(errors, field_under(errors, at, "JSONPath"),
                                      json_text_at(column, "jsonPath"),
                                      "must be a simple json path starting with .");
        }
}

static void check_scale_path(const struct json *scale, const char *key, const char *root,
                             struct field_errors *errors) {
        const char *path = json_text_at(scale, key);
        const char *field = field_under(errors, "spec.subresources.scale", key);

        if (!is_path(path))
                error_invalid(errors, field, path, "must be a simple json path starting with .");
        else if (strncmp(path, root, strlen(root)) != 0 || path[strlen(root)] != '.')
                error_invalid(errors, field, path,
                              arena_printf(errors->arena, "should be a json path under %s", root));
}

static void check_scale(const struct json *version, struct field_errors *errors) {
        const struct json *scale = member_object(json_get(version, "subresources"), "scale");

        if (!scale)
                return;
        check_scale_path(scale, "specReplicasPath", ".spec", errors);
        check_scale_path(scale, "statusReplicasPath", ".status", errors);
}

static void check_structural(const struct json *schema, const char *field, const char *what,
                             struct field_errors *errors);

static void check_structural_under(const struct json *schema, const char *field, const char *key,
                                   const char *what, struct field_errors *errors) {
        const struct json *under = json_get(schema, key);

        if (json_kind(under) == JSON_OBJECT)
                check_structural(under, field_under(errors, field, key), what, errors);
}

/* Every value has a type, unless it is said to be of any. */
static void check_structural(const struct json *schema, const char *field, const char *what,
                             struct field_errors *errors) {
        const struct json *properties = member_object(schema, "properties"), *property;
        const char *name;
        void *cursor = NULL;

        if (!*json_text_at(schema, "type") &&
            !json_is_true_at(schema, "x-kubernetes-int-or-string") &&
            !json_is_true_at(schema, "x-kubernetes-preserve-unknown-fields"))
                error_required(errors, field_under(errors, field, "type"), what);
        while (json_next(properties, &cursor, &name, &property))
                check_structural(property,
                                 arena_printf(errors->arena, "%s.properties[%s]", field, name),
                                 "must not be empty for specified object fields", errors);
        check_structural_under(schema, field, "items",
                               "must not be empty for specified array items", errors);
        check_structural_under(schema, field, "additionalProperties",
                               "must not be empty for specified object fields", errors);
}

/* A schema that could not be compiled would make a kind that cannot be served. */
static void check_schema(const struct json *spec, const struct json *version,
                         struct field_errors *errors) {
        const struct json *schema = json_get(json_get(version, "schema"), "openAPIV3Schema");
        const struct json *type = json_get(schema, "type");
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct kind kind;
        struct err err;

        if (!schema)
                return;
        check_structural(schema, "spec.validation.openAPIV3Schema", "must not be empty at the root",
                         errors);
        if (json_kind(type) == JSON_STRING && !bytes_is(json_as_string(type), "object"))
                error_invalid(errors, "spec.validation.openAPIV3Schema.type",
                              json_as_string(type).ptr, "must be object at the root");
        if (definition_read(spec, NULL, false, &arena, &kind, &err) < 0)
                error_invalid(errors, "spec.validation.openAPIV3Schema", "", err.msg);
}

static void check_group(const struct json *object, const struct json *spec,
                        struct field_errors *errors) {
        static const char approval[] = "api-approved.kubernetes.io";
        const char *group = json_text_at(spec, "group");
        const char *name = metadata_name(object);
        const char *expected = arena_printf(errors->arena, "%s.%s",
                                            json_text_at(json_get(spec, "names"), "plural"), group);
        size_t len = strlen(group);

        if (strcmp(name, expected) != 0)
                error_invalid(errors, "metadata.name", name,
                              "must be spec.names.plural+\".\"+spec.group");
        check_filled(spec, "group", "spec", errors);
        if (len >= 7 && strcmp(group + len - 7, ".k8s.io") == 0 &&
            !*json_text_at(json_get(json_get(object, "metadata"), "annotations"), approval))
                error_required(errors, "metadata.annotations[api-approved.kubernetes.io]",
                               "protected groups must have approval annotation "
                               "\"api-approved.kubernetes.io\", see "
                               "https://github.com/kubernetes/enhancements/pull/1111");
}

static void validate(const struct kind *kind, const struct json *object, const struct json *before,
                     enum part part, struct field_errors *errors) {
        const struct json *spec = member_object(object, "spec"), *old = json_get(before, "spec");
        const struct json *served = definition_version(spec);

        (void)kind;
        if (part == PART_STATUS || !spec)
                return;
        check_group(object, spec, errors);
        check_versions(member_array(spec, "versions"), errors);
        check_names(json_get(spec, "names"), errors);
        if (served) {
                check_schema(spec, served, errors);
                check_scale(served, errors);
                check_columns(served, errors);
        }
        if (json_is_true_at(spec, "preserveUnknownFields"))
                field_error_add(errors, FIELD_ERROR_INVALID, "spec.preserveUnknownFields",
                                json_get(spec, "preserveUnknownFields"), "%s",
                                "cannot set to true, set x-kubernetes-preserve-unknown-fields to "
                                "true in spec.versions[*].schema instead");
        if (!before)
                return;
        check_immutable(spec, old, "group", "spec", errors);
        check_immutable(spec, old, "scope", "spec", errors);
        check_immutable(json_get(spec, "names"), json_get(old, "names"), "kind", "spec.names",
                        errors);
        check_immutable(json_get(spec, "names"), json_get(old, "names"), "plural", "spec.names",
                        errors);
}

static const char *out_of_scope(const struct kind *kind, const struct json *object,
                                const struct json *before, struct arena *arena) {
        const struct json *spec = json_get(object, "spec");
        const struct json *versions = member_array(spec, "versions");
        size_t n_served = 0;

        (void)kind;
        (void)before;
        for (size_t i = 0; i < json_length(versions); i++)
                n_served += json_is_true_at(json_at(versions, i), "served");
        if (n_served != 1)
                return arena_printf(arena, "llc-sim serves one version of a kind; %s has %zu",
                                    metadata_name(object), n_served);
        if (strcmp(json_text_at(json_get(spec, "conversion"), "strategy"), "Webhook") == 0)
                return "llc-sim calls no webhooks: spec.conversion.strategy must be None";
        return NULL;
}

static void cells(const struct kind *kind, const struct json *object, int64_t now_ms,
                  struct json *cells) {
        (void)kind;
        (void)now_ms;
        cells_name(object, cells);
        cells_created(object, cells);
}

const struct kind_hooks DEFINITION_HOOKS = {
        .prepare = prepare, .validate = validate, .out_of_scope = out_of_scope, .cells = cells
};
