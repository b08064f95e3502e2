#include "support/socks_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 16, NAME = 3 };

struct socks_peer {
        struct socks_server *server;
        pthread_t thread;
        int fd;
};

struct socks_server {
        unsigned target_port, port;
        int fd;
        pthread_t thread;
        char asked[300];
        struct socks_peer peers[CONNECTIONS_MAX];
        unsigned n_peers;
};

static void check(bool ok) {
        if (!ok)
                abort();
}

static int connect_to(unsigned port) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        check(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
        return fd;
}

static bool receive(int fd, unsigned char *out, size_t len) {
        return recv(fd, out, len, MSG_WAITALL) == (ssize_t)len;
}

/* The greeting, then the request. */
static bool serve_request(struct socks_peer *peer) {
        static const unsigned char no_authentication[2] = { 5, 0 };
        static const unsigned char done[10] = { 5, 0, 0, 1 };
        unsigned char head[4], methods[255], len, name[256] = { 0 }, port[2];

        if (!receive(peer->fd, head, 2) || !receive(peer->fd, methods, head[1]) ||
            send(peer->fd, no_authentication, 2, MSG_NOSIGNAL) != 2 || !receive(peer->fd, head, 4))
                return false;
        snprintf(peer->server->asked, sizeof(peer->server->asked), "an address");
        if (head[3] != NAME || !receive(peer->fd, &len, 1) || !receive(peer->fd, name, len) ||
            !receive(peer->fd, port, 2))
                return false;
        snprintf(peer->server->asked, sizeof(peer->server->asked), "%s:%u", (char *)name,
                 port[0] * 256u + port[1]);
        return send(peer->fd, done, sizeof(done), MSG_NOSIGNAL) == (ssize_t)sizeof(done);
}

static bool pass(int from, int to) {
        char chunk[16384];
        ssize_t n = recv(from, chunk, sizeof(chunk), 0);

        return n > 0 && send(to, chunk, (size_t)n, MSG_NOSIGNAL) == n;
}

static void *peer_main(void *ctx) {
        struct socks_peer *peer = ctx;
        struct pollfd fds[2] = { { .fd = peer->fd, .events = POLLIN }, { .events = POLLIN } };

        if (serve_request(peer)) {
                fds[1].fd = connect_to(peer->server->target_port);
                while (poll(fds, 2, -1) > 0 && (!fds[0].revents || pass(fds[0].fd, fds[1].fd)) &&
                       (!fds[1].revents || pass(fds[1].fd, fds[0].fd)))
                        ;
                close(fds[1].fd);
        }
        shutdown(peer->fd, SHUT_RDWR);
        return NULL;
}

static void *server_main(void *ctx) {
        struct socks_server *server = ctx;
        int fd;

        while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
                struct socks_peer *peer = &server->peers[server->n_peers];

                check(server->n_peers++ < CONNECTIONS_MAX);
                peer->server = server;
                peer->fd = fd;
                check(pthread_create(&peer->thread, NULL, peer_main, peer) == 0);
        }
        return NULL;
}

struct socks_server *socks_server_start(unsigned target_port) {
        struct socks_server *server = calloc(1, sizeof(*server));
        struct sockaddr_in address = { .sin_family = AF_INET };
        socklen_t len = sizeof(address);

        server->target_port = target_port;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        check(server->fd >= 0);
        check(bind(server->fd, (struct sockaddr *)&address, sizeof(address)) == 0);
        check(listen(server->fd, CONNECTIONS_MAX) == 0);
        check(getsockname(server->fd, (struct sockaddr *)&address, &len) == 0);
        server->port = ntohs(address.sin_port);
        check(pthread_create(&server->thread, NULL, server_main, server) == 0);
        return server;
}

void socks_server_stop(struct socks_server *server) {
        shutdown(server->fd, SHUT_RDWR); /* wakes accept() */
        pthread_join(server->thread, NULL);
        close(server->fd);
        for (unsigned i = 0; i < server->n_peers; i++) {
                shutdown(server->peers[i].fd, SHUT_RDWR);
                pthread_join(server->peers[i].thread, NULL);
                close(server->peers[i].fd);
        }
        free(server);
}

unsigned socks_server_port(const struct socks_server *server) {
        return server->port;
}

const char *socks_server_asked(const struct socks_server *server) {
        return server->asked;
}
