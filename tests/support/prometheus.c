#include "support/prometheus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "llc/base/strbuf.h"

enum { LABELS_MAX = 16 };

struct label {
        const char *name, *value; /* value: escaped, as in the text */
};

struct sample {
        const char *name;
        struct label labels[LABELS_MAX];
        size_t n_labels;
        double value;
};

struct reader {
        struct prometheus *parsed;
        const char *line; /* for messages */
        const char *at;
        const char *family, *type;
        bool described; /* HELP is there, TYPE is to come */

        /* The histogram under way: NULL = between two. */
        const char *series;
        double bound, bucket;
        bool summed;
};

static void expect(const struct reader *reader, bool ok, const char *rule) {
        if (!ok)
                fail_msg("%s:\n%.*s", rule, (int)strcspn(reader->line, "\n"), reader->line);
}

static const char *read_name(struct reader *reader, const char *more) {
        const char *from = reader->at;

        expect(reader, isalpha((unsigned char)*from) || *from == '_',
               "a name begins with a letter");
        while (isalnum((unsigned char)*reader->at) || *reader->at == '_' ||
               (*reader->at && strchr(more, *reader->at)))
                reader->at++;
        return arena_copy(&reader->parsed->arena,
                          (struct bytes){ .ptr = from, .len = (size_t)(reader->at - from) });
}

static void expect_text(struct reader *reader, const char *text) {
        expect(reader, strncmp(reader->at, text, strlen(text)) == 0, text);
        reader->at += strlen(text);
}

static const char *read_value(struct reader *reader) {
        const char *from = reader->at;

        for (; *reader->at != '"'; reader->at++) {
                expect(reader, *reader->at && *reader->at != '\n', "a label's value does not end");
                if (*reader->at == '\\')
                        expect(reader, *++reader->at && strchr("\\\"n", *reader->at),
                               "nothing else can be escaped");
        }
        return arena_copy(&reader->parsed->arena,
                          (struct bytes){ .ptr = from, .len = (size_t)(reader->at - from) });
}

static int compare_labels(const void *a, const void *b) {
        return strcmp(((const struct label *)a)->name, ((const struct label *)b)->name);
}

static void read_labels(struct reader *reader, struct sample *sample) {
        if (*reader->at != '{')
                return;
        do {
                struct label *label = &sample->labels[sample->n_labels++];

                expect(reader, sample->n_labels < LABELS_MAX, "too many labels");
                reader->at++;
                label->name = read_name(reader, "");
                expect_text(reader, "=\"");
                label->value = read_value(reader);
                reader->at++;
        } while (*reader->at == ',');
        expect_text(reader, "}");
        qsort(sample->labels, sample->n_labels, sizeof(sample->labels[0]), compare_labels);
        for (size_t i = 1; i < sample->n_labels; i++)
                expect(reader, strcmp(sample->labels[i - 1].name, sample->labels[i].name) != 0,
                       "a label is there twice");
}

static double read_number(const struct reader *reader, const char *text, const char *end) {
        char *after;
        double value = strtod(text, &after);

        expect(reader, after == end && after > text && !isspace((unsigned char)*text),
               "not a number");
        return value;
}

/* The series of a sample, without the label left_out. */
static const char *series_of(struct reader *reader, const char *name, const struct sample *sample,
                             const char *left_out) {
        STRBUF_CLEANUP struct strbuf text = STRBUF_INIT(1 << 20);
        const char *separator = "{";

        strbuf_puts(&text, name);
        for (size_t i = 0; i < sample->n_labels; i++) {
                if (strcmp(sample->labels[i].name, left_out) == 0)
                        continue;
                strbuf_printf(&text, "%s%s=\"%s\"", separator, sample->labels[i].name,
                              sample->labels[i].value);
                separator = ",";
        }
        if (*separator == ',')
                strbuf_append_char(&text, '}');
        return arena_copy(&reader->parsed->arena, strbuf_bytes(&text));
}

static void take_bucket(struct reader *reader, const struct sample *sample) {
        const char *le = NULL;
        double bound;

        for (size_t i = 0; i < sample->n_labels; i++)
                if (strcmp(sample->labels[i].name, "le") == 0)
                        le = sample->labels[i].value;
        expect(reader, le != NULL, "a bucket without le");
        bound = read_number(reader, le, le + strlen(le));
        if (!reader->series) {
                reader->series = series_of(reader, reader->family, sample, "le");
                reader->bound = -INFINITY;
                reader->bucket = 0;
                reader->summed = false;
        }
        expect(reader, strcmp(reader->series, series_of(reader, reader->family, sample, "le")) == 0,
               "buckets of two histograms are mixed");
        expect(reader, !reader->summed && bound > reader->bound, "bounds do not ascend");
        expect(reader, sample->value >= reader->bucket, "buckets are not cumulated");
        reader->bound = bound;
        reader->bucket = sample->value;
}

/* Of a histogram; the sum and the count come after the last bucket. */
static void take_part(struct reader *reader, const struct sample *sample) {
        const char *suffix = sample->name + strlen(reader->family);

        if (strcmp(suffix, "_bucket") == 0) {
                take_bucket(reader, sample);
                return;
        }
        expect(reader, reader->series && isinf(reader->bound), "no bucket +Inf before");
        expect(reader, strcmp(reader->series, series_of(reader, reader->family, sample, "")) == 0,
               "of another histogram");
        if (strcmp(suffix, "_sum") == 0) {
                expect(reader, !reader->summed, "two sums");
                reader->summed = true;
                return;
        }
        expect(reader, strcmp(suffix, "_count") == 0, "not a part of a histogram");
        expect(reader, reader->summed, "no sum before the count");
        expect(reader, sample->value == reader->bucket, "the count is not the last bucket");
        reader->series = NULL;
}

static void read_sample(struct reader *reader) {
        struct sample sample = { .n_labels = 0 };
        const char *end, *series;
        double *value = arena_alloc(&reader->parsed->arena, sizeof(*value));

        sample.name = read_name(reader, ":");
        read_labels(reader, &sample);
        expect_text(reader, " ");
        end = reader->at + strcspn(reader->at, "\n");
        *value = sample.value = read_number(reader, reader->at, end);
        reader->at = end;
        expect(reader, reader->family && !reader->described, "a sample without a family");
        expect(reader, strncmp(sample.name, reader->family, strlen(reader->family)) == 0,
               "a sample of another family");
        expect(reader, strcmp(reader->type, "gauge") == 0 || sample.value >= 0, "a count below 0");
        if (strcmp(reader->type, "histogram") == 0)
                take_part(reader, &sample);
        else
                expect(reader, strcmp(sample.name, reader->family) == 0,
                       "a sample of another family");
        series = series_of(reader, sample.name, &sample, "");
        expect(reader, !map_put(&reader->parsed->samples, series, value), "a series twice");
}

static void read_help(struct reader *reader) {
        expect_text(reader, "# HELP ");
        expect(reader, !reader->described && !reader->series, "the family before has not ended");
        reader->family = read_name(reader, ":");
        reader->described = true;
        expect_text(reader, " ");
        expect(reader, strcspn(reader->at, "\n") > 0, "help says nothing");
        expect(reader, !map_get(&reader->parsed->families, reader->family), "a family twice");
        reader->at += strcspn(reader->at, "\n");
}

static void read_type(struct reader *reader) {
        static char counter[] = "counter", gauge[] = "gauge", histogram[] = "histogram";
        char *types[] = { counter, gauge, histogram };
        char *type = NULL;
        bool total;

        expect_text(reader, "# TYPE ");
        expect(reader, reader->described && strcmp(read_name(reader, ":"), reader->family) == 0,
               "TYPE does not follow HELP");
        expect_text(reader, " ");
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
                if (strcspn(reader->at, "\n") == strlen(types[i]) &&
                    strncmp(reader->at, types[i], strlen(types[i])) == 0)
                        type = types[i];
        expect(reader, type != NULL, "no such type");
        total = strlen(reader->family) > 6 &&
                strcmp(reader->family + strlen(reader->family) - 6, "_total") == 0;
        expect(reader, total == (type == counter), "a counter, and only a counter, is a _total");
        reader->type = type;
        reader->described = false;
        reader->at += strlen(type);
        map_put(&reader->parsed->families, reader->family, type);
}

void prometheus_parse(const char *text, struct prometheus *ret_parsed) {
        struct prometheus parsed = { .arena = ARENA_INIT };
        struct reader reader = { .parsed = &parsed, .at = text };

        map_init(&parsed.families, (uint64_t[2]){ 1, 2 });
        map_init(&parsed.samples, (uint64_t[2]){ 3, 4 });
        while (*reader.at) {
                reader.line = reader.at;
                if (strncmp(reader.at, "# HELP", 6) == 0)
                        read_help(&reader);
                else if (*reader.at == '#')
                        read_type(&reader);
                else
                        read_sample(&reader);
                expect_text(&reader, "\n");
        }
        assert_false(reader.described);
        assert_null(reader.series);
        *ret_parsed = parsed;
}

void prometheus_deinit(struct prometheus *parsed) {
        map_deinit(&parsed->families);
        map_deinit(&parsed->samples);
        arena_deinit(&parsed->arena);
}

bool prometheus_has(const struct prometheus *parsed, const char *series) {
        return map_get(&parsed->samples, series) != NULL;
}

double prometheus_value(const struct prometheus *parsed, const char *series) {
        const double *value = map_get(&parsed->samples, series);

        if (!value)
                fail_msg("no series %s", series);
        return value ? *value : 0;
}

size_t prometheus_count(const struct prometheus *parsed, const char *name) {
        size_t n = 0, cursor = 0, len = strlen(name);
        const char *series;
        void *value;

        while (map_next(&parsed->samples, &cursor, &series, &value))
                n += strncmp(series, name, len) == 0 && (series[len] == '{' || !series[len]);
        return n;
}
