/*
 * Label selectors. Source: meta/v1 LabelSelector.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/api/desc.h"

enum selector_operator { /* 1 + index into the table's names; 0 = one we do not know */
                         SELECTOR_IN = 1,
                         SELECTOR_NOT_IN,
                         SELECTOR_EXISTS,
                         SELECTOR_DOES_NOT_EXIST,
};

struct selector_expression {
        const char *key;
        int operator_; /* enum selector_operator */
        const char *const *values;
        size_t n_values;
};

struct label_selector {
        const struct str_pair *match_labels;
        size_t n_match_labels;
        const struct selector_expression *match_expressions;
        size_t n_match_expressions;
};

extern const struct type label_selector_type;

/* Do the labels satisfy all of it? An empty selector selects everything; an operator that we do
 * not know is never satisfied. */
bool label_selector_matches(const struct label_selector *selector, const struct str_pair *labels,
                            size_t n_labels);
