/*
 * What the tests of this room share: a type with one field of every kind, and short ways to
 * read and write JSON.
 */
#pragma once

#include "llc/api/desc.h"

enum { TOY_TEXT_MAX = 8 };

struct toy_part {
        const char *name;
        int64_t size; /* default 7 */
};

struct toy {
        bool on;
        bool has_switch_, switch_;
        int64_t count;
        bool has_total;
        int64_t total;
        const char *text, *amount, *choice;
        int color;
        int64_t at;
        const struct toy_part *part;
        const struct toy_part *parts;
        size_t n_parts;
        const char *const *tags;
        size_t n_tags;
        const int64_t *numbers;
        size_t n_numbers;
        const struct str_pair *labels;
        size_t n_labels;
        const struct str_pair *picked;
        size_t n_picked;
        const struct str_pair *amounts;
        size_t n_amounts;
        const char *const *words;
        size_t n_words;
        const struct toy_part *spares;
        size_t n_spares;
        const char *street; /* of place */
        const struct json *raw;
};

extern const struct type toy_type;

/* Parses what a test wrote; fails the test when it is no JSON. The caller frees. */
struct json *json_read(const char *text);

/* Fails the test with both texts unless json equals the text. */
void assert_json(const struct json *json, const char *text);

/* The compact text of a tree, in the arena. */
const char *json_text(const struct json *json, struct arena *arena);

/* "metadata(name,labels),spec": a projection's tree, in the arena. */
const char *projection_text(const struct projection *projection, struct arena *arena);
