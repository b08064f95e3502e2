#include <stdio.h>

#include "patch/items.h"
#include "patch/typed.h"
#include "verbs/gotext.h"

enum { TEXT_MAX = 64 * 1024 };

/* The way to the value that is looked at. */
struct step {
        const struct step *up; /* NULL = the root */
        const char *element;
};

struct check {
        struct strings *errors;
        bool allow_doubles;
};

static void check_value(const struct check *check, const struct json *value,
                        const struct schema *schema, const struct step *at);

static void write_path(const struct step *at, struct strbuf *out) {
        if (!at->up)
                return;
        write_path(at->up, out);
        element_write(at->element, out);
}

/* An error at a place: "PATH: WHATVALUE". */
static void fail(const struct check *check, const struct step *at, const char *what,
                 const char *value) {
        struct strbuf path STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        write_path(at, &path);
        strings_add(check->errors, "%s%s%s%s", strbuf_str(&path), path.len > 0 ? ": " : "", what,
                    value);
}

/* Go prints the value as the struct that it keeps it in. */
static const char *boxed(const struct check *check, const struct json *value, const char *open) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        strbuf_puts(&text, open);
        gotext_write(value, &text);
        strbuf_append_char(&text, '}');
        return arena_copy(check->errors->arena, strbuf_bytes(&text));
}

static void check_members(const struct check *check, const struct json *object,
                          const struct schema *schema, const struct step *at) {
        const struct json *value;
        const char *name;
        void *cursor = NULL;
        bool declared, known;

        while (json_next(object, &cursor, &name, &value)) {
                const struct schema *member = shape_member(schema, name, &declared, &known);
                struct step below = { at, element_of_name(name, check->errors->arena) };

                if (!known) {
                        fail(check, &below, "field not declared in schema", "");
                        return;
                }
                check_value(check, value, member, &below);
        }
}

static void check_doubles(const struct check *check, const struct json *list,
                          const struct schema *schema, const struct step *at) {
        struct items items = items_of(schema, list, check->errors->arena);
        size_t alike;

        for (size_t i = 0; i < items.n; i += alike) {
                struct strbuf name STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

                alike = items_alike(&items, i);
                element_write(items.sorted[i].element, &name);
                for (size_t j = 1; j < alike; j++)
                        fail(check, at, "duplicate entries for key ", strbuf_str(&name));
        }
}

static void check_items(const struct check *check, const struct json *list,
                        const struct schema *schema, const struct step *at) {
        struct arena *arena = check->errors->arena;
        bool atomic = shape_is_atomic(schema, SHAPE_LIST);
        struct step below = { .up = at };
        const char *why;

        if (!atomic && !check->allow_doubles)
                check_doubles(check, list, schema, at);
        for (size_t i = 0; i < json_length(list); i++) {
                below.element = atomic ? arena_printf(arena, "i:%zu", i) : NULL;
                if (!atomic &&
                    shape_item_element(schema, json_at(list, i), arena, &below.element, &why) < 0) {
                        fail(check, at, arena_printf(arena, "element %zu: ", i), why);
                        return;
                }
                check_value(check, json_at(list, i), shape_items(schema), &below);
        }
}

static void check_scalar(const struct check *check, const struct json *value,
                         const struct schema *schema, const struct step *at) {
        enum json_kind kind = json_kind(value);
        bool number = kind == JSON_INT || kind == JSON_DOUBLE;

        if (!schema)
                return;
        switch (schema->type) {
        case SCHEMA_ANY:
        case SCHEMA_OBJECT:
        case SCHEMA_ARRAY:
                break;
        case SCHEMA_INTEGER:
        case SCHEMA_NUMBER:
                if (!number)
                        fail(check, at, "expected numeric (int or float), got ",
                             gotext_type(value));
                break;
        case SCHEMA_STRING:
                if (kind != JSON_STRING)
                        fail(check, at, "expected string, got ",
                             boxed(check, value, "&value.valueUnstructured{Value:"));
                break;
        case SCHEMA_BOOLEAN:
                if (kind != JSON_BOOL)
                        fail(check, at, "expected boolean, got ", boxed(check, value, "&{"));
                break;
        case SCHEMA_INT_OR_STRING:
                if (kind == JSON_OBJECT || kind == JSON_ARRAY)
                        fail(check, at, "expected any scalar, got ", boxed(check, value, "&{"));
                break;
        }
}

static void check_value(const struct check *check, const struct json *value,
                        const struct schema *schema, const struct step *at) {
        if (!value)
                return;
        switch (shape_of(schema, value)) {
        case SHAPE_MAP:
                if (json_kind(value) == JSON_OBJECT)
                        check_members(check, value, schema, at);
                else
                        fail(check, at, "expected map, got ", boxed(check, value, "&{"));
                break;
        case SHAPE_LIST:
                if (json_kind(value) == JSON_ARRAY)
                        check_items(check, value, schema, at);
                else
                        fail(check, at, "expected list, got ", boxed(check, value, "&{"));
                break;
        case SHAPE_SCALAR:
                check_scalar(check, value, schema, at);
                break;
        }
}

void typed_check(const struct json *value, const struct schema *schema, bool allow_doubles,
                 struct strings *errors) {
        struct check check = { .errors = errors, .allow_doubles = allow_doubles };
        struct step root = { .up = NULL };

        check_value(&check, value, schema, &root);
}
