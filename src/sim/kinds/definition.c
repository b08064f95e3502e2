#include "kinds/definition.h"

#include <string.h>

#include "kinds/member.h"

static const char *text_at(const struct json *object, const char *key, const char *otherwise) {
        const struct json *value = json_get(object, key);

        return json_kind(value) == JSON_STRING ? json_as_string(value).ptr : otherwise;
}

/* NULL-terminated; the texts are borrowed. */
static const char *const *texts_at(const struct json *object, const char *key, const char *member,
                                   struct arena *arena) {
        const struct json *list = member_array(object, key);
        size_t n = json_length(list), n_texts = 0;
        const char **texts = ARENA_NEW_ARRAY(arena, const char *, n + 1);

        for (size_t i = 0; i < n; i++) {
                const struct json *item = json_at(list, i);

                if (member)
                        item = json_get(item, member);
                if (json_kind(item) == JSON_STRING)
                        texts[n_texts++] = json_as_string(item).ptr;
        }
        return texts;
}

/* Definitions write ".spec.x", selectors "spec.x". */
static const char *const *fields_of(const struct json *version, struct arena *arena) {
        const char *const *paths = texts_at(version, "selectableFields", "jsonPath", arena);
        size_t n = 0;
        const char **fields;

        while (paths[n])
                n++;
        fields = ARENA_NEW_ARRAY(arena, const char *, n + 1);
        for (size_t i = 0; i < n; i++)
                fields[i] = paths[i][0] == '.' ? paths[i] + 1 : paths[i];
        return fields;
}

static struct scale_paths *scale_of(const struct json *subresources, struct arena *arena) {
        const struct json *scale = json_get(subresources, "scale");
        struct scale_paths *paths;

        if (!scale)
                return NULL;
        paths = ARENA_NEW(arena, struct scale_paths);
        *paths = (struct scale_paths){
                .replicas = text_at(scale, "specReplicasPath", ".spec.replicas"),
                .status_replicas = text_at(scale, "statusReplicasPath", ".status.replicas"),
                .selector = text_at(scale, "labelSelectorPath", NULL),
        };
        return paths;
}

static struct column column_of(const struct json *source, struct arena *arena) {
        const char *path = text_at(source, "jsonPath", NULL);
        const char *otherwise =
                path ? arena_printf(arena,
                                    "Custom resource definition column (in JSONPath format): %s",
                                    path)
                     : "";

        return (struct column){
                .name = text_at(source, "name", ""),
                .type = text_at(source, "type", "string"),
                .format = text_at(source, "format", ""),
                .description = text_at(source, "description", otherwise),
                .priority = (int)json_int_at(source, "priority", 0),
                .path = path,
        };
}

static const struct column NAME = { .name = "Name",
                                    .type = "string",
                                    .format = "name",
                                    .description = "Its name, unique in its namespace.",
                                    .path = ".metadata.name" };
static const struct column AGE = { .name = "Age",
                                   .type = "date",
                                   .format = "",
                                   .description = "Time since it was created.",
                                   .path = ".metadata.creationTimestamp" };

/* The name goes before the columns of a definition, and the age stands for them when it has none. */
static void read_columns(const struct json *spec, const struct json *version, struct arena *arena,
                         struct kind *kind) {
        const struct json *list = member_array(version, "additionalPrinterColumns");
        size_t n = json_length(list);
        struct column *columns = ARENA_NEW_ARRAY(arena, struct column, n + 2);
        bool name_last = strcmp(json_text_at(spec, "nameColumn"), "last") == 0;

        columns[name_last ? n : 0] = NAME;
        if (name_last) /* what it is about says more, and the name is for -o wide */
                columns[n].priority = 1;
        for (size_t i = 0; i < n; i++)
                columns[i + (name_last ? 0 : 1)] = column_of(json_at(list, i), arena);
        if (n == 0)
                columns[++n] = AGE;
        kind->columns = columns;
        kind->n_columns = n + 1;
}

static int read_schema(const struct json *version, const struct json *shared, struct arena *arena,
                       struct kind *kind, struct err *err) {
        const struct json *source = json_get(json_get(version, "schema"), "openAPIV3Schema");
        struct schema *anything;

        if (source)
                return schema_compile(source, shared, arena, &kind->schema, err);
        anything = ARENA_NEW(arena, struct schema);
        anything->preserve_unknown = true;
        kind->schema = anything;
        return 0;
}

const struct json *definition_version(const struct json *spec) {
        const struct json *versions = member_array(spec, "versions");

        for (size_t i = 0; i < json_length(versions); i++)
                if (json_is_true_at(json_at(versions, i), "served"))
                        return json_at(versions, i);
        return NULL;
}

int definition_read(const struct json *spec, const struct json *shared, bool builtin,
                    struct arena *arena, struct kind *ret_kind, struct err *err) {
        const struct json *names = json_get(spec, "names"), *version = definition_version(spec);
        const struct json *subresources = json_get(version, "subresources");
        const char *name = text_at(names, "kind", "");
        struct kind kind = { .builtin = builtin };

        if (!version)
                return err_set(err, ERR_INVALID, "no version is served");
        kind.group = text_at(spec, "group", "");
        kind.version = text_at(version, "name", "");
        kind.name = name;
        kind.list_name = text_at(names, "listKind", NULL);
        if (!kind.list_name)
                kind.list_name = arena_printf(arena, "%sList", name);
        kind.plural = text_at(names, "plural", "");
        kind.singular = text_at(names, "singular", "");
        kind.short_names = texts_at(names, "shortNames", NULL, arena);
        kind.categories = texts_at(names, "categories", NULL, arena);
        kind.fields = fields_of(version, arena);
        kind.namespaced = strcmp(text_at(spec, "scope", "Namespaced"), "Namespaced") == 0;
        kind.has_status = json_has(subresources, "status");
        kind.has_generation = !builtin || json_is_true_at(spec, "generation");
        kind.scale = scale_of(subresources, arena);
        kind.note = text_at(spec, "note", NULL);
        read_columns(spec, version, arena, &kind);
        if (read_schema(version, shared, arena, &kind, err) < 0)
                return -1;
        *ret_kind = kind;
        return 0;
}
