#include "patch/element.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 * 1024 };

static const struct json_limits LIMITS = { .max_bytes = TEXT_MAX,
                                           .max_depth = 16,
                                           .max_nodes = 1000 };

struct key {
        const char *name;
        const struct json *value;
};

static int key_compare(const void *a, const void *b) {
        const struct key *x = a, *y = b;

        return strcmp(x->name, y->name);
}

const char *element_of_name(const char *name, struct arena *arena) {
        return arena_printf(arena, "f:%s", name);
}

const char *element_of_value(const struct json *value, struct arena *arena) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(SIZE_MAX / 4);

        strbuf_puts(&text, "v:");
        json_write(value, &text);
        return arena_copy(arena, strbuf_bytes(&text));
}

const char *element_of_keys(const struct json *keys, struct arena *arena) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(SIZE_MAX / 4);
        struct json *sorted JSON_CLEANUP = json_new_object();
        struct key *items = ARENA_NEW_ARRAY(arena, struct key, json_length(keys) + 1), key;
        void *cursor = NULL;
        size_t n = 0;

        while (json_next(keys, &cursor, &key.name, &key.value))
                items[n++] = key;
        qsort(items, n, sizeof(*items), key_compare);
        for (size_t i = 0; i < n; i++)
                json_set(sorted, items[i].name, json_clone(items[i].value));
        strbuf_puts(&text, "k:");
        json_write(sorted, &text);
        return arena_copy(arena, strbuf_bytes(&text));
}

int element_parse(const char *text, struct arena *arena, const char **ret_element,
                  struct err *err) {
        struct json *value JSON_CLEANUP = NULL;

        if (strlen(text) < 2)
                return err_set(err, ERR_INVALID, "key must be 2 characters long:");
        if (text[1] != ':')
                return err_set(err, ERR_INVALID, "missing colon: %s", text);
        switch (text[0]) {
        case 'f':
        case 'i':
                *ret_element = arena_strdup(arena, text);
                return 0;
        case 'k':
        case 'v':
                if (json_parse(bytes_of(text + 2), &LIMITS, &value, err) < 0)
                        return -1;
                if (text[0] == 'k' && json_kind(value) != JSON_OBJECT)
                        return err_set(err, ERR_INVALID, "not an object: %s", text);
                *ret_element = text[0] == 'k' ? element_of_keys(value, arena)
                                              : element_of_value(value, arena);
                return 0;
        default: /* a later version of FieldsV1 may know it */
                *ret_element = NULL;
                return 0;
        }
}

/* JSON texts: where they begin to differ in a number, by its size; otherwise by their bytes. */
static int compare_values(const char *a, const char *b) {
        bool quoted = false, number = false;
        size_t x, y;

        while (*a != '\0' && *a == *b) {
                if (*a == '"' && (!quoted || a[-1] != '\\'))
                        quoted = !quoted;
                number = !quoted && *a >= '0' && *a <= '9';
                a++;
                b++;
        }
        x = strspn(a, "0123456789");
        y = strspn(b, "0123456789");
        if (!quoted && (number || (x > 0 && y > 0)) && x != y)
                return x < y ? -1 : 1;
        return (unsigned char)*a - (unsigned char)*b;
}

int element_compare(const char *a, const char *b) {
        static const char ORDER[] = "fkvi";

        if (a[0] != b[0])
                return strchr(ORDER, a[0]) < strchr(ORDER, b[0]) ? -1 : 1;
        return a[0] == 'f' ? strcmp(a, b) : compare_values(a + 2, b + 2);
}

static void write_keys(const struct json *keys, struct strbuf *out) {
        const struct json *value;
        const char *name, *comma = "";
        void *cursor = NULL;

        while (json_next(keys, &cursor, &name, &value)) {
                strbuf_printf(out, "%s%s=", comma, name);
                json_write(value, out);
                comma = ",";
        }
}

void element_write(const char *element, struct strbuf *out) {
        struct json *value JSON_CLEANUP = NULL;
        struct err err;

        if (element[0] == 'f') {
                strbuf_append_char(out, '.');
                strbuf_puts(out, element + 2);
                return;
        }
        strbuf_append_char(out, '[');
        if (element[0] == 'v')
                strbuf_append_char(out, '=');
        if (element[0] == 'k' && json_parse(bytes_of(element + 2), &LIMITS, &value, &err) == 0)
                write_keys(value, out);
        else
                strbuf_puts(out, element + 2);
        strbuf_append_char(out, ']');
}
