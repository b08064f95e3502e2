/*
 * The small HTTP server for /healthz, /readyz and /metrics: GET and HEAD only (405), 16
 * connections, 8 KiB a request, 5 s from accept to the last byte, one request a connection
 * (libmicrohttpd on our loop, src/runtime/httpd.c only). When all connections are taken the
 * oldest is dropped for the new one, so that nobody can keep a probe waiting.
 */
#pragma once

#include <stdint.h>

#include "llc/base/err.h"
#include "llc/base/strbuf.h"
#include "llc/sys/loop.h"

struct httpd;

struct httpd_route {
        const char *path; /* exact; a query is ignored */
        const char *content_type;
        /* Writes the body (16 MiB at most, else 500), returns the HTTP status. Must not block. */
        int (*handle)(void *ctx, struct strbuf *body);
        /*
         * So long the same answer serves everybody, so that a flood of requests costs neither the
         * loop nor memory more than a few of them. 0 = each is made anew.
         */
        int64_t keep_ms;
};

struct httpd_options {
        struct loop *loop;
        /* "127.0.0.1:8080", "[::]:8080", ":8080" (all, IPv4 too); port 0 = any free. No names. */
        const char *address;
        const struct httpd_route *routes; /* must outlive the server */
        unsigned n_routes;
        int64_t timeout_ms; /* 0 = 5 s */
        void *ctx;          /* of the routes */
};

/* ERR_INVALID for an address that can't be read, ERR_IO for one that can't be bound. */
int httpd_new(const struct httpd_options *options, struct httpd **ret_httpd, struct err *err);
void httpd_free(struct httpd *httpd);
uint16_t httpd_port(const struct httpd *httpd);
