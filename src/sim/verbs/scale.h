/*
 * The scale subresource as update and patch use it: an autoscaling/v1 Scale that stands for a few
 * fields of another object. Private to sim/verbs.
 */
#pragma once

#include "verbs/commit.h"

const struct schema *scale_schema(void);

/* A custom resource's replicas must be numbers that a Scale can show. */
void scale_validate(const struct kind *kind, const struct json *tree, struct field_errors *errors);

/* The object's Scale, a new tree; *ret_found: does the object say its replicas? */
struct json *scale_of(const struct kind *kind, const struct json *object, bool *ret_found);
/* As decode_object and decode_place, of a Scale that stands for write's object. */
int scale_decode(const struct write *write, struct json *scale);
/* What holds of a patched Scale alone. found: did the object, before, say its replicas? */
int scale_check_patched(const struct write *write, const struct json *scale,
                        const struct json *before, bool found);
/* Writes a decoded Scale into the object. */
int scale_into(const struct write *write, const struct json *scale, struct json *object);
