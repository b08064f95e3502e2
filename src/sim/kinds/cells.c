#include "kinds/cells.h"

#include <stdarg.h>
#include <stdio.h>

#include "kinds/age.h"
#include "kinds/metadata.h"
#include "kinds/selector_text.h"

enum { TEXT_MAX = 64 * 1024 };

void cells_text(struct json *cells, const char *text) {
        json_append(cells, json_new_string(bytes_of(text)));
}

void cells_text_or(struct json *cells, const char *text, const char *otherwise) {
        cells_text(cells, *text ? text : otherwise);
}

void cells_printf(struct json *cells, const char *fmt, ...) {
        char text[AGE_SIZE * 4];
        va_list args;

        va_start(args, fmt);
        vsnprintf(text, sizeof(text), fmt, args);
        va_end(args);
        cells_text(cells, text);
}

void cells_int(struct json *cells, int64_t value) {
        json_append(cells, json_new_int(value));
}

void cells_name(const struct json *object, struct json *cells) {
        cells_text(cells, metadata_name(object));
}

void cells_age(const struct json *object, int64_t now_ms, struct json *cells) {
        char age[AGE_SIZE];

        cells_text(cells,
                   age_of_timestamp(json_get(json_get(object, "metadata"), "creationTimestamp"),
                                    now_ms, age));
}

void cells_created(const struct json *object, struct json *cells) {
        cells_text(cells, json_text_at(json_get(object, "metadata"), "creationTimestamp"));
}

void cells_selector(const struct json *label_selector, struct json *cells) {
        struct strbuf text STRBUF_CLEANUP = STRBUF_INIT(TEXT_MAX);

        selector_text_write(label_selector, &text);
        cells_text_or(cells, strbuf_str(&text), "<none>");
}

void cells_labels(const struct json *labels, struct json *cells) {
        struct json *selector JSON_CLEANUP = json_new_object();

        if (labels)
                json_set(selector, "matchLabels", json_clone(labels));
        cells_selector(selector, cells);
}
