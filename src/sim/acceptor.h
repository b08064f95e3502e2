/*
 * A listening socket on loopback: accepts on the loop, pauses by itself when descriptors run out
 * and when told to.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "llc/base/err.h"
#include "llc/sys/loop.h"

struct acceptor;

struct acceptor_options {
        struct loop *loop;
        const char *address; /* 127.0.0.1:PORT or [::1]:PORT; port 0 = any that is free */
        /* fd is non-blocking and the callee's. May hold or free the acceptor. */
        void (*on_accept)(void *ctx, int fd, const struct sockaddr *peer, socklen_t peer_size);
        void *ctx;
};

/* ERR_INVALID: no address, or none of loopback; ERR_IO: cannot listen there. */
int acceptor_new(const struct acceptor_options *options, struct acceptor **ret_acceptor,
                 struct err *err);
void acceptor_free(struct acceptor *acceptor);

/* While held, who comes waits in the kernel's queue. */
void acceptor_hold(struct acceptor *acceptor, bool hold);
uint16_t acceptor_port(const struct acceptor *acceptor);
