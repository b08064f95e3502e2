/*
 * From JSON as a client sent it (or as a patch made it) to an object of the kind: what in a real
 * server decoding into a Go type does. Afterwards apiVersion, kind and metadata have their types,
 * unknown fields are gone, and name and namespace are those of the path. Private to sim/verbs.
 */
#pragma once

#include "verbs/commit.h"

/* Refuses with 400 or 422, by write->source. */
int decode_object(const struct write *write, struct json *tree);

/* What decoding fails with: 400 for a body, 422 for a patch. */
int decode_refuse(const struct write *write, const struct json *tree, const char *why);
/* A value of the wrong type in an object that is built in, in the words of Go's decoder. */
int decode_refuse_type(const struct write *write, const struct json *tree,
                       const struct field_error *error);

/* Sets the namespace of the path; name of the path and of the object must agree. */
int decode_place(const struct write *write, struct json *tree);
