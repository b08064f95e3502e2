#include "llc/runtime/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Escapes as the format wants it: \ and newline everywhere, " in label values. */
static void metrics_escape(struct strbuf *out, const char *text, bool quotes) {
        const char *special = quotes ? "\\\n\"" : "\\\n";
        size_t len;

        while (text[len = strcspn(text, special)] != '\0') {
                strbuf_append(out, (struct bytes){ .ptr = text, .len = len });
                strbuf_append_char(out, '\\');
                strbuf_append_char(out, text[len] == '\n' ? 'n' : text[len]);
                text += len + 1;
        }
        strbuf_append(out, (struct bytes){ .ptr = text, .len = len });
}

/* The shortest of two precisions that reads back as the same number: 0.1, not 0.10000000000000001. */
static void metrics_number(struct strbuf *out, double value) {
        char text[32];

        if (value == 0 || value == 1) { /* what nearly all of many samples are */
                strbuf_append_char(out, value == 0 ? '0' : '1');
        } else if (isnan(value)) {
                strbuf_puts(out, "NaN");
        } else if (isinf(value)) {
                strbuf_puts(out, value > 0 ? "+Inf" : "-Inf");
        } else {
                snprintf(text, sizeof(text), "%.15g", value);
                if (strtod(text, NULL) != value)
                        snprintf(text, sizeof(text), "%.17g", value);
                strbuf_puts(out, text);
        }
}

void metrics_family(struct strbuf *out, const char *name, const char *type, const char *help) {
        strbuf_printf(out, "# HELP %s ", name);
        metrics_escape(out, help, false);
        strbuf_printf(out, "\n# TYPE %s %s\n", name, type);
}

void metrics_label(struct strbuf *labels, const char *name, const char *value) {
        if (labels->len > 0)
                strbuf_append_char(labels, ',');
        strbuf_puts(labels, name);
        strbuf_puts(labels, "=\"");
        metrics_escape(labels, value, true);
        strbuf_append_char(labels, '"');
}

void metrics_sample(struct strbuf *out, const char *name, const char *labels, double value) {
        strbuf_puts(out, name);
        if (labels && *labels) {
                strbuf_append_char(out, '{');
                strbuf_puts(out, labels);
                strbuf_append_char(out, '}');
        }
        strbuf_append_char(out, ' ');
        metrics_number(out, value);
        strbuf_append_char(out, '\n');
}

static void metrics_bucket(struct strbuf *out, const char *name, const char *labels, double bound,
                           uint64_t count) {
        bool labelled = labels && *labels;

        strbuf_printf(out, "%s_bucket{%s%sle=\"", name, labelled ? labels : "",
                      labelled ? "," : "");
        metrics_number(out, bound);
        strbuf_printf(out, "\"} %llu\n", (unsigned long long)count);
}

static void metrics_suffixed(struct strbuf *out, const char *name, const char *suffix,
                             const char *labels, double value) {
        strbuf_puts(out, name);
        metrics_sample(out, suffix, labels, value);
}

void metrics_histogram_write(struct strbuf *out, const char *name, const char *labels,
                             const struct histogram *histogram) {
        uint64_t count = 0;

        for (unsigned i = 0; i < histogram->n_bounds; i++) {
                count += histogram->counts[i];
                metrics_bucket(out, name, labels, histogram->bounds[i], count);
        }
        metrics_bucket(out, name, labels, INFINITY, histogram->count);
        metrics_suffixed(out, name, "_sum", labels, histogram->sum);
        metrics_suffixed(out, name, "_count", labels, (double)histogram->count);
}
