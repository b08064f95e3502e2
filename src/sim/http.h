/*
 * HTTP/1.1 over TLS or plain, on loopback: requests in, responses out, a watch's response for as
 * long as it lasts.
 *
 * Caps: 64 KiB of head (431 or closed), 3 MiB of body (413), HTTP_CONNECTIONS connections (who
 * comes then waits). A client that is gone loses its watch at once, one that does not read after
 * three minutes.
 */
#pragma once

#include <stdint.h>

#include "llc/base/err.h"
#include "llc/sys/loop.h"
#include "serve/serve.h"

struct http;

enum { HTTP_CONNECTIONS = 2000 };

struct http_options {
        struct loop *loop;
        const char *address; /* 127.0.0.1:PORT or [::1]:PORT; port 0 = any that is free */
        const char *certificate_pem, *key_pem; /* NULL = plain; needed by http_new only */
        /* Fills in the response, whose arena is set; its watch becomes http's. */
        void (*serve)(void *ctx, const struct http_request *request,
                      struct http_response *response);
        void *ctx;
};

int http_new(const struct http_options *options, struct http **ret_http, struct err *err);
/* Ends all connections; not from within serve. */
void http_free(struct http *http);

uint16_t http_port(const struct http *http);
