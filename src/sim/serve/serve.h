/*
 * One request in, one response out, without sockets: routes, checks who asks and whether they may,
 * decodes, calls the verb, encodes. A watch's response goes on: see serve/watch.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/arena.h"
#include "llc/base/bytes.h"
#include "llc/base/strbuf.h"
#include "verbs/verbs.h"

struct access; /* tokens and rights; serve/access.h */
struct watch;

struct http_request {
        const char *method; /* "GET" */
        const char *target; /* "/api/v1/pods?limit=5", as sent */
        const char *accept, *content_type, *authorization, *user_agent,
                *if_none_match;  /* or NULL */
        const char *impersonate; /* a header Impersonate-…, or NULL */
        struct bytes body;
};

struct header {
        const char *name, *value;
};

enum { RESPONSE_HEADERS = 24 };

struct http_response {
        struct arena *arena; /* set by the caller; holds the texts */
        int status;
        const char *content_type;
        struct header headers[RESPONSE_HEADERS]; /* Warning, Retry-After, ETag, Audit-Id, … */
        size_t n_headers;
        struct strbuf body;
        struct watch *watch; /* the body goes on, from here; the caller frees it */
};

struct server {
        struct sim *sim;
        struct access *access;                       /* NULL = everybody may do everything */
        void (*audit)(void *ctx, struct bytes line); /* a line of the audit log; NULL = none kept */
        void *audit_ctx;
};

/* Never fails: what is wrong is in the response. */
void serve(struct server *server, const struct http_request *request,
           struct http_response *response);
void http_response_deinit(struct http_response *response);
