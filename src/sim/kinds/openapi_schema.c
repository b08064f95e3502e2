/*
 * A schema is shown as it was written, with what clients need made plain: definitions that are
 * referred to become components of their own, which is how kubectl explain tells <PodSpec> from
 * <Object>; apiVersion, kind and metadata are there for every kind.
 */
#include "kinds/openapi_schema.h"

#include <string.h>

#include "llc/base/strbuf.h"

enum { NAME_MAX_BYTES = 1024 };

static const char REF[] = "#/components/schemas/";
static const char OBJECT_META[] = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/* Definitions of built-in kinds that are not of the core API. */
static const struct {
        const char *definition, *component;
} ELSEWHERE[] = {
        { "objectMeta", OBJECT_META },
        { "ownerReference", "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference" },
        { "managedFieldsEntry", "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry" },
        { "labelSelector", "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector" },
        { "condition", "io.k8s.apimachinery.pkg.apis.meta.v1.Condition" },
        { "intOrString", "io.k8s.apimachinery.pkg.util.intstr.IntOrString" },
        { "quantity", "io.k8s.apimachinery.pkg.api.resource.Quantity" },
};

static struct json *schema_of(struct openapi_components *components, const struct json *source,
                              const struct schema *schema);

static struct json *text_new(const char *text) {
        return json_new_string(bytes_of(text));
}

static const char *text_at(const struct json *object, const char *key) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_STRING ? json_as_string(value).ptr : NULL;
}

/* "objectMeta", of {$ref: "#/objectMeta"}; NULL when there is no reference. */
static const char *definition_of(const struct json *source) {
        const char *ref = text_at(source, "$ref");

        return ref && strncmp(ref, "#/", 2) == 0 ? ref + 2 : NULL;
}

static const char *component_of(struct openapi_components *components, const char *definition) {
        for (size_t i = 0; i < sizeof(ELSEWHERE) / sizeof(ELSEWHERE[0]); i++)
                if (strcmp(definition, ELSEWHERE[i].definition) == 0)
                        return ELSEWHERE[i].component;
        return arena_printf(components->arena, "io.k8s.api.core.v1.%c%s",
                            definition[0] >= 'a' && definition[0] <= 'z'
                                    ? definition[0] - ('a' - 'A')
                                    : definition[0],
                            definition + 1);
}

/* Added before it is made, for it may refer to itself. */
static void component_add(struct openapi_components *components, const char *name,
                          const struct schema *schema) {
        if (json_has(components->schemas, name))
                return;
        json_set(components->schemas, name, json_new_object());
        json_set(components->schemas, name, schema_of(components, schema->source, schema));
}

static struct json *reference_new(const char *component) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(NAME_MAX_BYTES);
        struct json *reference = json_new_object(), *all = json_new_array(), *one;

        strbuf_printf(&text, "%s%s", REF, component);
        one = json_new_object();
        json_set_str(one, "$ref", strbuf_str(&text));
        json_append(all, one);
        json_set(reference, "allOf", all);
        return reference;
}

/* A plain value is shown where it stands; an object, and what takes two types, has a name. */
static struct json *referred(struct openapi_components *components, const struct json *source,
                             const char *definition, const struct schema *schema) {
        static const char *const beside[] = { "description", "default" };
        bool named = (schema->type == SCHEMA_OBJECT && schema->n_properties > 0) ||
                     schema->type == SCHEMA_INT_OR_STRING;
        struct json *shown;

        if (named) {
                const char *component = component_of(components, definition);

                component_add(components, component, schema);
                shown = reference_new(component);
        } else
                shown = schema_of(components, schema->source, schema);
        for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
                if (json_get(source, beside[i]))
                        json_set(shown, beside[i], json_clone(json_get(source, beside[i])));
        return shown;
}

static struct json *properties_of(struct openapi_components *components,
                                  const struct json *properties, const struct schema *schema) {
        struct json *shown = json_new_object();
        const struct json *property;
        void *cursor = NULL;
        const char *name;

        while (json_next(properties, &cursor, &name, &property)) {
                const struct schema *of = schema_property(schema, name);

                if (of)
                        json_set(shown, name, schema_of(components, property, of));
        }
        return shown;
}

/* Formats of our own descriptions that OpenAPI does not know. */
static struct json *format_of(const struct json *format) {
        if (json_kind(format) == JSON_STRING && bytes_is(json_as_string(format), "date-time-micro"))
                return text_new("date-time");
        return json_clone(format);
}

static struct json *int_or_string(void) {
        static const char *const types[] = { "integer", "string" };
        struct json *any = json_new_array();

        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
                struct json *one = json_new_object();

                json_set_str(one, "type", types[i]);
                json_append(any, one);
        }
        return any;
}

static struct json *schema_of(struct openapi_components *components, const struct json *source,
                              const struct schema *schema) {
        const char *definition = definition_of(source), *key;
        const struct json *value;
        struct json *shown;
        void *cursor = NULL;

        if (definition)
                return referred(components, source, definition, schema);
        shown = json_new_object();
        while (json_next(source, &cursor, &key, &value)) {
                if (strncmp(key, "x-llc-", 6) == 0)
                        continue;
                if (strcmp(key, "properties") == 0)
                        json_set(shown, key, properties_of(components, value, schema));
                else if (strcmp(key, "items") == 0 && schema->items)
                        json_set(shown, key, schema_of(components, value, schema->items));
                else if (strcmp(key, "additionalProperties") == 0 && schema->additional &&
                         json_kind(value) == JSON_OBJECT)
                        json_set(shown, key, schema_of(components, value, schema->additional));
                else if (strcmp(key, "format") == 0)
                        json_set(shown, key, format_of(value));
                else
                        json_set(shown, key, json_clone(value));
        }
        if (schema->type == SCHEMA_INT_OR_STRING && !json_has(source, "anyOf"))
                json_set(shown, "anyOf", int_or_string());
        return shown;
}

/* "dev.argo-canary" of "argo-canary.dev" */
static void write_reversed(struct strbuf *out, const char *group) {
        const char *end = group + strlen(group);

        while (end > group) {
                const char *start = end;

                while (start > group && start[-1] != '.')
                        start--;
                strbuf_append(out, (struct bytes){ start, (size_t)(end - start) });
                if (start > group)
                        strbuf_append_char(out, '.');
                end = start > group ? start - 1 : group;
        }
}

static const char *component_of_kind(struct arena *arena, const struct kind *kind) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(NAME_MAX_BYTES);

        if (kind->builtin && strcmp(kind->group, "apiextensions.k8s.io") == 0)
                strbuf_puts(&text, "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions");
        else if (kind->builtin)
                strbuf_printf(&text, "io.k8s.api.%.*s",
                              kind->group[0] != '\0' ? (int)strcspn(kind->group, ".") : 4,
                              kind->group[0] != '\0' ? kind->group : "core");
        else
                write_reversed(&text, kind->group);
        strbuf_printf(&text, ".%s.%s", kind->version, kind->name);
        return arena_copy(arena, strbuf_bytes(&text));
}

struct json *openapi_kind_id(const struct kind *kind) {
        struct json *id = json_new_object();

        json_set_str(id, "group", kind->group);
        json_set_str(id, "version", kind->version);
        json_set_str(id, "kind", kind->name);
        return id;
}

static void describe(struct json *properties, const char *name, const char *description) {
        struct json *property = json_new_object();

        json_set_str(property, "description", description);
        json_set_str(property, "type", "string");
        json_set(properties, name, property);
}

/* What a definition need not say, as every object has it. */
static void complete(struct json *shown) {
        struct json *properties, *metadata = reference_new(OBJECT_META);

        if (!json_has(shown, "type"))
                json_set_str(shown, "type", "object");
        properties = json_object_at(shown, "properties");
        if (!json_has(properties, "apiVersion"))
                describe(properties, "apiVersion", "Group and version of the object's form.");
        if (!json_has(properties, "kind"))
                describe(properties, "kind", "What the object is. Cannot be changed.");
        json_set_str(metadata, "description", "What every object has: its name, labels and more.");
        json_set(properties, "metadata", metadata);
}

void openapi_components_add_metadata(struct openapi_components *components,
                                     const struct kind *builtin) {
        const struct schema *metadata = schema_property(builtin->schema, "metadata");
        const struct json *source = json_get(builtin->schema->source, "properties");

        if (metadata)
                json_free(schema_of(components, json_get(source, "metadata"), metadata));
}

const char *openapi_components_add(struct openapi_components *components, const struct kind *kind) {
        const char *name = component_of_kind(components->arena, kind);
        struct json *shown = schema_of(components, kind->schema->source, kind->schema), *ids;

        if (!kind->builtin)
                complete(shown);
        ids = json_new_array();
        json_append(ids, openapi_kind_id(kind));
        json_set(shown, "x-kubernetes-group-version-kind", ids);
        json_set(components->schemas, name, shown);
        return name;
}
