/*
 * Bodies in Kubernetes' protobuf: what kubectl and client-go send of types that they have compiled
 * in. They become the JSON that the API server's own types would be written as. Private to
 * sim/serve.
 */
#pragma once

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
/*
 * A new tree, with apiVersion and kind. ERR_NO_KIND when its kind is none of those in
 * serve/protobuf_types.h, or it has a field that is not there: the message names it. ERR_INVALID;
 * ERR_TOO_LARGE when it is more than JSON_LIMITS_OBJECT allows.
 */
int protobuf_object(const struct protobuf_body *body, struct arena *arena, struct json **ret_tree,
                    struct err *err);
