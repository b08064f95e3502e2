/*
 * libmicrohttpd parses and answers; accepting is ours. Left to itself it spins when descriptors
 * run out, lets a peer that sends a byte now and then hold its place for hours, and at its limit
 * lets 16 such peers keep the kubelet's probes waiting. So: one absolute deadline a connection, one
 * request a connection, and when all places are taken the oldest makes room.
 */
#define _GNU_SOURCE /* accept4 */
#include "llc/runtime/httpd.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "llc/sys/clock.h"

enum {
        MAX_CONNECTIONS = 16,
        BACKLOG = 128, /* a flood must not make the kernel refuse a probe */
        REQUEST_BYTES = 8 * 1024,
        BODY_BYTES = 16 * 1024 * 1024,
        DEFAULT_TIMEOUT_MS = 5000,
        ACCEPT_PAUSE_MS = 1000, /* after EMFILE and the like */
};

struct peer {
        int fd; /* -1 = free place; owned by libmicrohttpd */
        int64_t deadline_ms;
        bool dropped; /* shut down, libmicrohttpd has yet to notice */
};

/* A route's last answer: for keep_ms, or for this turn of the loop. */
struct kept {
        struct MHD_Response *response; /* NULL = none */
        unsigned status;
        int64_t until_ms;
};

struct httpd {
        struct httpd_options options;
        struct kept *kept; /* as many as routes */
        struct loop *loop;
        struct MHD_Daemon *daemon;
        struct peer peers[MAX_CONNECTIONS];
        int listen_fd;
        struct loop_fd *listen_watch; /* NULL while accepting pauses */
        struct loop_fd *epoll_watch;
        struct loop_timer *timer, *pause_timer;
        int64_t timeout_ms;
        uint16_t port;
};

/* The peer with the earliest deadline among those not dropped yet, or NULL. */
static struct peer *httpd_oldest(struct httpd *httpd) {
        struct peer *oldest = NULL;

        for (unsigned i = 0; i < MAX_CONNECTIONS; i++) {
                struct peer *peer = &httpd->peers[i];

                if (peer->fd >= 0 && !peer->dropped &&
                    (!oldest || peer->deadline_ms < oldest->deadline_ms))
                        oldest = peer;
        }
        return oldest;
}

static struct peer *httpd_find(struct httpd *httpd, int fd) {
        for (unsigned i = 0; i < MAX_CONNECTIONS; i++)
                if (httpd->peers[i].fd == fd)
                        return &httpd->peers[i];
        return NULL;
}

static void peer_drop(struct peer *peer) {
        peer->dropped = true;
        shutdown(peer->fd, SHUT_RDWR);
}

static void kept_drop(struct kept *kept) {
        if (kept->response)
                MHD_destroy_response(kept->response); /* connections that send it hold it too */
        *kept = (struct kept){ .response = NULL };
}

/* Forgets what is too old; returns in how many ms the next will be, -1 when nothing is kept. */
static int64_t httpd_expire(struct httpd *httpd, int64_t now_ms) {
        int64_t next_ms = -1;

        for (unsigned i = 0; i < httpd->options.n_routes; i++) {
                struct kept *kept = &httpd->kept[i];

                if (kept->response && kept->until_ms <= now_ms)
                        kept_drop(kept);
                if (kept->response && (next_ms < 0 || kept->until_ms - now_ms < next_ms))
                        next_ms = kept->until_ms - now_ms;
        }
        return next_ms;
}

/* Arms the timer for what comes first: libmicrohttpd's own wish, a deadline, an old answer. */
static void httpd_arm(struct httpd *httpd) {
        const struct peer *oldest = httpd_oldest(httpd);
        MHD_UNSIGNED_LONG_LONG wish_ms;
        int64_t now_ms = clock_monotonic_ms(), delay_ms = httpd_expire(httpd, now_ms);

        if (oldest && (delay_ms < 0 || oldest->deadline_ms - now_ms < delay_ms)) {
                delay_ms = oldest->deadline_ms - now_ms;
                if (delay_ms < 0)
                        delay_ms = 0;
        }
        if (MHD_get_timeout(httpd->daemon, &wish_ms) == MHD_YES &&
            (delay_ms < 0 || wish_ms < (MHD_UNSIGNED_LONG_LONG)delay_ms))
                delay_ms = (int64_t)wish_ms;
        if (delay_ms >= 0)
                loop_timer_set(httpd->timer, delay_ms);
        else
                loop_timer_clear(httpd->timer);
}

static void httpd_run(struct httpd *httpd) {
        struct peer *oldest;
        int64_t now_ms = clock_monotonic_ms();

        while ((oldest = httpd_oldest(httpd)) && oldest->deadline_ms <= now_ms)
                peer_drop(oldest);
        MHD_run(httpd->daemon);
        httpd_arm(httpd);
}

static void httpd_on_timer(void *ctx) {
        httpd_run(ctx);
}

static void httpd_on_epoll(void *ctx, int events) {
        (void)events;
        httpd_run(ctx);
}

static void httpd_on_listen(void *ctx, int events);

static void httpd_on_pause_end(void *ctx) {
        struct httpd *httpd = ctx;

        httpd->listen_watch =
                loop_fd_new(httpd->loop, httpd->listen_fd, LOOP_READ, httpd_on_listen, httpd);
}

static void httpd_pause(struct httpd *httpd) {
        loop_fd_free(httpd->listen_watch);
        httpd->listen_watch = NULL;
        loop_timer_set(httpd->pause_timer, ACCEPT_PAUSE_MS);
}

/* One connection a turn: the loop comes back while more wait. */
static void httpd_on_listen(void *ctx, int events) {
        struct httpd *httpd = ctx;
        struct sockaddr_storage address;
        socklen_t size = sizeof(address);
        struct peer *place = httpd_find(httpd, -1);
        int fd;

        (void)events;
        if (!place) {
                struct peer *oldest = httpd_oldest(httpd);

                if (oldest)
                        peer_drop(oldest);
                httpd_run(httpd);
                return;
        }
        fd = accept4(httpd->listen_fd, (struct sockaddr *)&address, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
                if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                        httpd_pause(httpd);
                return;
        }
        *place = (struct peer){ .fd = fd, .deadline_ms = clock_monotonic_ms() + httpd->timeout_ms };
        /* On failure it closes fd, but tells nobody. */
        if (MHD_add_connection(httpd->daemon, fd, (struct sockaddr *)&address, size) != MHD_YES)
                place->fd = -1;
        httpd_run(httpd);
}

static void httpd_on_connection(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
                                enum MHD_ConnectionNotificationCode code) {
        const union MHD_ConnectionInfo *info;
        struct peer *peer;

        (void)socket_ctx;
        if (code != MHD_CONNECTION_NOTIFY_CLOSED)
                return;
        info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        peer = info ? httpd_find(ctx, info->connect_fd) : NULL;
        if (peer)
                peer->fd = -1;
}

/* Takes body. NULL when out of memory, which aborts the executables anyway: body leaks. */
static struct MHD_Response *httpd_response(const char *content_type, struct strbuf *body) {
        struct MHD_Response *response;

        response = body->data ? MHD_create_response_from_buffer(body->len, body->data,
                                                                MHD_RESPMEM_MUST_FREE)
                              : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        *body = STRBUF_INIT(0);
        if (!response)
                return NULL;
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
        return response;
}

static enum MHD_Result httpd_refuse(struct MHD_Connection *connection, unsigned status,
                                    const char *text) {
        struct strbuf body = STRBUF_INIT(BODY_BYTES);
        struct MHD_Response *response;
        enum MHD_Result result;

        strbuf_puts(&body, text);
        response = httpd_response("text/plain; charset=utf-8", &body);
        if (!response)
                return MHD_NO;
        if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
                MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
        result = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
        return result;
}

static enum MHD_Result httpd_answer(struct httpd *httpd, struct MHD_Connection *connection,
                                    unsigned i) {
        const struct httpd_route *route = &httpd->options.routes[i];
        struct kept *kept = &httpd->kept[i];

        if (!kept->response) {
                struct strbuf body = STRBUF_INIT(BODY_BYTES);

                kept->status = (unsigned)route->handle(httpd->options.ctx, &body);
                if (!strbuf_ok(&body))
                        kept->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
                kept->response = httpd_response(route->content_type, &body);
                kept->until_ms = clock_monotonic_ms() + route->keep_ms;
        }
        return kept->response ? MHD_queue_response(connection, kept->status, kept->response)
                              : MHD_NO;
}

static enum MHD_Result httpd_on_request(void *ctx, struct MHD_Connection *connection,
                                        const char *path, const char *method, const char *version,
                                        const char *upload, size_t *upload_bytes,
                                        void **request_ctx) {
        struct httpd *httpd = ctx;

        (void)version;
        (void)upload;
        (void)upload_bytes;
        (void)request_ctx;
        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
                return httpd_refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                                    "method not allowed\n");
        for (unsigned i = 0; i < httpd->options.n_routes; i++)
                if (strcmp(httpd->options.routes[i].path, path) == 0)
                        return httpd_answer(httpd, connection, i);
        return httpd_refuse(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

static int port_parse(const char *text, uint16_t *ret_port) {
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
        *ret_port = (uint16_t)port;
        return 0;
}

union address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
};

static int address_parse(const char *text, union address *ret_address) {
        const char *colon = strrchr(text, ':');
        char host[INET6_ADDRSTRLEN + 2];
        union address address = { .v6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_any } };
        size_t len = colon ? (size_t)(colon - text) : 0;
        uint16_t port;

        if (!colon || len >= sizeof(host) || port_parse(colon + 1, &port) < 0)
                return -1;
        memcpy(host, text, len);
        host[len] = '\0';
        address.v6.sin6_port = htons(port);
        if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
                host[len - 1] = '\0';
                if (inet_pton(AF_INET6, host + 1, &address.v6.sin6_addr) != 1)
                        return -1;
        } else if (len > 0) {
                address.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
                if (inet_pton(AF_INET, host, &address.v4.sin_addr) != 1)
                        return -1;
        }
        *ret_address = address;
        return 0;
}

static socklen_t address_size(const union address *address) {
        return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

/* Returns the socket, or -1 with errno. */
static int address_listen(const union address *address) {
        static const int ON = 1, OFF = 0;
        int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int saved;

        if (fd < 0)
                return -1;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &ON, sizeof(ON)) == 0 &&
            (address->any.sa_family != AF_INET6 ||
             setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &OFF, sizeof(OFF)) == 0) &&
            bind(fd, &address->any, address_size(address)) == 0 && listen(fd, BACKLOG) == 0)
                return fd;
        saved = errno;
        close(fd);
        errno = saved;
        return -1;
}

static int httpd_listen(struct httpd *httpd, const char *text, struct err *err) {
        union address address;
        socklen_t size = sizeof(address);

        if (address_parse(text, &address) < 0)
                return err_set(err, ERR_INVALID,
                               "listen address \"%s\": want IPv4:port, [IPv6]:port or :port", text);
        httpd->listen_fd = address_listen(&address);
        if (httpd->listen_fd < 0 && text[0] == ':' &&
            (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) { /* no IPv6 here */
                address.v4 = (struct sockaddr_in){ .sin_family = AF_INET,
                                                   .sin_port = address.v6.sin6_port };
                httpd->listen_fd = address_listen(&address);
        }
        if (httpd->listen_fd < 0 || getsockname(httpd->listen_fd, &address.any, &size) < 0)
                return err_set(err, ERR_IO, "listen on \"%s\": %s", text, strerror(errno));
        /* The port is at the same place in both families. */
        httpd->port = ntohs(address.v4.sin_port);
        return 0;
}

static int httpd_start(struct httpd *httpd, struct err *err) {
        const union MHD_DaemonInfo *info;

        httpd->daemon =
                MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
                                 httpd_on_request, httpd, MHD_OPTION_CONNECTION_LIMIT,
                                 (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                 (size_t)REQUEST_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
                                 httpd_on_connection, httpd, MHD_OPTION_END);
        if (!httpd->daemon)
                return err_set(err, ERR_IO, "cannot start the HTTP server");
        info = MHD_get_daemon_info(httpd->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        assert(info && info->epoll_fd >= 0);
        httpd->epoll_watch =
                loop_fd_new(httpd->loop, info->epoll_fd, LOOP_READ, httpd_on_epoll, httpd);
        httpd->timer = loop_timer_new(httpd->loop, httpd_on_timer, httpd);
        httpd->pause_timer = loop_timer_new(httpd->loop, httpd_on_pause_end, httpd);
        httpd->listen_watch =
                loop_fd_new(httpd->loop, httpd->listen_fd, LOOP_READ, httpd_on_listen, httpd);
        return 0;
}

int httpd_new(const struct httpd_options *options, struct httpd **ret_httpd, struct err *err) {
        struct httpd *httpd = calloc(1, sizeof(*httpd));

        httpd->options = *options;
        httpd->kept = calloc(options->n_routes, sizeof(*httpd->kept));
        httpd->loop = options->loop;
        httpd->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
        httpd->listen_fd = -1;
        for (unsigned i = 0; i < MAX_CONNECTIONS; i++)
                httpd->peers[i].fd = -1;
        if (httpd_listen(httpd, options->address, err) < 0 || httpd_start(httpd, err) < 0) {
                httpd_free(httpd);
                return -1;
        }
        *ret_httpd = httpd;
        return 0;
}

void httpd_free(struct httpd *httpd) {
        if (!httpd)
                return;
        loop_fd_free(httpd->listen_watch);
        loop_fd_free(httpd->epoll_watch);
        loop_timer_free(httpd->timer);
        loop_timer_free(httpd->pause_timer);
        if (httpd->daemon)
                MHD_stop_daemon(httpd->daemon);
        for (unsigned i = 0; i < httpd->options.n_routes; i++)
                kept_drop(&httpd->kept[i]);
        free(httpd->kept);
        if (httpd->listen_fd >= 0)
                close(httpd->listen_fd);
        free(httpd);
}

uint16_t httpd_port(const struct httpd *httpd) {
        return httpd->port;
}
