#include "kinds/discovery.h"

#include <inttypes.h>
#include <string.h>

#include "kinds/openapi_schema.h"
#include "llc/base/map.h"
#include "llc/base/strbuf.h"

enum { PATH_MAX_BYTES = 1024, DOCUMENT_MAX_BYTES = 64 << 20 };

/* What of a path is meant: several objects, those of one namespace, one object or a part of it. */
enum level { LEVEL_ALL, LEVEL_NAMESPACE, LEVEL_OBJECT, LEVEL_PART };

struct operation {
        const char *method, *action;
};

struct parameter {
        const char *name, *type, *description;
};

static const struct parameter WRITE_PARAMETERS[] = {
        { "dryRun", "string", "All: everything but the storing is done." },
        { "fieldManager", "string", "Whom the fields that are set will belong to." },
        { "fieldValidation", "string",
          "What is done about unknown and repeated fields: Ignore, Warn (the default) or Strict." },
        { "force", "boolean", "For apply only: fields of others are taken over." },
};
static const struct parameter NAME = { "name", "string", "Name of the object." };
static const struct parameter NAMESPACE = { "namespace", "string", "Where the object lives." };

enum { N_WRITE_PARAMETERS = sizeof(WRITE_PARAMETERS) / sizeof(WRITE_PARAMETERS[0]) };

static bool is_write(const struct operation *operation) {
        return strcmp(operation->method, "get") != 0 && strcmp(operation->method, "delete") != 0;
}

static void append_parameter(struct json *list, const struct parameter *parameter,
                             const char *where) {
        struct json *object = json_new_object();

        json_set_str(object, "name", parameter->name);
        json_set_str(object, "in", where);
        json_set_str(object, "description", parameter->description);
        if (strcmp(where, "path") == 0)
                json_set_bool(object, "required", true);
        json_set_str(json_object_at(object, "schema"), "type", parameter->type);
        json_append(list, object);
}

/* kubectl looks here for whether the server makes strategic merge patches of the kind. */
static struct json *patch_body(const struct kind *kind) {
        static const char *const types[] = {
                "application/apply-patch+yaml",
                "application/json-patch+json",
                "application/merge-patch+json",
                "application/strategic-merge-patch+json",
        };
        size_t n = sizeof(types) / sizeof(types[0]) - (kind->builtin ? 0 : 1);
        struct json *body = json_new_object(), *content = json_object_at(body, "content");

        for (size_t i = 0; i < n; i++)
                json_set_str(json_object_at(json_object_at(content, types[i]), "schema"), "type",
                             "object");
        json_set_bool(body, "required", true);
        return body;
}

static struct json *json_of_schema(const char *component) {
        struct strbuf ref STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);
        struct json *object = json_new_object();
        struct json *json = json_object_at(json_object_at(object, "content"), "application/json");

        strbuf_printf(&ref, "#/components/schemas/%s", component);
        json_set_str(json_object_at(json, "schema"), "$ref", strbuf_str(&ref));
        return object;
}

static struct json *operation_new(const struct kind *kind, const struct operation *operation,
                                  const char *component, bool whole) {
        struct json *object = json_new_object(), *parameters = json_new_array(), *answer;
        bool patches = strcmp(operation->method, "patch") == 0;

        for (size_t i = 0; is_write(operation) && i < N_WRITE_PARAMETERS; i++)
                if (patches || strcmp(WRITE_PARAMETERS[i].name, "force") != 0)
                        append_parameter(parameters, &WRITE_PARAMETERS[i], "query");
        json_set(object, "parameters", parameters);
        if (patches)
                json_set(object, "requestBody", patch_body(kind));
        else if (is_write(operation) && whole)
                json_set(object, "requestBody", json_of_schema(component));
        answer = whole && strcmp(operation->action, "list") != 0 ? json_of_schema(component)
                                                                 : json_new_object();
        json_set_str(answer, "description", "OK");
        json_set(json_object_at(object, "responses"), "200", answer);
        json_set_str(object, "x-kubernetes-action", operation->action);
        json_set(object, "x-kubernetes-group-version-kind", openapi_kind_id(kind));
        return object;
}

static void write_path(struct strbuf *out, const struct kind *kind, enum level level,
                       const char *part) {
        strbuf_printf(out, "%s%s/%s/", kind->group[0] != '\0' ? "/apis/" : "/api", kind->group,
                      kind->version);
        if (kind->namespaced && level != LEVEL_ALL)
                strbuf_puts(out, "namespaces/{namespace}/");
        strbuf_puts(out, kind->plural);
        if (level >= LEVEL_OBJECT)
                strbuf_puts(out, "/{name}");
        if (level == LEVEL_PART)
                strbuf_printf(out, "/%s", part);
}

/* operations: up to one whose method is NULL. */
static void add_path(struct json *paths, const struct kind *kind, enum level level,
                     const char *part, const struct operation *operations, const char *component) {
        struct strbuf path STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);
        struct json *item = json_new_object(), *parameters = json_new_array();
        bool whole = !part || strcmp(part, "status") == 0;

        for (; operations->method; operations++)
                json_set(item, operations->method,
                         operation_new(kind, operations, component, whole));
        if (level >= LEVEL_OBJECT)
                append_parameter(parameters, &NAME, "path");
        if (kind->namespaced && level != LEVEL_ALL)
                append_parameter(parameters, &NAMESPACE, "path");
        json_set(item, "parameters", parameters);
        write_path(&path, kind, level, part);
        json_set(paths, strbuf_str(&path), item);
}

static void add_paths(struct json *paths, const struct kind *kind, const char *component) {
        static const struct operation list[] = { { "get", "list" }, { NULL, NULL } };
        static const struct operation many[] = { { "get", "list" },
                                                 { "post", "post" },
                                                 { "delete", "deletecollection" },
                                                 { NULL, NULL } };
        static const struct operation one[] = { { "get", "get" },
                                                { "put", "put" },
                                                { "delete", "delete" },
                                                { "patch", "patch" },
                                                { NULL, NULL } };
        static const struct operation view[] = {
                { "get", "get" }, { "put", "put" }, { "patch", "patch" }, { NULL, NULL }
        };

        if (kind->namespaced)
                add_path(paths, kind, LEVEL_ALL, NULL, list, component);
        add_path(paths, kind, LEVEL_NAMESPACE, NULL, many, component);
        add_path(paths, kind, LEVEL_OBJECT, NULL, one, component);
        if (kind->has_status)
                add_path(paths, kind, LEVEL_PART, "status", view, component);
        if (kind->scale)
                add_path(paths, kind, LEVEL_PART, "scale", view, component);
}

struct json *openapi_document(const struct kinds *kinds, const char *group, const char *version) {
        struct arena arena ARENA_CLEANUP = ARENA_INIT;
        struct openapi_components components = { .arena = &arena };
        const struct kind *kind, *meta = kinds_find_name(kinds, "v1", "Namespace");
        struct json *document, *info, *paths;
        size_t cursor = 0;

        if (!kinds_has_group(kinds, group, version))
                return NULL;
        document = json_new_object();
        json_set_str(document, "openapi", "3.0.0");
        info = json_object_at(document, "info");
        json_set_str(info, "title", "Kubernetes");
        json_set_str(info, "version", "v1.34.4+llc-sim");
        paths = json_object_at(document, "paths");
        components.schemas = json_object_at(json_object_at(document, "components"), "schemas");
        if (meta)
                openapi_components_add_metadata(&components, meta);
        while (kinds_next(kinds, &cursor, &kind))
                if (strcmp(kind->group, group) == 0 && strcmp(kind->version, version) == 0)
                        add_paths(paths, kind, openapi_components_add(&components, kind));
        return document;
}

/* What a client that keeps documents asks for again only when it changes. */
static uint64_t document_hash(const struct json *document) {
        static const uint64_t seed[2] = { 0, 0 };
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(DOCUMENT_MAX_BYTES);

        json_write(document, &text);
        return siphash13(strbuf_str(&text), text.len, seed);
}

struct json *openapi_index(const struct kinds *kinds) {
        struct json *index = json_new_object(), *paths = json_object_at(index, "paths");
        const struct kind *kind;
        size_t cursor = 0;

        while (kinds_next(kinds, &cursor, &kind)) {
                struct strbuf path STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);
                struct strbuf url STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);
                struct json *document;

                strbuf_printf(&path, "%s%s/%s", kind->group[0] != '\0' ? "apis/" : "api",
                              kind->group, kind->version);
                if (json_has(paths, strbuf_str(&path)))
                        continue;
                document = openapi_document(kinds, kind->group, kind->version);
                strbuf_printf(&url, "/openapi/v3/%s?hash=%016" PRIX64, strbuf_str(&path),
                              document_hash(document));
                json_free(document);
                json_set_str(json_object_at(paths, strbuf_str(&path)), "serverRelativeURL",
                             strbuf_str(&url));
        }
        return index;
}
