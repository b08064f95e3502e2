#include "verbs/gotext.h"

#include <stdlib.h>
#include <string.h>

struct member {
        const char *key;
        const struct json *value;
};

static int member_compare(const void *a, const void *b) {
        const struct member *x = a, *y = b;

        return strcmp(x->key, y->key);
}

/* Go prints maps by key. */
static void write_object(const struct json *object, struct strbuf *out) {
        size_t n = 0;
        struct member *members = calloc(json_length(object) + 1, sizeof(*members));
        void *cursor = NULL;
        struct member member;

        if (!members)
                abort();
        while (json_next(object, &cursor, &member.key, &member.value))
                members[n++] = member;
        qsort(members, n, sizeof(*members), member_compare);
        strbuf_puts(out, "map[");
        for (size_t i = 0; i < n; i++) {
                strbuf_printf(out, "%s%s:", i > 0 ? " " : "", members[i].key);
                gotext_write(members[i].value, out);
        }
        strbuf_append_char(out, ']');
        free(members);
}

void gotext_write(const struct json *value, struct strbuf *out) {
        switch (json_kind(value)) {
        case JSON_NULL:
                strbuf_puts(out, "<nil>");
                break;
        case JSON_STRING:
                strbuf_append(out, json_as_string(value));
                break;
        case JSON_ARRAY:
                strbuf_append_char(out, '[');
                for (size_t i = 0; i < json_length(value); i++) {
                        if (i > 0)
                                strbuf_append_char(out, ' ');
                        gotext_write(json_at(value, i), out);
                }
                strbuf_append_char(out, ']');
                break;
        case JSON_OBJECT:
                write_object(value, out);
                break;
        case JSON_BOOL:
        case JSON_INT:
        case JSON_DOUBLE:
                json_write(value, out);
                break;
        }
}

const char *gotext_type(const struct json *value) {
        static const char *const TYPES[] = {
                [JSON_NULL] = "<nil>",
                [JSON_BOOL] = "bool",
                [JSON_INT] = "int64",
                [JSON_DOUBLE] = "float64",
                [JSON_STRING] = "string",
                [JSON_ARRAY] = "[]interface {}",
                [JSON_OBJECT] = "map[string]interface {}",
        };

        return TYPES[json_kind(value)];
}
