#include "support/http_server.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
        CONNECTIONS_MAX = 256,
        REQUEST_MAX_BYTES = 1 << 20,
};

struct http_peer {
        struct http_server *server;
        pthread_t thread;
        unsigned index;
        int fd;
        SSL *tls;    /* NULL = plain */
        bool closed; /* by the script */
        char *buffer;
        size_t len;
};

struct http_server {
        struct http_server_options options;
        SSL_CTX *tls;
        int fd;
        unsigned port;
        pthread_t thread;
        pthread_mutex_t lock; /* of all below */
        bool stopping;
        struct http_peer *peers[CONNECTIONS_MAX];
        unsigned n_peers, n_requests;
};

static void check(bool ok) {
        if (!ok)
                abort();
}

static ssize_t peer_receive(struct http_peer *peer, char *out, size_t room) {
        if (peer->tls)
                return SSL_read(peer->tls, out, (int)room);
        return recv(peer->fd, out, room, 0);
}

bool http_peer_send_bytes(struct http_peer *peer, const void *data, size_t len) {
        const char *p = data;

        while (len > 0 && !peer->closed) {
                size_t part = len < 65536 ? len : 65536;
                ssize_t n = peer->tls ? SSL_write(peer->tls, p, (int)part)
                                      : send(peer->fd, p, part, MSG_NOSIGNAL);

                if (n <= 0)
                        return false;
                p += n;
                len -= (size_t)n;
        }
        return len == 0;
}

bool http_peer_send(struct http_peer *peer, const char *text) {
        return http_peer_send_bytes(peer, text, strlen(text));
}

bool http_peer_answer(struct http_peer *peer, int status, const char *body) {
        char head[128];

        snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n", status,
                 strlen(body));
        return http_peer_send(peer, head) && http_peer_send(peer, body);
}

void http_peer_close(struct http_peer *peer) {
        shutdown(peer->fd, SHUT_RDWR);
        peer->closed = true;
}

void http_peer_reset(struct http_peer *peer) {
        struct linger linger = { .l_onoff = 1, .l_linger = 0 };

        /* With this the close() at the end of the connection sends a reset. */
        setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
        peer->closed = true;
}

void http_peer_vanish(struct http_peer *peer) {
        struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
        const struct sock_fprog program = { .len = 1, .filter = &drop };
        int unacknowledged = 1;

        /* What would be sent again is a sign of life. */
        while (ioctl(peer->fd, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0)
                poll(NULL, 0, 1);
        check(setsockopt(peer->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0);
}

/* Passes on what has come; false at the end. */
static bool tunnel_up(struct http_peer *peer, int fd) {
        char chunk[16384];
        ssize_t n;

        do {
                n = peer_receive(peer, chunk, sizeof(chunk));
                if (n <= 0 || send(fd, chunk, (size_t)n, MSG_NOSIGNAL) != n)
                        return false;
        } while (peer->tls && SSL_pending(peer->tls) > 0);
        return true;
}

static bool tunnel_down(struct http_peer *peer, int fd) {
        char chunk[16384];
        ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

        return n > 0 && http_peer_send_bytes(peer, chunk, (size_t)n);
}

void http_peer_tunnel(struct http_peer *peer, unsigned port) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct pollfd fds[2] = { { .fd = peer->fd, .events = POLLIN },
                                 { .fd = fd, .events = POLLIN } };
        bool open;

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        open = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
        while (open && poll(fds, 2, -1) > 0)
                open = (!fds[0].revents || tunnel_up(peer, fd)) &&
                       (!fds[1].revents || tunnel_down(peer, fd));
        close(fd);
        http_peer_close(peer);
}

static const char *header_value(const char *head, const char *name) {
        const char *line = strstr(head, "\r\n");
        size_t len = strlen(name);

        for (; line; line = strstr(line + 2, "\r\n"))
                if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
                        return line + 3 + len + strspn(line + 3 + len, " ");
        return NULL;
}

/* Reads until the buffer holds at least `want` bytes, or (want 0) a whole head. */
static bool peer_fill(struct http_peer *peer, size_t want) {
        for (;;) {
                ssize_t n;

                peer->buffer[peer->len] = '\0';
                if (want ? peer->len >= want : strstr(peer->buffer, "\r\n\r\n") != NULL)
                        return true;
                if (peer->len == REQUEST_MAX_BYTES)
                        return false;
                n = peer_receive(peer, peer->buffer + peer->len, REQUEST_MAX_BYTES - peer->len);
                if (n <= 0)
                        return false;
                peer->len += (size_t)n;
        }
}

/* The next request, or false at the end of the connection. *ret_len: its bytes in the buffer. */
static bool peer_read(struct http_peer *peer, struct http_request *request, size_t *ret_len) {
        const char *length;
        char *end;
        size_t head_len, body_len = 0;

        if (!peer_fill(peer, 0))
                return false;
        end = strstr(peer->buffer, "\r\n\r\n");
        head_len = (size_t)(end - peer->buffer) + 4;
        *end = '\0';
        length = header_value(peer->buffer, "Content-Length");
        if (length)
                body_len = strtoul(length, NULL, 10);
        if (head_len + body_len > REQUEST_MAX_BYTES || !peer_fill(peer, head_len + body_len))
                return false;
        if (sscanf(peer->buffer, "%15s %2047s", request->method, request->target) != 2)
                return false;
        request->head = peer->buffer;
        request->body = peer->buffer + head_len;
        request->body_len = body_len;
        *ret_len = head_len + body_len;
        return true;
}

/* The CN of the client's certificate; the caller frees it. */
static char *peer_client_name(struct http_peer *peer) {
        X509 *certificate = peer->tls ? SSL_get1_peer_certificate(peer->tls) : NULL;
        char name[256];

        if (!certificate)
                return NULL;
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                  sizeof(name));
        X509_free(certificate);
        return strdup(name);
}

static void peer_serve(struct http_peer *peer) {
        struct http_request request = { .connection = peer->index };
        struct http_server *server = peer->server;
        char *name = peer_client_name(peer);
        size_t len;

        request.client_name = name;
        request.server_name =
                peer->tls ? SSL_get_servername(peer->tls, TLSEXT_NAMETYPE_host_name) : NULL;
        while (!peer->closed && peer_read(peer, &request, &len)) {
                pthread_mutex_lock(&server->lock);
                server->n_requests++;
                pthread_mutex_unlock(&server->lock);
                server->options.serve(peer, &request, server->options.ctx);
                memmove(peer->buffer, peer->buffer + len, peer->len - len);
                peer->len -= len;
                request.nth++;
        }
        free(name);
}

static void *peer_main(void *ctx) {
        struct http_peer *peer = ctx;

        if (!peer->tls || SSL_accept(peer->tls) == 1)
                peer_serve(peer);
        SSL_free(peer->tls);
        pthread_mutex_lock(&peer->server->lock); /* http_server_stop uses fd */
        close(peer->fd);
        peer->fd = -1;
        pthread_mutex_unlock(&peer->server->lock);
        return NULL;
}

static void server_add(struct http_server *server, int fd) {
        struct http_peer *peer = calloc(1, sizeof(*peer));
        int on = 1;

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* chunks leave as scripted */
        peer->server = server;
        peer->fd = fd;
        peer->buffer = malloc(REQUEST_MAX_BYTES + 1);
        if (server->tls) {
                peer->tls = SSL_new(server->tls);
                check(peer->tls && SSL_set_fd(peer->tls, fd));
        }
        pthread_mutex_lock(&server->lock);
        check(server->n_peers < CONNECTIONS_MAX);
        peer->index = server->n_peers;
        server->peers[server->n_peers++] = peer;
        check(pthread_create(&peer->thread, NULL, peer_main, peer) == 0);
        if (server->stopping)
                shutdown(fd, SHUT_RDWR);
        pthread_mutex_unlock(&server->lock);
}

static void *server_main(void *ctx) {
        struct http_server *server = ctx;
        int fd;

        while ((fd = accept(server->fd, NULL, NULL)) >= 0)
                server_add(server, fd);
        return NULL;
}

static SSL_CTX *tls_new(const struct http_server_options *options) {
        SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

        check(tls && SSL_CTX_use_certificate(tls, options->identity->certificate) == 1);
        check(SSL_CTX_use_PrivateKey(tls, options->identity->key) == 1);
        if (options->client_authority) {
                X509_STORE *store = SSL_CTX_get_cert_store(tls);

                check(X509_STORE_add_cert(store, options->client_authority->certificate) == 1);
                SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
                SSL_CTX_set_session_id_context(tls, (const unsigned char *)"test", 4);
        }
        return tls;
}

struct http_server *http_server_start(const struct http_server_options *options) {
        struct http_server *server = calloc(1, sizeof(*server));
        struct sockaddr_in address = { .sin_family = AF_INET };
        socklen_t len = sizeof(address);

        server->options = *options;
        if (options->identity)
                server->tls = tls_new(options);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        check(server->fd >= 0);
        check(bind(server->fd, (struct sockaddr *)&address, sizeof(address)) == 0);
        check(listen(server->fd, 64) == 0);
        check(getsockname(server->fd, (struct sockaddr *)&address, &len) == 0);
        server->port = ntohs(address.sin_port);
        check(pthread_mutex_init(&server->lock, NULL) == 0);
        check(pthread_create(&server->thread, NULL, server_main, server) == 0);
        return server;
}

void http_server_stop(struct http_server *server) {
        if (!server)
                return;
        pthread_mutex_lock(&server->lock);
        server->stopping = true;
        for (unsigned i = 0; i < server->n_peers; i++)
                if (server->peers[i]->fd >= 0)
                        shutdown(server->peers[i]->fd, SHUT_RDWR);
        pthread_mutex_unlock(&server->lock);
        shutdown(server->fd, SHUT_RDWR); /* wakes accept() */
        pthread_join(server->thread, NULL);
        close(server->fd);
        for (unsigned i = 0; i < server->n_peers; i++) {
                pthread_join(server->peers[i]->thread, NULL);
                free(server->peers[i]->buffer);
                free(server->peers[i]);
        }
        SSL_CTX_free(server->tls);
        pthread_mutex_destroy(&server->lock);
        free(server);
}

unsigned http_server_port(const struct http_server *server) {
        return server->port;
}

static unsigned read_locked(struct http_server *server, const unsigned *value) {
        unsigned copy;

        pthread_mutex_lock(&server->lock);
        copy = *value;
        pthread_mutex_unlock(&server->lock);
        return copy;
}

unsigned http_server_connections(struct http_server *server) {
        return read_locked(server, &server->n_peers);
}

unsigned http_server_requests(struct http_server *server) {
        return read_locked(server, &server->n_requests);
}
