/*
 * What is compiled once is looked at for every object: so properties are sorted, references are
 * resolved and each keyword is checked here, and the walks trust what they find.
 *
 * A definition is compiled once for all who refer to it, and is known before its own parts are
 * compiled, which is how it may contain itself. What is known of the whole goes to a copy of the
 * root, for those who walk it.
 */
#include "schema/schema.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/bounds.h"
#include "schema/cel.h"

enum { DEPTH_MAX = 100, PATH_MAX_BYTES = 4096 };

struct definition {
        const char *name;
        struct schema *schema;
        struct definition *next;
};

static const struct {
        const char *name;
        enum schema_type type;
} TYPES[] = {
        { "object", SCHEMA_OBJECT },   { "array", SCHEMA_ARRAY },   { "string", SCHEMA_STRING },
        { "integer", SCHEMA_INTEGER }, { "number", SCHEMA_NUMBER }, { "boolean", SCHEMA_BOOLEAN },
};

int compile_error(struct compiler *compiler, const struct path *at, const char *key,
                  const char *fmt, ...) {
        struct strbuf where STRBUF_CLEANUP = STRBUF_INIT(PATH_MAX_BYTES);
        struct path member = path_member(at, key);
        char what[ERR_MSG_SIZE];
        va_list args;

        path_write(key ? &member : at, &where);
        va_start(args, fmt);
        vsnprintf(what, sizeof(what), fmt, args);
        va_end(args);
        return err_set(compiler->err, ERR_INVALID, "%s%s%s", strbuf_str(&where),
                       where.len > 0 ? ": " : "", what);
}

int compile_flag(struct compiler *compiler, const struct json *source, const char *key,
                 const struct path *at, bool *ret_flag) {
        const struct json *value = json_get(source, key);

        if (!value)
                return 0;
        if (json_kind(value) != JSON_BOOL)
                return compile_error(compiler, at, key, "must be a boolean");
        *ret_flag = json_as_bool(value);
        return 0;
}

int compile_text(struct compiler *compiler, const struct json *source, const char *key,
                 const struct path *at, const char **ret_text) {
        const struct json *value = json_get(source, key);

        if (!value)
                return 0;
        if (json_kind(value) != JSON_STRING)
                return compile_error(compiler, at, key, "must be a string");
        *ret_text = json_as_string(value).ptr;
        return 0;
}

int compile_texts(struct compiler *compiler, const struct json *source, const char *key,
                  const struct path *at, const char *const **ret_texts, size_t *ret_n) {
        const struct json *value = json_get(source, key);
        const char **texts;
        size_t n;

        if (!value)
                return 0;
        if (json_kind(value) != JSON_ARRAY)
                return compile_error(compiler, at, key, "must be an array");
        n = json_length(value);
        texts = ARENA_NEW_ARRAY(compiler->arena, const char *, n);
        for (size_t i = 0; i < n; i++) {
                if (json_kind(json_at(value, i)) != JSON_STRING)
                        return compile_error(compiler, at, key, "must be an array of strings");
                texts[i] = json_as_string(json_at(value, i)).ptr;
        }
        *ret_texts = texts;
        *ret_n = n;
        return 0;
}

int compile_schemas(struct compiler *compiler, const struct json *source, const char *key,
                    const struct path *at, const struct schema *const **ret_schemas,
                    size_t *ret_n) {
        const struct json *value = json_get(source, key);
        struct path list = path_member(at, key);
        const struct schema **schemas;
        size_t n;

        if (!value)
                return 0;
        if (json_kind(value) != JSON_ARRAY)
                return compile_error(compiler, at, key, "must be an array");
        n = json_length(value);
        schemas = ARENA_NEW_ARRAY(compiler->arena, const struct schema *, n);
        for (size_t i = 0; i < n; i++) {
                struct path item = path_index(&list, i);

                if (compile_schema(compiler, json_at(value, i), &item, &schemas[i]) < 0)
                        return -1;
        }
        *ret_schemas = schemas;
        *ret_n = n;
        return 0;
}

static int by_name(const void *a, const void *b) {
        const struct schema_property *one = a, *other = b;

        return strcmp(one->name, other->name);
}

/* Names that are required but no property: bounds hold those against the object as well. */
static void mark_required(struct schema *schema, struct schema_property *properties,
                          const char *const *required, size_t n_required) {
        for (size_t i = 0; i < n_required; i++)
                for (size_t j = 0; j < schema->n_properties; j++)
                        if (strcmp(properties[j].name, required[i]) == 0)
                                properties[j].required = true;
}

static int compile_properties(struct compiler *compiler, const struct json *source,
                              const struct path *at, struct schema *schema) {
        const struct json *members = json_get(source, "properties"), *member;
        struct path list = path_member(at, "properties");
        const char *const *required = NULL, *name;
        struct schema_property *properties;
        size_t n = 0, n_required = 0;
        void *cursor = NULL;

        if (compile_texts(compiler, source, "required", at, &required, &n_required) < 0)
                return -1;
        if (!members)
                return 0;
        if (json_kind(members) != JSON_OBJECT)
                return compile_error(compiler, at, "properties", "must be an object");
        properties = ARENA_NEW_ARRAY(compiler->arena, struct schema_property, json_length(members));
        while (json_next(members, &cursor, &name, &member)) {
                struct path place = path_key(&list, name);

                properties[n].name = name;
                if (compile_schema(compiler, member, &place, &properties[n++].schema) < 0)
                        return -1;
        }
        qsort(properties, n, sizeof(*properties), by_name);
        schema->properties = properties;
        schema->n_properties = n;
        mark_required(schema, properties, required, n_required);
        return 0;
}

/* additionalProperties: true says nothing about the values, as a schema without keywords. */
static int compile_additional(struct compiler *compiler, const struct json *source,
                              const struct path *at, struct schema *schema) {
        const struct json *values = json_get(source, "additionalProperties");
        struct path place = path_member(at, "additionalProperties");

        if (!values)
                return 0;
        if (json_kind(values) != JSON_BOOL)
                return compile_schema(compiler, values, &place, &schema->additional);
        if (!json_as_bool(values))
                return compile_error(compiler, &place, NULL, "false is not supported");
        schema->additional = ARENA_NEW(compiler->arena, struct schema);
        return 0;
}

static int compile_type(struct compiler *compiler, const struct json *source, const struct path *at,
                        struct schema *schema) {
        bool int_or_string = false;
        const char *type = NULL;

        if (compile_text(compiler, source, "type", at, &type) < 0 ||
            compile_flag(compiler, source, "x-kubernetes-int-or-string", at, &int_or_string) < 0)
                return -1;
        if (int_or_string) {
                schema->type = SCHEMA_INT_OR_STRING;
                return 0;
        }
        if (!type || !*type)
                return 0;
        for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
                if (strcmp(TYPES[i].name, type) == 0) {
                        schema->type = TYPES[i].type;
                        return 0;
                }
        return compile_error(compiler, at, "type",
                             "Unsupported value: \"%s\": supported values: \"array\", "
                             "\"boolean\", \"integer\", \"number\", \"object\", \"string\"",
                             type);
}

static int compile_list(struct compiler *compiler, const struct json *source, const struct path *at,
                        struct schema *schema) {
        const char *list = NULL, *map = NULL;

        if (compile_text(compiler, source, "x-kubernetes-list-type", at, &list) < 0 ||
            compile_text(compiler, source, "x-kubernetes-map-type", at, &map) < 0 ||
            compile_texts(compiler, source, "x-kubernetes-list-map-keys", at, &schema->list_keys,
                          &schema->n_list_keys) < 0)
                return -1;
        schema->map_atomic = text_equal(map, "atomic");
        if (text_equal(list, "set"))
                schema->list = LIST_SET;
        else if (text_equal(list, "map"))
                schema->list = LIST_MAP;
        else if (list && strcmp(list, "atomic") != 0)
                return compile_error(compiler, at, "x-kubernetes-list-type",
                                     "Unsupported value: \"%s\": supported values: \"atomic\", "
                                     "\"map\", \"set\"",
                                     list);
        compiler->has_lists |= schema->list != LIST_ATOMIC;
        if (schema->list == LIST_MAP && schema->n_list_keys == 0)
                return compile_error(compiler, at, "x-kubernetes-list-map-keys",
                                     "Required value: must not be empty if "
                                     "x-kubernetes-list-type is map");
        return 0;
}

static int compile_merging(struct compiler *compiler, const struct json *source,
                           const struct path *at, struct schema *schema) {
        const char *strategy = NULL;

        if (compile_text(compiler, source, "x-kubernetes-patch-merge-key", at, &schema->merge_key) <
                    0 ||
            compile_text(compiler, source, "x-kubernetes-patch-strategy", at, &strategy) < 0)
                return -1;
        schema->merge = strategy && strstr(strategy, "merge");
        schema->retain_keys = strategy && strstr(strategy, "retainKeys");
        return 0;
}

/* Keywords that structural schemas must not have, and of which nothing here would know. */
static int refuse_foreign(struct compiler *compiler, const struct json *source,
                          const struct path *at) {
        static const char *const keywords[] = { "patternProperties", "dependencies", "definitions",
                                                "additionalItems", "id" };

        for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
                if (json_get(source, keywords[i]))
                        return compile_error(compiler, at, keywords[i], "is not supported");
        return 0;
}

static int compile_rules(struct compiler *compiler, const struct json *source,
                         const struct path *at, struct schema *schema) {
        const struct json *validations = json_get(source, "x-kubernetes-validations");
        struct err err;

        if (!validations)
                return 0;
        if (cel_rules_compile(validations, compiler->arena, &schema->rules, &schema->n_rules,
                              &err) < 0)
                return compile_error(compiler, at, "x-kubernetes-validations", "%s", err.msg);
        compiler->has_rules |= schema->n_rules > 0;
        return 0;
}

static int compile_into(struct compiler *compiler, const struct json *source, const struct path *at,
                        struct schema *schema) {
        const struct json *items = json_get(source, "items");
        struct path items_at = path_member(at, "items");

        schema->source = source;
        schema->dflt = json_get(source, "default");
        if (refuse_foreign(compiler, source, at) < 0 ||
            compile_type(compiler, source, at, schema) < 0 ||
            compile_flag(compiler, source, "nullable", at, &schema->nullable) < 0 ||
            compile_flag(compiler, source, "x-kubernetes-preserve-unknown-fields", at,
                         &schema->preserve_unknown) < 0 ||
            compile_flag(compiler, source, "x-kubernetes-embedded-resource", at,
                         &schema->embedded_resource) < 0 ||
            compile_properties(compiler, source, at, schema) < 0 ||
            compile_additional(compiler, source, at, schema) < 0 ||
            compile_list(compiler, source, at, schema) < 0 ||
            compile_rules(compiler, source, at, schema) < 0 ||
            compile_merging(compiler, source, at, schema) < 0)
                return -1;
        if (items && compile_schema(compiler, items, &items_at, &schema->items) < 0)
                return -1;
        compiler->has_embedded |= schema->embedded_resource;
        return bounds_compile(compiler, source, at, schema);
}

/* Properties beside a reference take the place of the definition's. */
static int replace_properties(struct compiler *compiler, const struct json *source,
                              const struct path *at, struct schema *schema) {
        struct schema own = { .type = SCHEMA_ANY };
        struct schema_property *all;

        if (!json_has(source, "properties"))
                return 0;
        if (compile_properties(compiler, source, at, &own) < 0)
                return -1;
        all = ARENA_NEW_ARRAY(compiler->arena, struct schema_property, schema->n_properties);
        for (size_t i = 0; i < schema->n_properties; i++) {
                const struct schema *other = schema_property(&own, schema->properties[i].name);

                all[i] = schema->properties[i];
                if (other)
                        all[i].schema = other;
        }
        schema->properties = all;
        return 0;
}

/* What stands beside a reference (a default) counts more, so such a schema is one of its own. */
static int compile_reference(struct compiler *compiler, const struct json *source, const char *ref,
                             const struct path *at, struct schema *schema) {
        const char *name = strncmp(ref, "#/", 2) == 0 ? ref + 2 : NULL;
        const struct json *target = name ? json_get(compiler->definitions, name) : NULL;
        const struct json *dflt = json_get(source, "default");

        if (json_kind(target) != JSON_OBJECT)
                return compile_error(compiler, at, "$ref", "no definition \"%s\"", ref);
        if (json_get(target, "$ref"))
                return compile_error(compiler, at, "$ref", "\"%s\" is a reference itself", ref);
        if (compile_into(compiler, target, at, schema) < 0 ||
            replace_properties(compiler, source, at, schema) < 0)
                return -1;
        if (dflt)
                schema->dflt = dflt;
        return 0;
}

static bool stands_alone(const struct json *source) {
        return json_has(source, "default") || json_has(source, "properties");
}

static struct schema *known(const struct compiler *compiler, const char *ref) {
        for (const struct definition *one = compiler->known; one; one = one->next)
                if (strcmp(one->name, ref) == 0)
                        return one->schema;
        return NULL;
}

static int compile_new(struct compiler *compiler, const struct json *source, const char *ref,
                       const struct path *at, const struct schema **ret_schema) {
        struct schema *schema = ARENA_NEW(compiler->arena, struct schema);

        if (ref && !stands_alone(source)) {
                struct definition *definition = ARENA_NEW(compiler->arena, struct definition);

                *definition = (struct definition){ ref, schema, compiler->known };
                compiler->known = definition;
        }
        *ret_schema = schema;
        return ref ? compile_reference(compiler, source, ref, at, schema)
                   : compile_into(compiler, source, at, schema);
}

int compile_schema(struct compiler *compiler, const struct json *source, const struct path *at,
                   const struct schema **ret_schema) {
        const char *ref = NULL;
        int r;

        if (json_kind(source) != JSON_OBJECT)
                return compile_error(compiler, at, NULL, "must be an object");
        if (compile_text(compiler, source, "$ref", at, &ref) < 0)
                return -1;
        if (ref && !stands_alone(source) && (*ret_schema = known(compiler, ref)))
                return 0;
        if (compiler->depth == DEPTH_MAX)
                return compile_error(compiler, NULL, NULL, "nested in more than %d levels",
                                     DEPTH_MAX);
        compiler->depth++;
        r = compile_new(compiler, source, ref, at, ret_schema);
        compiler->depth--;
        return r;
}

int schema_compile(const struct json *source, const struct json *definitions, struct arena *arena,
                   const struct schema **ret_schema, struct err *err) {
        struct compiler compiler = { .definitions = definitions, .arena = arena, .err = err };
        struct schema_bounds *bounds;
        const struct schema *schema = NULL;
        struct schema *root;

        if (compile_schema(&compiler, source, NULL, &schema) < 0)
                return -1;
        assert(schema);
        bounds = ARENA_NEW(arena, struct schema_bounds);
        if (schema->bounds)
                *bounds = *schema->bounds;
        bounds->has_lists = compiler.has_lists;
        bounds->has_embedded = compiler.has_embedded;
        bounds->has_rules = compiler.has_rules;
        root = ARENA_NEW(arena, struct schema);
        *root = *schema;
        root->bounds = bounds;
        *ret_schema = root;
        return 0;
}

const struct schema *schema_property(const struct schema *schema, const char *name) {
        size_t low = 0, high = schema->n_properties;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(name, schema->properties[middle].name);

                if (order == 0)
                        return schema->properties[middle].schema;
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

const struct schema *schema_member(const struct schema *schema, const char *name) {
        const struct schema *property = schema_property(schema, name);

        return property ? property : schema->additional;
}
