/*
 * What a walk of schema_validate finds wrong; private to the folder. Without errors to fill it only
 * counts, and no text is made.
 */
#pragma once

#include "schema/bounds.h"

struct findings {
        struct field_errors *errors; /* NULL: only counted */
        size_t first;                /* of errors; those before are another's */
        const char *parent;          /* the field that the walk's root is; NULL = the object */
        size_t n;
        size_t matches; /* checks that applied or held, as kube-openapi counts them */
};

/* A value on the walk. */
struct spot {
        const struct schema *schema;
        const struct json *value;
        const struct json *before; /* what it was */
        bool stored;               /* it was there, and before is that */
        const struct path *at;
};

/* The detail is as given. shown NULL: no value. Said once, however often it is found. */
void found(struct findings *findings, const struct spot *spot, enum field_error_type type,
           const char *shown, const char *detail, ...) __attribute__((format(printf, 5, 6)));
/* The detail begins with the path: "spec.x in body …". */
void found_in_body(struct findings *findings, const struct spot *spot, enum field_error_type type,
                   const char *shown, const char *detail, ...)
        __attribute__((format(printf, 5, 6)));
/* Of no field; the detail begins with the path in quotes. */
void found_of_all(struct findings *findings, const struct spot *spot, const char *detail, ...)
        __attribute__((format(printf, 3, 4)));

/* Texts for the above, in the arena; "" when only counted. */
const char *found_path(const struct findings *findings, const struct spot *spot);
const char *found_value(const struct findings *findings, const struct json *value);
const char *found_number(const struct findings *findings, double number);
const char *found_size(const struct findings *findings, size_t size);
