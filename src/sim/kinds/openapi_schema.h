/*
 * The schemas of kinds as components of an OpenAPI v3 document; private to openapi.c.
 */
#pragma once

#include "kinds/kind.h"
#include "llc/base/arena.h"

struct openapi_components {
        struct arena *arena;
        struct json *schemas; /* the document's components.schemas, to which they are added */
};

/* Adds the kind's schema and what it refers to; "io.k8s.api.core.v1.Pod", in the arena. */
const char *openapi_components_add(struct openapi_components *components, const struct kind *kind);

/* Adds what all metadata looks like, which a definition does not say, out of a kind that does. */
void openapi_components_add_metadata(struct openapi_components *components,
                                     const struct kind *builtin);

/* {group, version, kind} */
struct json *openapi_kind_id(const struct kind *kind);
