/*
 * libmicrohttpd parses, answers and does TLS; accepting is ours: left to itself it spins when
 * descriptors run out.
 *
 * A watch with nothing to send is a suspended connection. libmicrohttpd does not look at those at
 * all, so while it is suspended we look ourselves whether the client is still there; otherwise each
 * kubectl that was interrupted would hold its place for as long as its watch was to last.
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "http.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "acceptor.h"
#include "serve/watch.h"

enum {
        HEAD_BYTES = 64 * 1024,
        BODY_BYTES = 3 * 1024 * 1024, /* as the API server's */
        DRAIN_BYTES =
                64 * 1024 * 1024, /* of a body that is too large: read, for the 413 to arrive */
        IDLE_S = 180,
        TAKE_BYTES = 32 * 1024,
        LINES_MAX_BYTES = 64 * 1024 * 1024, /* one event is at most a few MiB */
        SWEEP_MS = 1000,
};

/* One request, from its first line to the end of its response. */
struct incoming {
        char *target;
        struct strbuf body;
        size_t received; /* also of what is not kept */
};

/* A watch's response. */
struct stream {
        struct http *http;
        struct MHD_Connection *connection;
        struct watch *watch;
        struct strbuf lines; /* taken, not sent before sent */
        size_t sent;
        int fd;
        bool suspended, ended, gone;
        bool talks; /* the client sent what we do not read: its end has to be asked for */
        struct loop_fd *peer_watch;
        struct stream *prev, *next; /* of http->streams */
};

struct http {
        struct http_options options;
        struct acceptor *acceptor;
        struct MHD_Daemon *daemon;
        unsigned n_connections;
        struct stream *streams;
        struct loop_fd *epoll_watch;
        struct loop_timer *timer, *sweep_timer;
};

static void http_arm(struct http *http) {
        MHD_UNSIGNED_LONG_LONG wish_ms;

        if (MHD_get_timeout(http->daemon, &wish_ms) == MHD_YES)
                loop_timer_set(http->timer, (int64_t)wish_ms);
        else
                loop_timer_clear(http->timer);
}

static void http_run(void *ctx) {
        struct http *http = ctx;

        MHD_run(http->daemon);
        http_arm(http);
}

static void http_on_epoll(void *ctx, int events) {
        (void)events;
        http_run(ctx);
}

/* --- watches ---------------------------------------------------------------------------------- */

/* May be called from within libmicrohttpd, too: only what comes next is arranged. */
static void stream_resume(struct stream *stream) {
        if (!stream->suspended)
                return;
        stream->suspended = false;
        loop_fd_free(stream->peer_watch);
        stream->peer_watch = NULL;
        MHD_resume_connection(stream->connection);
        loop_timer_set(stream->http->timer, 0);
}

static void stream_on_ready(void *ctx) {
        stream_resume(ctx);
}

static bool stream_peer_is_gone(const struct stream *stream) {
        struct pollfd poll_fd = { .fd = stream->fd, .events = POLLRDHUP };

        return poll(&poll_fd, 1, 0) > 0;
}

static void stream_on_peer(void *ctx, int events) {
        struct stream *stream = ctx;

        (void)events;
        if (stream_peer_is_gone(stream)) {
                stream->gone = true;
                stream_resume(stream);
                return;
        }
        /* A next request already, or TLS talking to itself: it would stay readable. */
        stream->talks = true;
        loop_fd_free(stream->peer_watch);
        stream->peer_watch = NULL;
        loop_timer_set(stream->http->sweep_timer, SWEEP_MS);
}

static void http_on_sweep(void *ctx) {
        struct http *http = ctx;
        bool again = false;

        for (struct stream *stream = http->streams; stream; stream = stream->next) {
                if (!stream->talks || !stream->suspended)
                        continue;
                again = true;
                if (stream_peer_is_gone(stream)) {
                        stream->gone = true;
                        stream_resume(stream);
                }
        }
        if (again)
                loop_timer_set(http->sweep_timer, SWEEP_MS);
}

static void stream_suspend(struct stream *stream) {
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
        if (stream->talks)
                loop_timer_set(stream->http->sweep_timer, SWEEP_MS);
        else
                stream->peer_watch = loop_fd_new(stream->http->options.loop, stream->fd, LOOP_READ,
                                                 stream_on_peer, stream);
}

static ssize_t stream_read(void *ctx, uint64_t position, char *out, size_t max) {
        struct stream *stream = ctx;
        size_t n;

        (void)position;
        if (stream->gone)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (stream->sent == stream->lines.len) {
                strbuf_clear(&stream->lines);
                stream->sent = 0;
                if (!stream->ended)
                        stream->ended = watch_take(stream->watch, TAKE_BYTES, &stream->lines) ==
                                        WATCH_ENDED;
                if (!strbuf_ok(&stream->lines))
                        return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        n = stream->lines.len - stream->sent;
        if (n == 0 && stream->ended)
                return MHD_CONTENT_READER_END_OF_STREAM;
        if (n == 0) {
                strbuf_shrink(&stream->lines, 0);
                stream_suspend(stream);
                return 0;
        }
        if (n > max)
                n = max;
        memcpy(out, stream->lines.data + stream->sent, n);
        stream->sent += n;
        return (ssize_t)n;
}

static void stream_free(void *ctx) {
        struct stream *stream = ctx;

        assert(!stream->suspended);
        if (stream->prev)
                stream->prev->next = stream->next;
        else
                stream->http->streams = stream->next;
        if (stream->next)
                stream->next->prev = stream->prev;
        watch_free(stream->watch);
        strbuf_deinit(&stream->lines);
        free(stream);
}

/* Takes the response's watch and body. */
static struct MHD_Response *stream_response(struct http *http, struct MHD_Connection *connection,
                                            struct http_response *response) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct stream *stream = calloc(1, sizeof(*stream));

        assert(info);
        *stream = (struct stream){
                .http = http,
                .connection = connection,
                .watch = response->watch,
                .lines = response->body,
                .fd = info->connect_fd,
                .next = http->streams,
        };
        stream->lines.max = LINES_MAX_BYTES;
        if (http->streams)
                http->streams->prev = stream;
        http->streams = stream;
        response->watch = NULL;
        response->body = STRBUF_INIT(0);
        watch_on_ready(stream->watch, stream_on_ready, stream);
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, TAKE_BYTES, stream_read, stream,
                                                 stream_free);
}

/* --- requests --------------------------------------------------------------------------------- */

/* Takes the response's body. */
static struct MHD_Response *plain_response(struct http_response *response) {
        struct strbuf body = response->body;

        response->body = STRBUF_INIT(0);
        if (!body.data)
                return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        return MHD_create_response_from_buffer(body.len, body.data, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result http_answer(struct http *http, struct MHD_Connection *connection,
                                   struct http_response *response) {
        struct MHD_Response *answer = response->watch ? stream_response(http, connection, response)
                                                      : plain_response(response);
        enum MHD_Result result;

        if (!answer)
                return MHD_NO;
        if (response->content_type)
                MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE,
                                        response->content_type);
        for (size_t i = 0; i < response->n_headers; i++)
                MHD_add_response_header(answer, response->headers[i].name,
                                        response->headers[i].value);
        result = MHD_queue_response(connection, (unsigned)response->status, answer);
        MHD_destroy_response(answer); /* the connection holds it */
        return result;
}

static enum MHD_Result http_refuse_body(struct http *http, struct MHD_Connection *connection) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct http_response response = { .arena = &arena,
                                          .status = MHD_HTTP_CONTENT_TOO_LARGE,
                                          .content_type = "application/json",
                                          .body = STRBUF_INIT(1024) };

        strbuf_printf(
                &response.body,
                "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
                "\"Failure\",\"message\":\"Request entity too large: limit is %d\",\"reason\":"
                "\"RequestEntityTooLarge\",\"code\":413}\n",
                BODY_BYTES);
        return http_answer(http, connection, &response);
}

static const char *header_of(struct MHD_Connection *connection, const char *name) {
        return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result find_impersonation(void *ctx, enum MHD_ValueKind kind, const char *name,
                                          const char *value) {
        static const char PREFIX[] = "Impersonate-";
        const char **found = ctx;

        (void)kind;
        if (strncasecmp(name, PREFIX, sizeof(PREFIX) - 1) != 0)
                return MHD_YES;
        *found = value ? value : "";
        return MHD_NO;
}

static enum MHD_Result http_serve(struct http *http, struct MHD_Connection *connection,
                                  const char *method, struct incoming *incoming) {
        ARENA_CLEANUP struct arena arena = ARENA_INIT;
        struct http_request request = {
                .method = method,
                .target = incoming->target,
                .accept = header_of(connection, MHD_HTTP_HEADER_ACCEPT),
                .content_type = header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
                .authorization = header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION),
                .user_agent = header_of(connection, MHD_HTTP_HEADER_USER_AGENT),
                .if_none_match = header_of(connection, MHD_HTTP_HEADER_IF_NONE_MATCH),
                .body = strbuf_bytes(&incoming->body),
        };
        struct http_response response = { .arena = &arena };
        enum MHD_Result result;

        MHD_get_connection_values(connection, MHD_HEADER_KIND, find_impersonation,
                                  &request.impersonate);
        http->options.serve(http->options.ctx, &request, &response);
        strbuf_deinit(&incoming->body);
        result = http_answer(http, connection, &response);
        http_response_deinit(&response);
        return result;
}

/* Called with the head, with each part of the body, and once more. */
static enum MHD_Result http_on_request(void *ctx, struct MHD_Connection *connection,
                                       const char *path, const char *method, const char *version,
                                       const char *upload, size_t *upload_bytes,
                                       void **request_ctx) {
        struct http *http = ctx;
        struct incoming *incoming = *request_ctx;

        (void)path;
        (void)version;
        if (!incoming->body.max) { /* the head */
                incoming->body.max = BODY_BYTES;
                return MHD_YES;
        }
        if (*upload_bytes > 0) {
                incoming->received += *upload_bytes;
                if (incoming->received > BODY_BYTES)
                        strbuf_deinit(&incoming->body);
                else
                        strbuf_append(&incoming->body,
                                      (struct bytes){ .ptr = upload, .len = *upload_bytes });
                *upload_bytes = 0;
                return incoming->received > DRAIN_BYTES ? MHD_NO : MHD_YES;
        }
        if (incoming->received > BODY_BYTES)
                return http_refuse_body(http, connection);
        return http_serve(http, connection, method, incoming);
}

/* The only place where the target is as it was sent. */
static void *http_on_target(void *ctx, const char *target, struct MHD_Connection *connection) {
        struct incoming *incoming = calloc(1, sizeof(*incoming));

        (void)ctx;
        (void)connection;
        incoming->target = strdup(target);
        return incoming;
}

static void http_on_completed(void *ctx, struct MHD_Connection *connection, void **request_ctx,
                              enum MHD_RequestTerminationCode code) {
        struct incoming *incoming = *request_ctx;

        (void)ctx;
        (void)connection;
        (void)code;
        if (!incoming)
                return;
        strbuf_deinit(&incoming->body);
        free(incoming->target);
        free(incoming);
        *request_ctx = NULL;
}

/* --- connections ------------------------------------------------------------------------------ */

static void http_on_connection(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
                               enum MHD_ConnectionNotificationCode code) {
        struct http *http = ctx;

        (void)connection;
        (void)socket_ctx;
        if (code == MHD_CONNECTION_NOTIFY_STARTED)
                http->n_connections++;
        else
                http->n_connections--;
        if (http->acceptor)
                acceptor_hold(http->acceptor, http->n_connections >= HTTP_CONNECTIONS);
}

static void http_on_accept(void *ctx, int fd, const struct sockaddr *peer, socklen_t peer_size) {
        struct http *http = ctx;

        MHD_add_connection(http->daemon, fd, peer, peer_size); /* on failure it closes fd */
        http_run(http);
}

static int http_start(struct http *http, struct err *err) {
        const struct http_options *options = &http->options;
        const union MHD_DaemonInfo *info;
        unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;

        if (options->certificate_pem)
                flags |= MHD_USE_TLS;
        /* Without MHD_USE_TLS it does not look at certificate and key. */
        http->daemon = MHD_start_daemon(flags, 0, NULL, NULL, http_on_request, http,
                                        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
                                        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_BYTES,
                                        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
                                        MHD_OPTION_URI_LOG_CALLBACK, http_on_target, http,
                                        MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, http,
                                        MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, http,
                                        MHD_OPTION_HTTPS_MEM_CERT, options->certificate_pem,
                                        MHD_OPTION_HTTPS_MEM_KEY, options->key_pem, MHD_OPTION_END);
        if (!http->daemon)
                return err_set(err, ERR_IO, "cannot start the HTTP server");
        info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        assert(info && info->epoll_fd >= 0);
        http->epoll_watch =
                loop_fd_new(options->loop, info->epoll_fd, LOOP_READ, http_on_epoll, http);
        return 0;
}

int http_new(const struct http_options *options, struct http **ret_http, struct err *err) {
        struct http *http = calloc(1, sizeof(*http));
        const struct acceptor_options acceptor = {
                .loop = options->loop,
                .address = options->address,
                .on_accept = http_on_accept,
                .ctx = http,
        };

        http->options = *options;
        http->timer = loop_timer_new(options->loop, http_run, http);
        http->sweep_timer = loop_timer_new(options->loop, http_on_sweep, http);
        if (http_start(http, err) < 0 || acceptor_new(&acceptor, &http->acceptor, err) < 0) {
                http_free(http);
                return -1;
        }
        http->options.certificate_pem = NULL;
        http->options.key_pem = NULL;
        *ret_http = http;
        return 0;
}

void http_free(struct http *http) {
        if (!http)
                return;
        acceptor_free(http->acceptor);
        http->acceptor = NULL;
        /* libmicrohttpd must not be stopped with a connection suspended. */
        for (struct stream *stream = http->streams; stream; stream = stream->next) {
                stream->gone = true;
                stream_resume(stream);
        }
        loop_fd_free(http->epoll_watch);
        if (http->daemon) {
                MHD_run(http->daemon);
                MHD_stop_daemon(http->daemon);
        }
        loop_timer_free(http->timer);
        loop_timer_free(http->sweep_timer);
        free(http);
}

uint16_t http_port(const struct http *http) {
        return acceptor_port(http->acceptor);
}
