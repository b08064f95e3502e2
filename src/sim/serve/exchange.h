/*
 * One request while it is served: what the parts of sim/serve hand each other. Private to sim/serve.
 */
#pragma once

#include "serve/accept.h"
#include "serve/access.h"
#include "serve/serve.h"
#include "serve/target.h"

struct exchange {
        struct server *server;
        struct sim *sim;
        const struct http_request *request;
        struct http_response *response;
        struct arena *arena; /* the response's */
        struct target target;
        struct user user;
        const struct kind *kind; /* of a resource */
        const char *body_name;   /* that an object to create says: the audit log has it; or NULL */
        struct strings warnings;
        struct refusal refusal;
};

/*
 * What answers a request returns 0, or -1 with the refusal, which then is the answer.
 *
 * A header's texts live as long as the response. Beyond RESPONSE_HEADERS they are dropped.
 */
void exchange_header(struct exchange *exchange, const char *name, const char *value);
/* text/plain */
int exchange_text(struct exchange *exchange, int status, const char *text);
/* tree stays the caller's. */
int exchange_json(struct exchange *exchange, int status, const struct json *tree,
                  const struct accept *accept);
/* text: JSON. */
int exchange_raw(struct exchange *exchange, int status, struct bytes text,
                 const struct accept *accept);
/* An object of the kind, in the form asked for. */
int exchange_object(struct exchange *exchange, int status, struct bytes text,
                    const struct accept *accept);
/* A Status of success; details may be NULL. */
int exchange_success(struct exchange *exchange, int status, const char *name, const char *uid);
/* 404 of a path that is none of the server's. */
int exchange_no_path(struct exchange *exchange);
/* "the server could not find the requested resource" */
int exchange_no_resource(struct exchange *exchange);
int exchange_no_method(struct exchange *exchange);
