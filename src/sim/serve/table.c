#include "serve/table.h"

#include <string.h>

#include "kinds/age.h"
#include "kinds/jsonpath.h"
#include "serve/cut.h"
#include "storage/record.h"

enum { CELL_MAX = 1 << 20 };

int table_include(const struct target *target, enum table_include *ret_include,
                  struct refusal *refusal) {
        const char *option = target_option(target, "includeObject");

        if (option[0] == '\0' || strcmp(option, "Metadata") == 0)
                *ret_include = INCLUDE_METADATA;
        else if (strcmp(option, "Object") == 0)
                *ret_include = INCLUDE_OBJECT;
        else if (strcmp(option, "None") == 0)
                *ret_include = INCLUDE_NONE;
        else
                return refuse_bad_request(refusal,
                                          "Unable to convert to Table as requested: includeObject: "
                                          "Invalid value: \"%s\": must be 'Metadata', 'Object', "
                                          "'None', or empty",
                                          option);
        return 0;
}

void table_head(struct bytes object, struct strbuf *out) {
        struct bytes version = cut_path(object, "metadata.resourceVersion");

        strbuf_puts(out, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{");
        if (version.len > 0) {
                strbuf_puts(out, "\"resourceVersion\":");
                strbuf_append(out, version);
        }
        strbuf_append_char(out, '}');
}

void table_columns(const struct kind *kind, struct strbuf *out) {
        struct json *columns JSON_CLEANUP = json_new_array();

        for (size_t i = 0; i < kind->n_columns; i++) {
                const struct column *column = &kind->columns[i];
                struct json *item = json_new_object();

                json_set_str(item, "name", column->name);
                json_set_str(item, "type", column->type);
                json_set_str(item, "format", column->format ? column->format : "");
                json_set_str(item, "description", column->description ? column->description : "");
                json_set_int(item, "priority", column->priority);
                json_append(columns, item);
        }
        json_write(columns, out);
}

static bool is_number(const struct json *value) {
        return json_kind(value) == JSON_INT || json_kind(value) == JSON_DOUBLE;
}

/* A cell by its column's path: null where the value is missing or of another type. */
static struct json *cell(const struct column *column, const struct json *object, int64_t now_ms) {
        const struct json *value = column->path ? jsonpath_first(object, column->path) : NULL;
        char age[AGE_SIZE];

        if (strcmp(column->type, "string") == 0) {
                struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(CELL_MAX);

                if (!column->path || !jsonpath_text(object, column->path, &text))
                        return NULL;
                return json_new_string(strbuf_bytes(&text));
        }
        if (!value)
                return NULL;
        if (strcmp(column->type, "date") == 0) {
                if (json_kind(value) != JSON_STRING)
                        return NULL;
                return json_new_string(bytes_of(age_of_timestamp(value, now_ms, age)));
        }
        if (strcmp(column->type, "boolean") == 0)
                return json_kind(value) == JSON_BOOL ? json_clone(value) : NULL;
        return is_number(value) ? json_clone(value) : NULL;
}

static struct json *cells(const struct kind *kind, struct bytes text, int64_t now_ms) {
        struct json *list = json_new_array();
        struct json *object JSON_CLEANUP = NULL;
        struct err err;

        if (json_parse(text, &RECORD_LIMITS, &object, &err) < 0)
                return list;
        if (kind->hooks && kind->hooks->cells) {
                kind->hooks->cells(kind, object, now_ms, list);
                return list;
        }
        for (size_t i = 0; i < kind->n_columns; i++)
                json_append(list, cell(&kind->columns[i], object, now_ms));
        return list;
}

void table_row(const struct kind *kind, struct bytes object, enum table_include include,
               int64_t now_ms, struct strbuf *out) {
        struct json *list JSON_CLEANUP = cells(kind, object, now_ms);

        strbuf_puts(out, "{\"cells\":");
        json_write(list, out);
        strbuf_puts(out, ",\"object\":");
        switch (include) {
        case INCLUDE_METADATA:
                cut_metadata(object, out);
                break;
        case INCLUDE_OBJECT:
                strbuf_append(out, object);
                break;
        case INCLUDE_NONE:
                strbuf_puts(out, "null");
                break;
        }
        strbuf_append_char(out, '}');
}

const char *table_go_type(const struct kind *kind, const char *name, struct arena *arena) {
        size_t package = strcspn(kind->group, ".");

        if (!kind->builtin)
                return arena_printf(arena, "*unstructured.Unstructured%s",
                                    strcmp(name, kind->list_name) == 0 ? "List" : "");
        if (package == 0)
                return arena_printf(arena, "*core.%s", name);
        return arena_printf(arena, "*%.*s.%s", (int)package, kind->group, name);
}
