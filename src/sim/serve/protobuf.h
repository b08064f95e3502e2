/*
 * Bodies in Kubernetes' protobuf: what kubectl and client-go send of types that they have compiled
 * in. They become the JSON that the API server's own types would be written as. Private to
 * sim/serve.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/arena.h"
#include "llc/base/json.h"

/* "k8s\0" and runtime.Unknown. */
struct protobuf_body {
        const char *api_version, *kind; /* as the client says; "" = it does not */
        struct bytes raw;               /* the object, within the body */
};

/* ERR_INVALID when it is no such envelope. The texts are in the arena. */
int protobuf_open(struct bytes body, struct arena *arena, struct protobuf_body *ret_body,
                  struct err *err);
/* Is it of a kind that can be read? */
bool protobuf_knows(const struct protobuf_body *body);
/*
 * Of a kind that can be read: a new tree, with apiVersion and kind. ERR_INVALID, or ERR_TOO_LARGE
 * when it is more than JSON_LIMITS_OBJECT allows.
 */
int protobuf_object(const struct protobuf_body *body, struct arena *arena, struct json **ret_tree,
                    struct err *err);
