/*
 * libcurl's multi interface, driven by the sockets and the timer it asks for.
 *
 * Writes: libcurl sends a request again when a reused connection turns out to be dead, also after
 * the server has committed it. It can't when the body comes from a read callback that nobody can
 * rewind: then the call fails (CURLE_SEND_FAIL_REWIND). Hence every write has a body.
 *
 * Recursion: within a callback of libcurl no handle may be added or removed. Calls cancelled there
 * lose their handler at once and are removed when libcurl has returned.
 */
#include "transport.h"

#include <assert.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proxy.h"
#include "server_url.h"

enum {
        CONNECT_TIMEOUT_MS = 10 * 1000,
        SILENCE_TIMEOUT_S = 60, /* the API server itself gives up after that */
        KEEPALIVE_IDLE_S = 30,
        KEEPALIVE_INTERVAL_S = 10,
        UNACKNOWLEDGED_MS = 30 * 1000,
        IDLE_CONNECTIONS = 16,
        HEADERS_MAX_BYTES = 64 << 10,
        /* Lists of objects that differ in little more than their names reach 60. */
        EXPANSION_MAX = 200,
        EXPANSION_FREE_BYTES = 16 << 20, /* that much may come of anything */
};

struct transport {
        struct loop *loop;
        const struct kube_config *config;
        CURLM *multi;
        CURL *template;
        struct curl_slist *connect_to;
        struct strbuf url;  /* "https://host:port/prefix" */
        struct strbuf host; /* "host:port" for the header; empty = as in url */
        struct loop_timer *timer;
        bool in_curl;
        struct transport_call *cancelled; /* while in_curl */
        size_t n_calls;
};

struct transport_call {
        struct transport *transport;
        struct transport_call *next_cancelled;
        CURL *easy;
        struct curl_slist *headers;
        const struct transport_handler *handler; /* NULL = cancelled */
        void *ctx;
        struct bytes unsent;
        bool write, watch;
        bool body_read;
        size_t header_bytes;
        uint64_t body_bytes; /* of the answer, unpacked */
        bool head_complete;  /* of the answer: to libcurl, a close within it is its end */
        bool stopped;        /* by us, with stop_err */
        struct err stop_err;
        char message[CURL_ERROR_SIZE];
};

struct socket_watch {
        struct transport *transport;
        curl_socket_t fd;
        int events;
        struct loop_fd *watch;
};

static void call_delete(struct transport_call *call) {
        call->transport->n_calls--;
        curl_multi_remove_handle(call->transport->multi, call->easy);
        curl_easy_cleanup(call->easy);
        curl_slist_free_all(call->headers);
        free(call);
}

static int call_status(const struct transport_call *call) {
        long status = 0;

        curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
        return (int)status;
}

/*
 * May the server have seen anything of the request? Of a write that is its body, without which
 * there is nothing to commit; libcurl's own count includes what was said to a proxy.
 */
static bool call_was_sent(const struct transport_call *call) {
        long bytes = 0;

        curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &bytes);
        return call->write ? call->body_read : bytes > 0;
}

static enum err_code code_of(CURLcode result) {
        if (result == CURLE_OPERATION_TIMEDOUT)
                return ERR_TIMEOUT;
        if (result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_UNSUPPORTED_PROTOCOL ||
            result == CURLE_BAD_CONTENT_ENCODING || result == CURLE_URL_MALFORMAT)
                return ERR_PROTOCOL;
        return ERR_UNAVAILABLE;
}

static void call_failure(const struct transport_call *call, CURLcode result, struct err *err) {
        bool sent = call_was_sent(call);

        if (call->stopped)
                *err = call->stop_err;
        else
                err_set(err, sent ? code_of(result) : ERR_UNREACHABLE, "%s",
                        call->message[0] ? call->message : curl_easy_strerror(result));
        if (call->write && sent)
                err->code = ERR_AMBIGUOUS;
}

static void call_end(struct transport_call *call, CURLcode result) {
        const struct transport_handler *handler = call->handler;
        void *ctx = call->ctx;
        int status = call_status(call);
        curl_off_t retry_after = 0;
        struct err err;

        if (result == CURLE_OK && !call->head_complete)
                result = CURLE_RECV_ERROR;
        curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after);
        if (retry_after > 86400)
                retry_after = 86400; /* a day */
        if (result != CURLE_OK)
                call_failure(call, result, &err);
        call_delete(call);
        if (handler)
                handler->on_end(ctx, status, retry_after * 1000, result == CURLE_OK ? NULL : &err);
}

/* Lets libcurl work on one socket or its timer, then does what had to wait for that. */
static void transport_turn(struct transport *t, curl_socket_t fd, int events) {
        CURLMsg *msg;
        int n;

        t->in_curl = true;
        curl_multi_socket_action(t->multi, fd, events, &n);
        t->in_curl = false;
        while (t->cancelled) {
                struct transport_call *call = t->cancelled;

                t->cancelled = call->next_cancelled;
                call_delete(call);
        }
        while ((msg = curl_multi_info_read(t->multi, &n))) {
                struct transport_call *call = NULL;

                if (msg->msg != CURLMSG_DONE)
                        continue;
                curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
                call_end(call, msg->data.result);
        }
}

static void transport_timer_fired(void *ctx) {
        transport_turn(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static void socket_ready(void *ctx, int events) {
        const struct socket_watch *w = ctx;

        transport_turn(w->transport, w->fd,
                       (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
                               (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx) {
        struct transport *t = ctx;

        (void)multi;
        if (timeout_ms < 0)
                loop_timer_clear(t->timer);
        else
                loop_timer_set(t->timer, timeout_ms);
        return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx) {
        struct transport *t = ctx;
        struct socket_watch *w = socket_ctx;
        int events =
                (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);

        (void)easy;
        if (what == CURL_POLL_REMOVE || events == 0) {
                curl_multi_assign(t->multi, fd, NULL);
                if (w)
                        loop_fd_free(w->watch);
                free(w);
                return 0;
        }
        if (!w) {
                w = calloc(1, sizeof(*w));
                w->transport = t;
                w->fd = fd;
                curl_multi_assign(t->multi, fd, w);
        }
        if (w->events != events) {
                loop_fd_free(w->watch);
                w->watch = loop_fd_new(t->loop, fd, events, socket_ready, w);
                w->events = events;
        }
        return 0;
}

/* Finds peers that vanished without a word, also under a watch that is silent by nature. */
static int on_new_socket(void *ctx, curl_socket_t fd, curlsocktype purpose) {
        int timeout_ms = UNACKNOWLEDGED_MS;

        (void)ctx;
        (void)purpose;
        if (setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms)) < 0)
                return CURL_SOCKOPT_ERROR;
        return CURL_SOCKOPT_OK;
}

static void call_head_ended(struct transport_call *call) {
        int status = call_status(call);

        call->head_complete = true;
        if (call->watch && status >= 200 && status <= 299)
                curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, 0L); /* from now on it may last */
}

static size_t on_header(char *data, size_t size, size_t n, void *ctx) {
        struct transport_call *call = ctx;
        size_t len = size * n;

        if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
                call->head_complete = false; /* the one before was a 1xx */
        else if (*data == '\r' || *data == '\n')
                call_head_ended(call);
        call->header_bytes += len;
        if (call->header_bytes <= HEADERS_MAX_BYTES)
                return len;
        call->stopped = true;
        err_set(&call->stop_err, ERR_TOO_LARGE, "more than %d bytes of headers", HEADERS_MAX_BYTES);
        return 0;
}

/* Is the answer out of all proportion to what came over the wire? */
static bool call_is_bomb(const struct transport_call *call) {
        curl_off_t received = 0;

        if (call->body_bytes <= EXPANSION_FREE_BYTES)
                return false;
        curl_easy_getinfo(call->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
        return call->body_bytes / EXPANSION_MAX > (uint64_t)received;
}

static size_t on_write(char *data, size_t size, size_t n, void *ctx) {
        struct transport_call *call = ctx;
        struct bytes bytes = { .ptr = data, .len = size * n };

        if (!call->handler || bytes.len == 0)
                return 0;
        call->body_bytes += bytes.len;
        if (call_is_bomb(call))
                err_set(&call->stop_err, ERR_TOO_LARGE,
                        "the answer unpacks to more than %d times its size", EXPANSION_MAX);
        else if (call->handler->on_body(call->ctx, call_status(call), bytes, &call->stop_err) == 0)
                return bytes.len;
        call->stopped = true;
        return 0;
}

static size_t on_read(char *out, size_t size, size_t n, void *ctx) {
        struct transport_call *call = ctx;
        size_t room = size * n;

        call->body_read = true;
        if (!call->handler)
                return CURL_READFUNC_ABORT; /* the body may be gone */
        if (room > call->unsent.len)
                room = call->unsent.len;
        if (room > 0)
                memcpy(out, call->unsent.ptr, room);
        call->unsent.ptr += room;
        call->unsent.len -= room;
        return room;
}

/* Every option counts: one that this libcurl lacks must not be missed silently. */
#define SET(option, value) (ok &= curl_easy_setopt(easy, (option), (value)) == CURLE_OK)

static bool template_set_http(CURL *easy, const struct transport *t, const char *user_agent,
                              bool https) {
        bool ok = true;

        SET(CURLOPT_PROTOCOLS_STR, https ? "https" : "http");
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        SET(CURLOPT_USERAGENT, user_agent);
        SET(CURLOPT_FOLLOWLOCATION, 0L);
        SET(CURLOPT_PATH_AS_IS, 1L);
        SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
        SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
        SET(CURLOPT_HEADERFUNCTION, on_header);
        SET(CURLOPT_WRITEFUNCTION, on_write);
        SET(CURLOPT_READFUNCTION, on_read);
        SET(CURLOPT_UPLOAD_BUFFERSIZE, 16L << 10);
        SET(CURLOPT_NOSIGNAL, 1L);
        SET(CURLOPT_NOPROGRESS, 1L);
        SET(CURLOPT_QUICK_EXIT, 1L); /* a slow resolver must not hold up the loop */
        SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
        SET(CURLOPT_TCP_NODELAY, 1L);
        SET(CURLOPT_TCP_KEEPALIVE, 1L);
        SET(CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
        SET(CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
        SET(CURLOPT_SOCKOPTFUNCTION, on_new_socket);
        if (t->connect_to)
                SET(CURLOPT_CONNECT_TO, t->connect_to);
        return ok;
}

static struct curl_blob blob_of(const struct strbuf *sb) {
        /* The bytes are the configuration's, which outlives every handle. */
        return (struct curl_blob){ .data = sb->data, .len = sb->len, .flags = CURL_BLOB_NOCOPY };
}

static bool template_set_client_certificate(CURL *easy, struct curl_blob certificate,
                                            struct curl_blob key) {
        bool ok = true;

        SET(CURLOPT_SSLCERTTYPE, "PEM");
        SET(CURLOPT_SSLCERT_BLOB, certificate.len > 0 ? &certificate : NULL);
        SET(CURLOPT_SSLKEYTYPE, "PEM");
        SET(CURLOPT_SSLKEY_BLOB, key.len > 0 ? &key : NULL);
        return ok;
}

/* The cluster's authority and nothing else: not the system's files, not its directory. */
static bool template_set_tls(CURL *easy, const struct kube_config *config) {
        struct curl_blob ca = blob_of(&config->ca);
        bool ok = true;

        SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        SET(CURLOPT_SSL_VERIFYPEER, config->insecure ? 0L : 1L);
        SET(CURLOPT_SSL_VERIFYHOST, config->insecure ? 0L : 2L);
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, NULL);
        if (ca.len > 0)
                SET(CURLOPT_CAINFO_BLOB, &ca);
        return ok && template_set_client_certificate(easy, blob_of(&config->client_certificate),
                                                     blob_of(&config->client_key));
}

/* A proxy that speaks TLS is trusted as the server is, under its own name; as Go does it. */
static bool template_set_proxy_tls(CURL *easy, const struct kube_config *config) {
        struct curl_blob ca = blob_of(&config->ca);
        bool ok = true;

        SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        SET(CURLOPT_PROXY_SSL_VERIFYPEER, config->insecure ? 0L : 1L);
        SET(CURLOPT_PROXY_SSL_VERIFYHOST, config->insecure ? 0L : 2L);
        SET(CURLOPT_PROXY_CAINFO, NULL);
        SET(CURLOPT_PROXY_CAPATH, NULL);
        if (ca.len > 0)
                SET(CURLOPT_PROXY_CAINFO_BLOB, &ca);
        return ok;
}

static long proxy_type(enum proxy_scheme scheme) {
        switch (scheme) {
        case PROXY_HTTP:
                return CURLPROXY_HTTP;
        case PROXY_HTTPS:
                return CURLPROXY_HTTPS;
        case PROXY_SOCKS5:
                return CURLPROXY_SOCKS5_HOSTNAME;
        }
        assert(false);
        return CURLPROXY_HTTP;
}

/* Whether there is one was decided before: libcurl is kept from looking at the environment. */
static bool template_set_proxy(CURL *easy, const struct proxy *proxy) {
        STRBUF_CLEANUP struct strbuf address = STRBUF_INIT(1024);
        bool ok = true;

        if (!proxy) {
                SET(CURLOPT_PROXY, "");
                SET(CURLOPT_NOPROXY, "*");
                return ok;
        }
        strbuf_printf(&address, proxy->at.ipv6 ? "[%.*s]" : "%.*s", (int)proxy->at.host.len,
                      proxy->at.host.ptr);
        SET(CURLOPT_PROXY, strbuf_str(&address));
        SET(CURLOPT_PROXYPORT, (long)proxy->at.port);
        SET(CURLOPT_PROXYTYPE, proxy_type(proxy->scheme));
        SET(CURLOPT_NOPROXY, "");
        SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
        SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* ours are for the server alone */
        SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
        if (proxy->user) {
                SET(CURLOPT_PROXYUSERNAME, proxy->user);
                SET(CURLOPT_PROXYPASSWORD, proxy->password);
        }
        return ok;
}

static int transport_set_proxy(struct transport *t, struct err *err) {
        struct proxy proxy;
        bool ok;

        if (!t->config->proxy_url) {
                ok = template_set_proxy(t->template, NULL);
        } else {
                if (proxy_parse(t->config->proxy_url, &proxy, err) < 0)
                        return err_wrap(err, "proxy");
                ok = template_set_proxy(t->template, &proxy) &&
                     (proxy.scheme != PROXY_HTTPS ||
                      template_set_proxy_tls(t->template, t->config));
                proxy_deinit(&proxy);
        }
        if (!ok)
                return err_set(err, ERR_IO, "this libcurl lacks what the proxy needs");
        return 0;
}

/* The address to ask for, and where to find it when the certificate has another name. */
static void transport_set_address(struct transport *t, const struct server_url *url,
                                  const char *tls_server_name) {
        STRBUF_CLEANUP struct strbuf host = STRBUF_INIT(1024);
        STRBUF_CLEANUP struct strbuf to = STRBUF_INIT(1024);

        strbuf_printf(&host, url->at.ipv6 ? "[%.*s]:%u" : "%.*s:%u", (int)url->at.host.len,
                      url->at.host.ptr, url->at.port);
        strbuf_puts(&t->url, url->https ? "https://" : "http://");
        if (tls_server_name) {
                strbuf_printf(&t->url, "%s:%u", tls_server_name, url->at.port);
                strbuf_printf(&to, "::%s", strbuf_str(&host));
                t->connect_to = curl_slist_append(NULL, strbuf_str(&to));
                strbuf_append(&t->host, strbuf_bytes(&host));
        } else {
                strbuf_append(&t->url, strbuf_bytes(&host));
        }
        strbuf_append(&t->url, url->prefix);
}

static bool transport_set_multi(struct transport *t) {
        CURLM *multi = t->multi;

        return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
               curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, t) == CURLM_OK &&
               curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
               curl_multi_setopt(multi, CURLMOPT_TIMERDATA, t) == CURLM_OK &&
               curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS) == CURLM_OK;
}

int transport_new(struct loop *loop, const struct kube_config *config, const char *user_agent,
                  struct transport **ret_transport, struct err *err) {
        struct transport *t;
        struct server_url url;

        if (server_url_parse(config->server, &url, err) < 0)
                return err_wrap(err, "server");
        if (url.https && config->ca.len == 0 && !config->insecure)
                return err_set(err, ERR_INVALID, "server: https without a certificate authority");
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return err_set(err, ERR_IO, "libcurl cannot be initialized");
        t = calloc(1, sizeof(*t));
        t->loop = loop;
        t->config = config;
        t->url = STRBUF_INIT(8192);
        t->host = STRBUF_INIT(1024);
        t->timer = loop_timer_new(loop, transport_timer_fired, t);
        t->multi = curl_multi_init();
        t->template = curl_easy_init();
        if (!t->multi || !t->template)
                abort();
        transport_set_address(t, &url, url.https ? config->tls_server_name : NULL);
        if (!transport_set_multi(t) || !template_set_http(t->template, t, user_agent, url.https) ||
            (url.https && !template_set_tls(t->template, config))) {
                transport_free(t);
                return err_set(err, ERR_IO, "libcurl %s lacks an option that is needed",
                               curl_version_info(CURLVERSION_NOW)->version);
        }
        if (transport_set_proxy(t, err) < 0) {
                transport_free(t);
                return -1;
        }
        *ret_transport = t;
        return 0;
}

void transport_free(struct transport *t) {
        if (!t)
                return;
        assert(t->n_calls == 0 && !t->in_curl);
        curl_easy_cleanup(t->template);
        curl_multi_cleanup(t->multi);
        curl_slist_free_all(t->connect_to);
        loop_timer_free(t->timer);
        strbuf_deinit(&t->url);
        strbuf_deinit(&t->host);
        free(t);
        curl_global_cleanup();
}

static void call_add_line(struct transport_call *call, const char *line) {
        call->headers = curl_slist_append(call->headers, line);
        if (!call->headers)
                abort();
}

void transport_set_client_certificate(struct transport *t, const struct strbuf *certificate,
                                      const struct strbuf *key) {
        struct curl_blob certificate_blob = blob_of(certificate), key_blob = blob_of(key);

        certificate_blob.flags = key_blob.flags = CURL_BLOB_COPY;
        if (!template_set_client_certificate(t->template, certificate_blob, key_blob))
                abort(); /* out of memory: transport_new has seen every option work */
}

/* A header line; value may be NULL for one that libcurl must not send. */
static void call_add_header(struct transport_call *call, const char *name, const char *value) {
        struct strbuf line = STRBUF_INIT(128 << 10);

        strbuf_printf(&line, value ? "%s: %s" : "%s:", name, value);
        call_add_line(call, strbuf_str(&line));
        if (line.data)
                explicit_bzero(line.data, line.cap); /* it may be the token */
        strbuf_deinit(&line);
}

static void call_set_headers(struct transport_call *call, const struct transport_request *request) {
        STRBUF_CLEANUP struct strbuf bearer = STRBUF_INIT(128 << 10);

        call_add_header(call, "Accept", request->accept);
        if (call->transport->host.len > 0)
                call_add_header(call, "Host", strbuf_str(&call->transport->host));
        if (request->content_type) {
                call_add_header(call, "Content-Type", request->content_type);
                call_add_header(call, "Expect", NULL);
        }
        for (size_t i = 0; i < call->transport->config->impersonation.n; i++)
                call_add_line(call, call->transport->config->impersonation.items[i]);
        if (request->token) {
                strbuf_printf(&bearer, "Bearer %s", request->token);
                call_add_header(call, "Authorization", strbuf_str(&bearer));
                explicit_bzero(bearer.data, bearer.cap);
        }
}

static bool call_set_request(struct transport_call *call, const struct transport_request *request) {
        STRBUF_CLEANUP struct strbuf url =
                STRBUF_INIT(call->transport->url.len + request->target.len);
        CURL *easy = call->easy;
        bool ok = true;

        strbuf_append(&url, strbuf_bytes(&call->transport->url));
        strbuf_append(&url, request->target);
        SET(CURLOPT_URL, strbuf_str(&url));
        SET(CURLOPT_HTTPHEADER, call->headers);
        SET(CURLOPT_PRIVATE, call);
        SET(CURLOPT_ERRORBUFFER, call->message);
        SET(CURLOPT_HEADERDATA, call);
        SET(CURLOPT_WRITEDATA, call);
        SET(CURLOPT_READDATA, call);
        SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
        if (request->content_type) {
                SET(CURLOPT_POST, 1L);
                SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        } else {
                SET(CURLOPT_HTTPGET, 1L);
        }
        SET(CURLOPT_CUSTOMREQUEST, request->method);
        /* A watch is not compressed by the server, and must not be held up by a proxy that would. */
        if (!request->watch && !call->transport->config->disable_compression)
                SET(CURLOPT_ACCEPT_ENCODING, "gzip");
        if (!request->watch) {
                SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
                SET(CURLOPT_LOW_SPEED_TIME, (long)SILENCE_TIMEOUT_S);
        }
        return ok;
}

struct transport_call *transport_start(struct transport *t, const struct transport_request *request,
                                       const struct transport_handler *handler, void *ctx) {
        struct transport_call *call = calloc(1, sizeof(*call));

        assert(!t->in_curl);
        assert(!request->write || (request->content_type && request->body.len > 0));
        call->transport = t;
        call->handler = handler;
        call->ctx = ctx;
        call->unsent = request->body;
        call->write = request->write;
        call->watch = request->watch;
        call->easy = curl_easy_duphandle(t->template);
        if (!call->easy)
                abort();
        t->n_calls++;
        call_set_headers(call, request);
        if (!call_set_request(call, request) ||
            curl_multi_add_handle(t->multi, call->easy) != CURLM_OK)
                abort(); /* out of memory: transport_new has seen every option work */
        return call;
}

void transport_cancel(struct transport_call *call) {
        struct transport *t = call->transport;

        call->handler = NULL;
        if (!t->in_curl) {
                call_delete(call);
                return;
        }
        call->next_cancelled = t->cancelled;
        t->cancelled = call;
}
