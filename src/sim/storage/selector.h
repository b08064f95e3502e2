/*
 * Label and field selectors, as lists, watches and controllers use them.
 *
 * Label selectors: the query form ("a=b,c in (d,e),!f") and the object form (matchLabels,
 * matchExpressions). Field selectors: "path=value", "path==value", "path!=value", joined by ",".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "storage/record.h"

struct selector; /* in an arena */

/* Errors (ERR_INVALID) read as the API server's ("unable to parse requirement: ..."). "" selects
 * everything. */
int selector_parse(const char *text, struct arena *arena, const struct selector **ret_selector,
                   struct err *err);
/* A metav1.LabelSelector: absent (NULL) selects nothing, {} everything. */
int selector_of_json(const struct json *label_selector, struct arena *arena,
                     const struct selector **ret_selector, struct err *err);
/* A plain map of labels (Service.spec.selector); absent or empty selects nothing. */
const struct selector *selector_of_map(const struct json *labels, struct arena *arena);

/* labels as in struct record. */
bool selector_matches(const struct selector *selector, const char *labels);
/* The same on an object's metadata.labels, or any map of labels. */
bool selector_matches_json(const struct selector *selector, const struct json *labels);

struct field_term {
        const char *path; /* "metadata.name" */
        const char *value;
        bool equal; /* false: != */
};

struct field_selector {
        const struct field_term *terms; /* all must hold; sorted as the API server sorts them */
        size_t n_terms;
};

/* A value's "\\", "\," and "\=" lose their backslash. "" selects everything. */
int field_selector_parse(const char *text, struct arena *arena, struct field_selector *ret_selector,
                         struct err *err);
/* The value that the selector fixes this path to (=), or NULL. */
const char *field_selector_value(const struct field_selector *selector, const char *path);
