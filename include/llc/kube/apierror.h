/*
 * API errors: an HTTP status and a metav1.Status body become one typed error.
 * Source: k8s.io/apimachinery api/errors and meta/v1 Status.
 */
#pragma once

#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"

struct apierror_input {
        int http_status;        /* of the response, or Status.code in a watch ERROR event */
        struct bytes body;      /* Status JSON, or anything (a login page, nothing) */
        int64_t retry_after_ms; /* from the Retry-After header; 0 = none */
};

/*
 * Always returns -1. The message is the server's own, cut. 404 becomes ERR_NOT_FOUND only when
 * the Status names the object in details.name, otherwise ERR_NO_KIND. 422 whose causes name
 * metadata.uid is ERR_CONFLICT: the object was re-created.
 */
int apierror_decode(const struct apierror_input *input, struct err *err);
