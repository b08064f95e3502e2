#include "kinds/selector_text.h"

#include <stdlib.h>
#include <string.h>

#include "kinds/member.h"

struct requirement {
        const char *key;
        const char *operator;
        const struct json *values; /* one text, or an array of them */
};

static int requirement_compare(const void *a, const void *b) {
        const struct requirement *x = a, *y = b;

        return strcmp(x->key, y->key);
}

static int text_compare(const void *a, const void *b) {
        const char *const *x = a, *const *y = b;

        return strcmp(*x, *y);
}

static void write_values(const struct json *values, struct strbuf *out) {
        size_t n = json_length(values);
        const char **texts = calloc(n + 1, sizeof(*texts));

        if (!texts)
                abort();
        for (size_t i = 0; i < n; i++)
                texts[i] = json_kind(json_at(values, i)) == JSON_STRING
                                   ? json_as_string(json_at(values, i)).ptr
                                   : "";
        qsort(texts, n, sizeof(*texts), text_compare);
        for (size_t i = 0; i < n; i++)
                strbuf_printf(out, "%s%s", i > 0 ? "," : "", texts[i]);
        free(texts);
}

static void write_requirement(const struct requirement *requirement, struct strbuf *out) {
        if (strcmp(requirement->operator, "=") == 0) {
                strbuf_printf(out, "%s=", requirement->key);
                strbuf_append(out, json_as_string(requirement->values));
        } else if (strcmp(requirement->operator, "Exists") == 0) {
                strbuf_puts(out, requirement->key);
        } else if (strcmp(requirement->operator, "DoesNotExist") == 0) {
                strbuf_printf(out, "!%s", requirement->key);
        } else {
                strbuf_printf(out, "%s %s (", requirement->key,
                              strcmp(requirement->operator, "In") == 0 ? "in" : "notin");
                write_values(requirement->values, out);
                strbuf_append_char(out, ')');
        }
}

void selector_text_write(const struct json *label_selector, struct strbuf *out) {
        const struct json *labels = member_object(label_selector, "matchLabels");
        const struct json *expressions = member_array(label_selector, "matchExpressions");
        size_t n = 0;
        struct requirement *all =
                calloc(json_length(labels) + json_length(expressions) + 1, sizeof(*all));
        const struct json *value;
        void *cursor = NULL;
        const char *key;

        if (!all)
                abort();
        while (json_next(labels, &cursor, &key, &value))
                if (json_kind(value) == JSON_STRING)
                        all[n++] = (struct requirement){ key, "=", value };
        for (size_t i = 0; i < json_length(expressions); i++) {
                const struct json *at = json_at(expressions, i);

                all[n++] =
                        (struct requirement){ json_text_at(at, "key"), json_text_at(at, "operator"),
                                              member_array(at, "values") };
        }
        qsort(all, n, sizeof(*all), requirement_compare);
        for (size_t i = 0; i < n; i++) {
                if (i > 0)
                        strbuf_append_char(out, ',');
                write_requirement(&all[i], out);
        }
        free(all);
}
