#include "schema/bounds.h"

#include <string.h>

static int size_bound(struct compiler *compiler, const struct json *source, const char *key,
                      const struct path *at, struct size_bound *ret_bound, bool *any) {
        const struct json *value = json_get(source, key);

        if (!value)
                return 0;
        if (json_kind(value) != JSON_INT || json_as_int(value) < 0)
                return compile_error(compiler, at, key, "must be an integer from 0");
        *ret_bound = (struct size_bound){ .set = true, .value = json_as_int(value) };
        *any = true;
        return 0;
}

static int number_bound(struct compiler *compiler, const struct json *source, const char *key,
                        const char *exclusive_key, const struct path *at,
                        struct number_bound *ret_bound, bool *any) {
        const struct json *value = json_get(source, key);

        if (!value)
                return 0;
        if (json_kind(value) != JSON_INT && json_kind(value) != JSON_DOUBLE)
                return compile_error(compiler, at, key, "must be a number");
        *ret_bound = (struct number_bound){ .set = true, .value = json_as_number(value) };
        *any = true;
        if (!exclusive_key)
                return 0;
        return compile_flag(compiler, source, exclusive_key, at, &ret_bound->exclusive);
}

static int compile_sizes(struct compiler *compiler, const struct json *source,
                         const struct path *at, struct schema_bounds *bounds, bool *any) {
        const struct {
                const char *key;
                struct size_bound *bound;
        } sizes[] = {
                { "minLength", &bounds->min_length },
                { "maxLength", &bounds->max_length },
                { "minItems", &bounds->min_items },
                { "maxItems", &bounds->max_items },
                { "minProperties", &bounds->min_properties },
                { "maxProperties", &bounds->max_properties },
        };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
                if (size_bound(compiler, source, sizes[i].key, at, sizes[i].bound, any) < 0)
                        return -1;
        if (number_bound(compiler, source, "minimum", "exclusiveMinimum", at, &bounds->minimum,
                         any) < 0 ||
            number_bound(compiler, source, "maximum", "exclusiveMaximum", at, &bounds->maximum,
                         any) < 0)
                return -1;
        return number_bound(compiler, source, "multipleOf", NULL, at, &bounds->multiple_of, any);
}

static int compile_pattern(struct compiler *compiler, const struct json *source,
                           const struct path *at, struct schema_bounds *bounds, bool *any) {
        struct err err;

        if (compile_text(compiler, source, "pattern", at, &bounds->pattern_text) < 0)
                return -1;
        if (!bounds->pattern_text || !*bounds->pattern_text)
                return 0;
        *any = true;
        if (pattern_compile(bytes_of(bounds->pattern_text), compiler->arena, &bounds->pattern,
                            &err) == 0)
                return 0;
        return compile_error(compiler, at, "pattern",
                             "Invalid value: \"%s\": must be a valid regular expression, but "
                             "isn't: %s",
                             bounds->pattern_text, err.msg);
}

static int compile_format(struct compiler *compiler, const struct json *source,
                          const struct path *at, struct schema_bounds *bounds, bool *any) {
        if (compile_text(compiler, source, "format", at, &bounds->format_name) < 0)
                return -1;
        if (!bounds->format_name || !format_is_known(bounds->format_name))
                return 0;
        *any = true;
        bounds->format = format_new(bounds->format_name, compiler->arena);
        if (bounds->format)
                return 0;
        return compile_error(compiler, at, "format", "llc-sim does not check the format \"%s\"",
                             bounds->format_name);
}

static int compile_allowed(struct compiler *compiler, const struct json *source,
                           const struct path *at, struct schema_bounds *bounds, bool *any) {
        bool unique = false;

        bounds->allowed = json_get(source, "enum");
        if (bounds->allowed && json_kind(bounds->allowed) != JSON_ARRAY)
                return compile_error(compiler, at, "enum", "must be an array");
        if (bounds->allowed && json_length(bounds->allowed) == 0)
                bounds->allowed = NULL;
        if (compile_flag(compiler, source, "uniqueItems", at, &unique) < 0)
                return -1;
        if (unique)
                return compile_error(compiler, at, "uniqueItems", "true is not supported");
        *any |= bounds->allowed != NULL;
        return 0;
}

static int compile_combined(struct compiler *compiler, const struct json *source,
                            const struct path *at, struct schema_bounds *bounds, bool *any) {
        const struct json *not_ = json_get(source, "not");
        struct path place = path_member(at, "not");

        if (compile_texts(compiler, source, "required", at, &bounds->required,
                          &bounds->n_required) < 0 ||
            compile_schemas(compiler, source, "anyOf", at, &bounds->any_of, &bounds->n_any_of) <
                    0 ||
            compile_schemas(compiler, source, "oneOf", at, &bounds->one_of, &bounds->n_one_of) <
                    0 ||
            compile_schemas(compiler, source, "allOf", at, &bounds->all_of, &bounds->n_all_of) < 0)
                return -1;
        if (not_ && compile_schema(compiler, not_, &place, &bounds->not_) < 0)
                return -1;
        *any |= bounds->n_required + bounds->n_any_of + bounds->n_one_of + bounds->n_all_of > 0 ||
                not_;
        return 0;
}

int bounds_compile(struct compiler *compiler, const struct json *source, const struct path *at,
                   struct schema *schema) {
        struct schema_bounds bounds = { 0 }, *kept;
        bool any = false;

        if (compile_sizes(compiler, source, at, &bounds, &any) < 0 ||
            compile_pattern(compiler, source, at, &bounds, &any) < 0 ||
            compile_format(compiler, source, at, &bounds, &any) < 0 ||
            compile_allowed(compiler, source, at, &bounds, &any) < 0 ||
            compile_combined(compiler, source, at, &bounds, &any) < 0)
                return -1;
        if (!any)
                return 0;
        kept = ARENA_NEW(compiler->arena, struct schema_bounds);
        *kept = bounds;
        schema->bounds = kept;
        return 0;
}
