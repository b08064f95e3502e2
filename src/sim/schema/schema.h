/*
 * What an object of a kind may look like: one tree drives pruning, defaulting, validation,
 * strategic merging, field ownership and OpenAPI.
 *
 * Compiled from OpenAPI v3 with Kubernetes' extensions, as a CustomResourceDefinition carries it
 * (apiextensions.k8s.io/v1, structural schemas). The kinds that are built in are written the same
 * way (src/sim/kinds/definitions), with x-kubernetes-patch-merge-key and -patch-strategy besides.
 * A $ref "#/NAME" is looked up among the definitions given; what stands beside it (a description, a
 * default, a merge key) counts for this place and goes before the definition's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "schema/field_error.h"

enum schema_type {
        SCHEMA_ANY, /* no type is given */
        SCHEMA_OBJECT,
        SCHEMA_ARRAY,
        SCHEMA_STRING,
        SCHEMA_INTEGER,
        SCHEMA_NUMBER,
        SCHEMA_BOOLEAN,
        SCHEMA_INT_OR_STRING,
};

enum schema_list { LIST_ATOMIC, LIST_SET, LIST_MAP };

struct schema;
struct schema_bounds; /* lengths, patterns, enums, minima; private to the folder, in bounds.h */
struct cel_rule;      /* x-kubernetes-validations; schema/cel.h */

struct schema_property {
        const char *name;
        const struct schema *schema;
        bool required;
};

struct schema {
        enum schema_type type;
        bool nullable;
        bool preserve_unknown;  /* x-kubernetes-preserve-unknown-fields */
        bool embedded_resource; /* x-kubernetes-embedded-resource: apiVersion, kind, metadata */

        const struct schema_property *properties; /* sorted by name */
        size_t n_properties;
        const struct schema *additional; /* values of a map; NULL = no map */
        const struct schema *items;      /* ARRAY */

        enum schema_list list;        /* x-kubernetes-list-type, for ownership */
        const char *const *list_keys; /* x-kubernetes-list-map-keys */
        size_t n_list_keys;
        bool map_atomic;       /* x-kubernetes-map-type: atomic */
        const char *merge_key; /* x-kubernetes-patch-merge-key */
        bool merge;            /* x-kubernetes-patch-strategy has merge: lists are not replaced */
        bool retain_keys;      /* … has retainKeys */

        const struct json *dflt; /* borrowed from the source; NULL = none */
        const struct schema_bounds *bounds;
        const struct cel_rule *rules;
        size_t n_rules;
        const struct json *source; /* what it was compiled from, after $ref; borrowed */
};

/*
 * definitions: an object of named schemas, or NULL. Everything is in the arena, but source,
 * which must outlive it. A schema may refer to itself (JSONSchemaProps).
 * ERR_INVALID names the path in the schema.
 */
int schema_compile(const struct json *source, const struct json *definitions, struct arena *arena,
                   const struct schema **ret_schema, struct err *err);

const struct schema *schema_property(const struct schema *schema, const char *name);
/* The schema of a member: its property's, the map's values', or NULL when it has none. */
const struct schema *schema_member(const struct schema *schema, const char *name);

/* Sets what is absent and has a default; null where it is not allowed gives way to the default, or
 * goes. */
void schema_default(const struct schema *schema, struct json *value);

/*
 * Takes away members that no schema names. Their paths go to ret_unknown ("spec.foo",
 * "spec.containers[0].bar"), sorted, unless it is NULL. At the root apiVersion, kind and metadata
 * stay as they are.
 */
void schema_prune(const struct schema *schema, struct json *value, struct strings *ret_unknown);

/*
 * Appends what is wrong with types, bounds and formats, as the API server words it for custom
 * resources; before is the stored object, NULL on creation: what is wrong already and does not
 * change is let pass (ratcheting).
 */
void schema_validate(const struct schema *schema, const struct json *value,
                     const struct json *before, struct field_errors *errors);
/* The same for the subresource: of status alone, and named within it ("phase in body …"). */
void schema_validate_status(const struct schema *schema, const struct json *value,
                            const struct json *before, struct field_errors *errors);
/*
 * What the API server looks at after that, and after the checks of metadata and of scale: embedded
 * objects, doubles in sets and maps, and the rules. Those wait for what is in errors to be corrected
 * if it is grave, which is said. Not for built-in kinds, whose own checks have other words.
 */
void schema_validate_rules(const struct schema *schema, const struct json *value,
                           const struct json *before, struct field_errors *errors);
