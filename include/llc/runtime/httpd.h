/*
 * The small HTTP server for /healthz, /readyz and /metrics: GET and HEAD only, 16 connections,
 * 8 KiB a request, 5 s (libmicrohttpd on our loop, src/runtime/httpd.c only).
 */
#pragma once

#include <stdint.h>

#include "llc/base/err.h"
#include "llc/base/strbuf.h"
#include "llc/sys/loop.h"

struct httpd;

struct httpd_route {
        const char *path;
        const char *content_type;
        /* Writes the body, returns the HTTP status. */
        int (*handle)(void *ctx, struct strbuf *body);
};

struct httpd_options {
        struct loop *loop;
        const char *address; /* "127.0.0.1:8080", "[::]:8080", ":8080" (all), port 0 = any free */
        const struct httpd_route *routes; /* must outlive the server */
        unsigned n_routes;
        void *ctx;
};

int httpd_new(const struct httpd_options *options, struct httpd **ret_httpd, struct err *err);
void httpd_free(struct httpd *httpd);
uint16_t httpd_port(const struct httpd *httpd);
