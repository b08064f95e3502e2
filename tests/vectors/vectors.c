#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIFFERENCES_MAX = 16, SHOWN_MAX = 30, OURS_MAX = 64 << 10 };

struct comparison {
        const struct vectors *vectors;
        size_t n_covered[DIFFERENCES_MAX];
        size_t n_rows, n_wrong;
};

void vectors_each(const char *name, void (*with)(void *ctx, const struct json *row), void *ctx) {
        char path[512];
        char *line = NULL;
        size_t size = 0;
        ssize_t length;
        FILE *file;

        snprintf(path, sizeof(path), "%s/tests/vectors/%s.jsonl", LLC_SOURCE_DIR, name);
        file = fopen(path, "r");
        assert_non_null(file);
        assert_true(getline(&line, &size, file) > 0); /* the names of the columns */
        while ((length = getline(&line, &size, file)) > 0) {
                JSON_CLEANUP struct json *row = NULL;
                struct err err;

                if (json_parse((struct bytes){ line, (size_t)length }, &JSON_LIMITS_OBJECT, &row,
                               &err) < 0)
                        fail_msg("%s: %s: %s", path, err.msg, line);
                with(ctx, row);
        }
        free(line);
        fclose(file);
}

/* Is the name one of the words? */
static bool is_named(const char *words, struct bytes name) {
        while (words && *words) {
                size_t length = strcspn(words, " ");

                if (bytes_equal(name, (struct bytes){ words, length }))
                        return true;
                words += length + strspn(words + length, " ");
        }
        return false;
}

static bool is_covered(struct comparison *comparison, const struct json *row, bool agrees) {
        const struct difference *differences = comparison->vectors->differences;

        for (size_t i = 0; differences && differences[i].name; i++) {
                const struct difference *difference = &differences[i];
                bool covers = difference->covers
                                      ? !agrees && difference->covers(row)
                                      : is_named(difference->rows, json_as_string(json_at(row, 0)));

                assert_true(i < DIFFERENCES_MAX);
                comparison->n_covered[i] += covers;
                if (covers)
                        return true;
        }
        return false;
}

static void compare(void *ctx, const struct json *row) {
        STRBUF_CLEANUP struct strbuf ours = STRBUF_INIT(OURS_MAX);
        STRBUF_CLEANUP struct strbuf theirs = STRBUF_INIT(OURS_MAX);
        struct comparison *comparison = ctx;

        bool agrees = comparison->vectors->agrees(row, &ours);

        comparison->n_rows++;
        if (is_covered(comparison, row, agrees) != agrees)
                return;
        json_write(row, &theirs);
        if (comparison->n_wrong++ < SHOWN_MAX)
                fprintf(stderr, "%s: %s: ours: %s\n", comparison->vectors->name,
                        strbuf_str(&theirs), strbuf_str(&ours));
}

void vectors_compare(const struct vectors *vectors) {
        struct comparison comparison = { .vectors = vectors };

        vectors_each(vectors->name, compare, &comparison);
        assert_true(comparison.n_rows > 0);
        if (comparison.n_wrong > 0)
                fail_msg("%s: %zu of %zu rows disagree", vectors->name, comparison.n_wrong,
                         comparison.n_rows);
        for (size_t i = 0; vectors->differences && vectors->differences[i].name; i++)
                if (comparison.n_covered[i] == 0)
                        fail_msg("%s: nothing differs by \"%s\"", vectors->name,
                                 vectors->differences[i].name);
}
