/*
 * Requests for a resource: reads, writes and subresources. Private to sim/serve.
 */
#pragma once

#include "serve/exchange.h"

/* What of an object is asked for. */
enum subresource {
        SUBRESOURCE_NONE,
        SUBRESOURCE_STATUS,
        SUBRESOURCE_SCALE,
        SUBRESOURCE_FINALIZE, /* of a Namespace, PUT only */
        SUBRESOURCE_EVICTION,
        SUBRESOURCE_BINDING,
        SUBRESOURCE_TOKEN,
};

/* exchange->kind and the method are known to fit each other. */
int objects_get(struct exchange *exchange, enum subresource subresource);
int objects_create(struct exchange *exchange);
int objects_update(struct exchange *exchange, enum subresource subresource);
int objects_patch(struct exchange *exchange, enum subresource subresource);
int objects_delete(struct exchange *exchange);
int objects_delete_collection(struct exchange *exchange);
int objects_evict(struct exchange *exchange);
int objects_bind(struct exchange *exchange);
int objects_watch(struct exchange *exchange);
