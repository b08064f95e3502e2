/*
 * Reading a schema's source, keyword by keyword; private to schema.c and bounds.c.
 *
 * Each getter takes what is absent as "not set" and leaves its output; what is there but of another
 * kind is an error that names its place.
 */
#pragma once

#include <stdint.h>

#include "schema/path.h"
#include "schema/schema.h"

struct definition; /* one that is compiled, or being compiled */

struct compiler {
        const struct json *definitions;
        struct arena *arena;
        struct definition *known;
        unsigned depth;
        bool has_lists, has_embedded, has_rules; /* anywhere so far */
        struct err *err;
};

/* A part: at is where it stands. */
int compile_schema(struct compiler *compiler, const struct json *source, const struct path *at,
                   const struct schema **ret_schema);
/* An array of parts (anyOf); none when absent. */
int compile_schemas(struct compiler *compiler, const struct json *source, const char *key,
                    const struct path *at, const struct schema *const **ret_schemas, size_t *ret_n);

int compile_flag(struct compiler *compiler, const struct json *source, const char *key,
                 const struct path *at, bool *ret_flag);
/* Borrowed from the source. */
int compile_text(struct compiler *compiler, const struct json *source, const char *key,
                 const struct path *at, const char **ret_text);
/* An array of texts; none when absent. */
int compile_texts(struct compiler *compiler, const struct json *source, const char *key,
                  const struct path *at, const char *const **ret_texts, size_t *ret_n);

/* Sets ERR_INVALID with the place of key (NULL: at itself); returns -1. */
int compile_error(struct compiler *compiler, const struct path *at, const char *key,
                  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
