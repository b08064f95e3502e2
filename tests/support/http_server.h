/*
 * An HTTP/1.1 server for tests that does what a script says, also what no server should do: wrong
 * lengths, resets, endless headers.
 *
 * A thread for each connection reads requests and calls the script with each; the script answers
 * with raw bytes. It shares no code with the client under test. Scripts must not use cmocka's
 * assertions: they run on other threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "support/identity.h"

struct http_server;
struct http_peer; /* one connection */

struct http_request {
        char method[16];
        char target[2048];
        const char *head; /* all of the head, NUL-terminated, without the empty line */
        const char *body;
        size_t body_len;
        unsigned connection;     /* 0 is the first the server accepted */
        unsigned nth;            /* 0 is the first request of the connection */
        const char *client_name; /* CN of the client certificate; NULL = none */
        const char *server_name; /* that the client asked for in TLS (SNI); NULL = none */
};

struct http_server_options {
        const struct identity *identity;         /* NULL = plain HTTP */
        const struct identity *client_authority; /* of client certificates; NULL = none asked */
        void (*serve)(struct http_peer *peer, const struct http_request *request, void *ctx);
        void *ctx;
};

/* Listens on a free port of 127.0.0.1. */
struct http_server *http_server_start(const struct http_server_options *options);
/* Ends all connections; scripts must return by themselves. */
void http_server_stop(struct http_server *server);

unsigned http_server_port(const struct http_server *server);
unsigned http_server_connections(struct http_server *server); /* accepted so far */
unsigned http_server_requests(struct http_server *server);    /* received whole so far */

/* False when the peer is gone. */
bool http_peer_send(struct http_peer *peer, const char *text);
bool http_peer_send_bytes(struct http_peer *peer, const void *data, size_t len);
/* A whole answer with Content-Length. */
bool http_peer_answer(struct http_peer *peer, int status, const char *body);
/* For a proxy: passes bytes between the client and 127.0.0.1:port until one of them ends. */
void http_peer_tunnel(struct http_peer *peer, unsigned port);
/* From now on nothing that the client sends arrives or is acknowledged: the network is gone. */
void http_peer_vanish(struct http_peer *peer);
/* The end of the connection: with a reset, or in order; over TLS without a closing alert. */
void http_peer_reset(struct http_peer *peer);
void http_peer_close(struct http_peer *peer);
