/*
 * A value of CEL. An error is one too: it goes through operators until || or && has no use for it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/bytes.h"
#include "llc/base/json.h"
#include "schema/schema.h"

enum cel_type {
        CEL_ERROR, /* text: what is wrong */
        CEL_NULL,
        CEL_BOOL,
        CEL_INT,
        CEL_DOUBLE,
        CEL_STRING,
        CEL_LIST,
        CEL_MAP,
        CEL_TYPE,      /* number: an enum cel_type */
        CEL_DURATION,  /* number: nanoseconds */
        CEL_TIMESTAMP, /* number: milliseconds since 1970 */
        CEL_OPTIONAL,  /* items: none or one */
};

/* Texts, items and JSON are borrowed, from the object or from the arena of the run. */
struct cel_value {
        enum cel_type type;
        bool truth;
        int64_t number;
        double real;
        struct bytes text;
        const struct json *json; /* LIST, MAP: from the object; otherwise: */
        const struct schema *schema;
        const struct cel_value *items; /* LIST: the items; MAP: key, value, key, value … */
        size_t n;                      /* items of a list, pairs of a map */
};

/* One evaluation: where its values live, and how much it may still do. */
struct cel_run {
        struct arena *arena;
        int64_t cost_left; /* below 0: it was stopped */
};

/* Charges for work; false when the limit is passed. */
bool cel_charge(struct cel_run *run, size_t cost);

struct cel_value cel_error(struct cel_run *run, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));
struct cel_value cel_no_overload(void);
struct cel_value cel_bool(bool truth);
struct cel_value cel_int(int64_t number);
struct cel_value cel_double(double real);
struct cel_value cel_string(struct bytes text);
struct cel_value cel_list(const struct cel_value *items, size_t n);
/* schema (may be NULL) tells an integer from a number, and a timestamp from a text. */
struct cel_value cel_of_json(struct cel_run *run, const struct json *json,
                             const struct schema *schema);

/* "int", "string", …: as type() shows it. */
const char *cel_type_name(enum cel_type type);
/* false when there is no such type name. */
bool cel_type_named(struct bytes name, enum cel_type *ret_type);

/* Items of a list, pairs of a map. */
size_t cel_length(const struct cel_value *value);
struct cel_value cel_list_at(struct cel_run *run, const struct cel_value *list, size_t index);
/* Keys in order, for macros over a map; in the arena. */
struct cel_value cel_map_keys(struct cel_run *run, const struct cel_value *map);
/* False when the map has no such key. */
bool cel_map_find(struct cel_run *run, const struct cel_value *map, const struct cel_value *key,
                  struct cel_value *ret_value);

bool cel_equal(struct cel_run *run, const struct cel_value *a, const struct cel_value *b);
/* Below 0, 0, above 0; false when the two have no order. NaN is not comparable either. */
bool cel_compare(const struct cel_value *a, const struct cel_value *b, int *ret_order);
