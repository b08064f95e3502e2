/*
 * What is wrong with an object, field by field, in the API server's words
 * (k8s.io/apimachinery/pkg/util/validation/field).
 */
#pragma once

#include <stddef.h>

#include "llc/base/arena.h"
#include "llc/base/json.h"

enum field_error_type {
        FIELD_ERROR_REQUIRED,      /* "Required value" */
        FIELD_ERROR_INVALID,       /* "Invalid value: ..." */
        FIELD_ERROR_NOT_SUPPORTED, /* "Unsupported value: ...: supported values: ..." */
        FIELD_ERROR_DUPLICATE,     /* "Duplicate value: ..." */
        FIELD_ERROR_FORBIDDEN,     /* "Forbidden" */
        FIELD_ERROR_TOO_LONG,      /* "Too long: ..." */
        FIELD_ERROR_TOO_MANY,      /* "Too many: ..." */
        FIELD_ERROR_TYPE,          /* "Invalid value: ...", cause FieldValueTypeInvalid */
        FIELD_ERROR_NOT_FOUND,     /* "Not found: ..." */
};

struct field_error {
        enum field_error_type type;
        const char *field;   /* "spec.containers[0].image" */
        const char *message; /* without the field: "Required value", "Invalid value: 0: …" */
};

struct field_errors {
        struct arena *arena; /* holds the texts and the array */
        struct field_error *items;
        size_t n, cap;
};

/* A growing list of strings, texts and array in its arena. */
struct strings {
        struct arena *arena;
        const char **items;
        size_t n, cap;
};

void strings_add(struct strings *strings, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/* field is copied. detail: what follows the type and the value; "" = nothing. value NULL: none. */
void field_error_add(struct field_errors *errors, enum field_error_type type, const char *field,
                     const struct json *value, const char *detail, ...)
        __attribute__((format(printf, 5, 6)));
/* The same with the value as it is to be read there: "17", "\"object\"", "null"; NULL: none. */
void field_error_add_shown(struct field_errors *errors, enum field_error_type type,
                           const char *field, const char *shown, const char *detail, ...)
        __attribute__((format(printf, 5, 6)));

/* "FieldValueRequired", "FieldValueInvalid", …: a cause's reason in a Status. */
const char *field_error_reason(enum field_error_type type);
/* "spec.x: Required value", or "[a: …, b: …]" for several, each said once; in the arena. */
const char *field_errors_text(const struct field_errors *errors);
