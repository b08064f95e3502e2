/*
 * One connection a turn: the loop comes back while more wait, and whoever takes them may hold us
 * after each.
 */
#define _GNU_SOURCE /* accept4 */
#include "acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
        BACKLOG = 1024, /* informers and kubectl come in crowds */
        PAUSE_MS = 1000,
};

#define WANTED "want 127.0.0.1:PORT or [::1]:PORT"

struct acceptor {
        struct acceptor_options options;
        int fd;
        uint16_t port;
        bool held, pausing;
        struct loop_fd *watch; /* NULL while held or pausing */
        struct loop_timer *pause_timer;
};

union address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
};

static int port_parse(const char *text, in_port_t *ret_port) {
        unsigned port = 0;

        if (!*text)
                return -1;
        for (; *text; text++) {
                if (*text < '0' || *text > '9')
                        return -1;
                port = port * 10 + (unsigned)(*text - '0');
                if (port > UINT16_MAX)
                        return -1;
        }
        *ret_port = htons((uint16_t)port);
        return 0;
}

static int address_parse(const char *text, union address *ret_address, struct err *err) {
        const char *colon = strrchr(text, ':');
        size_t len = colon ? (size_t)(colon - text) : 0;
        char host[INET6_ADDRSTRLEN + 2] = "";
        union address address = { .v6 = { .sin6_family = AF_INET6 } };
        in_port_t port;

        if (len == 0 || len >= sizeof(host) || port_parse(colon + 1, &port) < 0)
                return err_set(err, ERR_INVALID, "address \"%s\": " WANTED, text);
        memcpy(host, text, len);
        if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
                address.v4.sin_family = AF_INET;
                address.v4.sin_port = port;
                if (address.v4.sin_addr.s_addr != htonl(INADDR_LOOPBACK))
                        return err_set(err, ERR_INVALID, "address \"%s\": " WANTED, text);
        } else {
                host[len - 1] = '\0';
                if (host[0] != '[' || text[len - 1] != ']' ||
                    inet_pton(AF_INET6, host + 1, &address.v6.sin6_addr) != 1)
                        return err_set(err, ERR_INVALID, "address \"%s\": " WANTED, text);
                address.v6.sin6_port = port;
                if (!IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr))
                        return err_set(err, ERR_INVALID, "address \"%s\": " WANTED, text);
        }
        *ret_address = address;
        return 0;
}

static int acceptor_listen(struct acceptor *acceptor, struct err *err) {
        static const int ON = 1;
        union address address;
        socklen_t size = sizeof(address);

        if (address_parse(acceptor->options.address, &address, err) < 0)
                return -1;
        if (address.any.sa_family == AF_INET)
                size = sizeof(address.v4);
        acceptor->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (acceptor->fd < 0 ||
            setsockopt(acceptor->fd, SOL_SOCKET, SO_REUSEADDR, &ON, sizeof(ON)) < 0 ||
            bind(acceptor->fd, &address.any, size) < 0 || listen(acceptor->fd, BACKLOG) < 0 ||
            getsockname(acceptor->fd, &address.any, &size) < 0)
                return err_set(err, ERR_IO, "listen on %s: %s", acceptor->options.address,
                               strerror(errno));
        acceptor->port = ntohs(address.v4.sin_port); /* at the same place in both families */
        return 0;
}

static void acceptor_on_readable(void *ctx, int events);

static void acceptor_arm(struct acceptor *acceptor) {
        bool wanted = !acceptor->held && !acceptor->pausing;

        if (wanted && !acceptor->watch) {
                acceptor->watch = loop_fd_new(acceptor->options.loop, acceptor->fd, LOOP_READ,
                                              acceptor_on_readable, acceptor);
        } else if (!wanted && acceptor->watch) {
                loop_fd_free(acceptor->watch);
                acceptor->watch = NULL;
        }
}

static void acceptor_on_pause_end(void *ctx) {
        struct acceptor *acceptor = ctx;

        acceptor->pausing = false;
        acceptor_arm(acceptor);
}

static void acceptor_on_readable(void *ctx, int events) {
        struct acceptor *acceptor = ctx;
        union address peer;
        socklen_t size = sizeof(peer);
        int fd = accept4(acceptor->fd, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

        (void)events;
        if (fd >= 0) {
                acceptor->options.on_accept(acceptor->options.ctx, fd, &peer.any, size);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                /* The loop would spin: whoever waits stays readable. */
                acceptor->pausing = true;
                loop_timer_set(acceptor->pause_timer, PAUSE_MS);
                acceptor_arm(acceptor);
        }
}

int acceptor_new(const struct acceptor_options *options, struct acceptor **ret_acceptor,
                 struct err *err) {
        struct acceptor *acceptor = calloc(1, sizeof(*acceptor));

        acceptor->options = *options;
        acceptor->fd = -1;
        if (acceptor_listen(acceptor, err) < 0) {
                acceptor_free(acceptor);
                return -1;
        }
        acceptor->pause_timer = loop_timer_new(options->loop, acceptor_on_pause_end, acceptor);
        acceptor_arm(acceptor);
        *ret_acceptor = acceptor;
        return 0;
}

void acceptor_free(struct acceptor *acceptor) {
        if (!acceptor)
                return;
        loop_fd_free(acceptor->watch);
        loop_timer_free(acceptor->pause_timer);
        if (acceptor->fd >= 0)
                close(acceptor->fd);
        free(acceptor);
}

void acceptor_hold(struct acceptor *acceptor, bool hold) {
        acceptor->held = hold;
        acceptor_arm(acceptor);
}

uint16_t acceptor_port(const struct acceptor *acceptor) {
        return acceptor->port;
}
