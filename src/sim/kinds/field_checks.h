/*
 * Small checks that the hooks of several kinds have in common, and the places that they speak of.
 */
#pragma once

#include <stdint.h>

#include "llc/base/json.h"
#include "schema/field_error.h"

/* "at.key" and "at.key[i]"; at "" = the root. In the arena. */
const char *field_under(struct field_errors *errors, const char *at, const char *key);
const char *field_item(struct field_errors *errors, const char *at, const char *key, size_t i);

/* What must be there and is, but empty (what is absent the schema tells). */
void check_filled(const struct json *object, const char *key, const char *at,
                  struct field_errors *errors);
/* A number, if there is one: not below 0; 1 to 65535. */
void check_not_negative(const struct json *object, const char *key, const char *at,
                        struct field_errors *errors);
void check_port(const struct json *object, const char *key, const char *at,
                struct field_errors *errors);
/* The same value as before: "field is immutable". */
void check_immutable(const struct json *object, const struct json *before, const char *key,
                     const char *at, struct field_errors *errors);
/* A map of labels: keys and values. */
void check_labels(const struct json *labels, const char *at, struct field_errors *errors);
/* A number from 0 or a percentage, at most most percent (0 = any). */
void check_share(const struct json *object, const char *key, const char *at, int64_t most,
                 struct field_errors *errors);

/* An error with a text for its value. */
void error_invalid(struct field_errors *errors, const char *field, const char *value,
                   const char *detail);
void error_required(struct field_errors *errors, const char *field, const char *detail);
void error_forbidden(struct field_errors *errors, const char *field, const char *detail);
