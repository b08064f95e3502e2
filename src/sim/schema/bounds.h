/*
 * What a schema asks of values beyond their type; private to the folder. A schema without any has
 * none of these.
 */
#pragma once

#include "schema/compile.h"
#include "schema/formats.h"
#include "schema/pattern.h"

struct size_bound {
        bool set;
        int64_t value;
};

struct number_bound {
        bool set, exclusive;
        double value;
};

struct schema_bounds {
        const struct json *allowed; /* enum: an array; NULL = anything */
        struct size_bound min_length, max_length, min_items, max_items, min_properties,
                max_properties;
        struct number_bound minimum, maximum, multiple_of;
        const char *pattern_text;
        const struct pattern *pattern; /* NULL = none */
        const char *format_name;       /* as it is written */
        const struct format *format;   /* NULL = none, or one that the API server does not know */

        const char *const *required;
        size_t n_required;
        const struct schema *const *any_of, *const *one_of, *const *all_of;
        size_t n_any_of, n_one_of, n_all_of;
        const struct schema *not_; /* NULL = none */

        /* Of a root, which has bounds once compiled: is there anywhere in it a set or a map, …? */
        bool has_lists, has_embedded, has_rules;
};

/* Fills in schema->bounds, if there are any. */
int bounds_compile(struct compiler *compiler, const struct json *source, const struct path *at,
                   struct schema *schema);
