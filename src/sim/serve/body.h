/*
 * Bodies of requests: by their Content-Type to JSON trees, and what is answered to those that are
 * none. Whether the tree is an object of its kind, the verbs say. Private to sim/serve.
 */
#pragma once

#include "serve/exchange.h"

/* An object to create or update; kind_name: what it should be. The tree is the caller's. */
int body_object(struct exchange *exchange, const char *kind_name, struct json **ret_tree);
/* A custom resource must say its kind: refused with the body as it came, which the verbs do not see. */
int body_check_kind(struct exchange *exchange, const struct json *tree);
/* Content-Type says of which type the patch is. */
int body_patch_type(struct exchange *exchange, enum patch_type *ret_type);
/* *ret_patch may be JSON null. */
int body_patch(struct exchange *exchange, enum patch_type type, struct json **ret_patch);
/* Members that a JSON body has twice; in the arena. */
const struct strings *body_duplicates(struct exchange *exchange);
/* DeleteOptions, or NULL when there is no body. */
int body_delete_options(struct exchange *exchange, struct json **ret_options);
