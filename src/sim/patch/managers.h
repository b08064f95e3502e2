/*
 * The entries of metadata.managedFields: who wrote an object, and which fields are theirs. Private
 * to sim/patch.
 *
 * A manager is known by its name, whether it applies or updates, and the subresource; one that
 * updates by its apiVersion as well.
 */
#pragma once

#include <stdbool.h>

#include "patch/field_set.h"

struct manager {
        const char *name;
        bool applies; /* operation Apply, otherwise Update */
        const char *api_version;
        const char *subresource; /* "" = none */
        const char *time;        /* RFC 3339; NULL = absent */
        const struct field_set *fields;
};

struct managers {
        struct arena *arena;
        struct manager *all;
        size_t n, cap;
};

/* managers must hold nothing. What is there on failure is unspecified. NULL is no entry. */
int managers_parse(struct managers *managers, const struct json *managed_fields, struct err *err);
/* In the API server's order; NULL when there is none. */
struct json *managers_json(struct managers *managers);

/* The one that is known by the same, or NULL; valid until one is added. */
struct manager *managers_find(struct managers *managers, const struct manager *as);
struct manager *managers_add(struct managers *managers, const struct manager *manager);
/* Those whose set is empty go. */
void managers_drop_empty(struct managers *managers);
/* Of more than ten that update the oldest become one, "ancient-changes". */
void managers_cap(struct managers *managers);
/* Appliers come first, then by time, then by name. */
void managers_sort(struct managers *managers);
/* "\"kubectl-edit\" using v1", "\"m\" with subresource \"status\" using v1", "\"m\"". */
const char *manager_text(const struct manager *manager, struct arena *arena);
