/*
 * Calls wait in a queue until the loop turns: they can be sent, cancelled and ended from within any
 * callback, and nothing calls back from within client_send.
 */
#include "llc/kube/client.h"

#include <assert.h>
#include <stdlib.h>

#include "credentials.h"
#include "holdoff.h"
#include "llc/kube/apierror.h"
#include "llc/sys/clock.h"
#include "transport.h"

enum {
        BODY_MAX_BYTES = 16 << 20,
        ERROR_BODY_MAX_BYTES = 64 << 10,
        TARGET_MAX_BYTES = 64 << 10,
};

/* client-go's, of rest_client_request_duration_seconds. */
static const double SECONDS_BOUNDS[] = { 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60 };

enum call_state {
        CALL_QUEUED,
        CALL_RUNNING, /* the transport has it */
        CALL_ENDING,  /* its last callback is running */
};

struct client_call {
        struct client *client;
        struct client_call *prev, *next; /* all calls, oldest first */
        enum call_state state;
        bool in_data;

        enum request_method method;
        struct strbuf target, request_body;
        const char *accept, *content_type;
        bool write, watch;
        int64_t timeout_ms;
        int64_t started_us; /* once RUNNING */

        client_done_fn done;         /* NULL = streamed */
        struct client_stream stream; /* when streamed */
        void *ctx;

        uint64_t generation; /* of the credential it was sent with */
        bool asked_again;    /* after a 401 */
        struct strbuf body;  /* what is not streamed: whole answers, and errors */
        struct transport_call *exchange;
};

struct client {
        struct loop *loop;
        struct kube_config *config;
        struct transport *transport;
        struct credentials credentials;
        struct holdoff *holdoff;
        uint64_t certificate_generation; /* of what the transport presents; 0 = its own */
        struct loop_timer *kick;         /* starts what is queued */
        struct client_call *first, *last;
        struct client_counters counters;
};

static bool is_success(int status) {
        return status >= 200 && status <= 299;
}

static void call_free(struct client_call *call) {
        struct client *client = call->client;

        *(call->prev ? &call->prev->next : &client->first) = call->next;
        *(call->next ? &call->next->prev : &client->last) = call->prev;
        strbuf_deinit(&call->target);
        strbuf_deinit(&call->request_body);
        strbuf_deinit(&call->body);
        free(call);
}

static void call_finish(struct client_call *call, int status, const struct err *err) {
        struct client_counters *counters = &call->client->counters;
        struct bytes body = err ? BYTES_NULL : strbuf_bytes(&call->body);

        counters->errors += err != NULL;
        counters->by_code[call->method][status > 0 && status < 600 ? status : 0]++;
        if (call->state == CALL_RUNNING && !call->watch)
                histogram_observe(&counters->seconds[call->method],
                                  (double)(clock_monotonic_us() - call->started_us) / 1e6);
        call->state = CALL_ENDING;
        if (call->done)
                call->done(call->ctx, body, err);
        else
                call->stream.on_end(call->ctx, err);
        call_free(call);
}

/* "GET /api/v1/pods: …", without the query, which may be long. */
static void call_wrap(const struct client_call *call, struct err *err) {
        const char *target = strbuf_str(&call->target);

        err_wrap(err, "%s %.*s", request_method_name(call->method), (int)strcspn(target, "?"),
                 target);
}

static int on_body(void *ctx, int status, struct bytes bytes, struct err *err) {
        struct client_call *call = ctx;
        int r;

        if (is_success(status) && !call->done) {
                call->in_data = true;
                r = call->stream.on_data(call->ctx, bytes, err);
                call->in_data = false;
                return r;
        }
        if (!call->body.data)
                call->body =
                        STRBUF_INIT(is_success(status) ? BODY_MAX_BYTES : ERROR_BODY_MAX_BYTES);
        strbuf_append(&call->body, bytes);
        if (strbuf_ok(&call->body))
                return 0;
        return err_set(err, ERR_TOO_LARGE, "the answer is larger than %zu bytes", call->body.max);
}

/* Status and body say that the request failed. */
static void call_decode_error(const struct client_call *call, int status, int64_t retry_after_ms,
                              struct err *err) {
        const struct apierror_input input = {
                .http_status = status,
                .body = strbuf_bytes(&call->body),
                .retry_after_ms = retry_after_ms,
        };

        apierror_decode(&input, err);
        if (status == 429 || status >= 500 || err->code == ERR_TERMINATING)
                holdoff_note(call->client->holdoff, request_method_name(call->method),
                             strbuf_bytes(&call->target), clock_monotonic_ms(), err);
        if (call->write && (status >= 500 || status == 408))
                err->code = ERR_AMBIGUOUS; /* the store may have it all the same */
}

/*
 * A 401 is no answer yet when the credential was too old: nothing was done, so that writes may be
 * sent again too. Once: what is refused with a new credential is refused.
 */
static bool call_ask_again(struct client_call *call) {
        struct client *client = call->client;

        if (call->asked_again || !credentials_refused(&client->credentials, call->generation))
                return false;
        client->counters.by_code[call->method][401]++;
        client->counters.requests++;
        call->asked_again = true;
        call->state = CALL_QUEUED;
        strbuf_deinit(&call->body);
        loop_timer_set(client->kick, 0);
        return true;
}

static void on_end(void *ctx, int status, int64_t retry_after_ms, const struct err *transport_err) {
        struct client_call *call = ctx;
        /* An error that is too long is still one: what was read of it has to do. */
        bool answered = !transport_err || (!is_success(status) && call->body.overflow);
        struct err err;

        call->exchange = NULL;
        if (answered && status == 401 && call_ask_again(call))
                return;
        if (answered && is_success(status)) {
                call_finish(call, status, NULL);
                return;
        }
        if (answered)
                call_decode_error(call, status, retry_after_ms, &err);
        else
                err = *transport_err;
        call_wrap(call, &err);
        call_finish(call, status, &err);
}

/* What an exec plugin answered may be a certificate. */
static void client_present(struct client *client, const struct credential *credential) {
        const struct exec_credential *exec = credential->exec;

        if (!exec || credential->generation == client->certificate_generation)
                return;
        client->certificate_generation = credential->generation;
        transport_set_client_certificate(client->transport, &exec->certificate, &exec->key);
}

static void call_start(struct client_call *call, const struct credential *credential) {
        static const struct transport_handler handler = { .on_body = on_body, .on_end = on_end };
        struct client *client = call->client;
        const struct transport_request request = {
                .method = request_method_name(call->method),
                .target = strbuf_bytes(&call->target),
                .accept = call->accept,
                .content_type = call->content_type,
                .body = strbuf_bytes(&call->request_body),
                .token = credential->token,
                .write = call->write,
                .watch = call->watch,
                .timeout_ms = call->timeout_ms,
        };

        client_present(client, credential);
        call->generation = credential->generation;
        call->state = CALL_RUNNING;
        call->started_us = clock_monotonic_us();
        call->exchange = transport_start(client->transport, &request, &handler, call);
}

static void call_fail(struct client_call *call, struct err *err) {
        call_wrap(call, err);
        call_finish(call, 0, err);
}

/* The first call that is queued; callbacks may have changed the list in any way. */
static struct client_call *client_next_queued(struct client *client) {
        struct client_call *call = client->first;

        while (call && call->state != CALL_QUEUED)
                call = call->next;
        return call;
}

static void client_kick(void *ctx) {
        struct client *client = ctx;
        struct client_call *call = client_next_queued(client);
        struct credential credential;
        struct err err;

        if (!call)
                return;
        if (client->last != call)
                loop_timer_set(client->kick, 0); /* one a turn: none can starve the loop */
        if (call->target.len > TARGET_MAX_BYTES) {
                err_set(&err, ERR_TOO_LARGE, "the query is longer than %d bytes", TARGET_MAX_BYTES);
                call_fail(call, &err);
                return;
        }
        if (!holdoff_permits(client->holdoff, request_method_name(call->method),
                             strbuf_bytes(&call->target), clock_monotonic_ms(), &err)) {
                call_fail(call, &err);
                return;
        }
        switch (credentials_get(&client->credentials, &credential, &err)) {
        case CREDENTIALS_READY:
                call_start(call, &credential);
                break;
        case CREDENTIALS_PENDING:
                loop_timer_clear(client->kick); /* until client_credentials_changed */
                break;
        case CREDENTIALS_FAILED:
                call_fail(call, &err);
                break;
        }
}

static void client_credentials_changed(void *ctx) {
        struct client *client = ctx;

        loop_timer_set(client->kick, 0);
}

static struct client_call *call_new(struct client *client, const struct request *request,
                                    void *ctx) {
        struct client_call *call = calloc(1, sizeof(*call));

        call->client = client;
        call->ctx = ctx;
        call->method = request_method(request);
        call->write = request_is_write(request);
        call->watch = request->verb == REQUEST_WATCH;
        call->timeout_ms = request->timeout_ms;
        call->accept = request->accept ? request->accept : "application/json";
        call->content_type = request->content_type;
        call->target = STRBUF_INIT(request->target.len);
        strbuf_append(&call->target, strbuf_bytes(&request->target));
        call->request_body = STRBUF_INIT(request->body.len + 2);
        strbuf_append(&call->request_body, strbuf_bytes(&request->body));
        if (call->write && call->request_body.len == 0)
                strbuf_puts(&call->request_body, "{}"); /* see transport_curl.c */
        if (call->write && !call->content_type)
                call->content_type = "application/json";
        call->prev = client->last;
        *(client->last ? &client->last->next : &client->first) = call;
        client->last = call;
        client->counters.requests++;
        loop_timer_set(client->kick, 0);
        return call;
}

struct client_call *client_send(struct client *client, const struct request *request,
                                client_done_fn done, void *ctx) {
        struct client_call *call = call_new(client, request, ctx);

        call->done = done;
        return call;
}

struct client_call *client_stream(struct client *client, const struct request *request,
                                  const struct client_stream *stream, void *ctx) {
        struct client_call *call = call_new(client, request, ctx);

        assert(!call->write);
        call->stream = *stream;
        return call;
}

void client_cancel(struct client_call *call) {
        if (!call)
                return;
        assert(!call->in_data);
        if (call->state == CALL_ENDING)
                return;
        if (call->state == CALL_RUNNING)
                transport_cancel(call->exchange);
        call_free(call);
}

int client_new(const struct client_options *options, struct client **ret_client, struct err *err) {
        struct kube_config *config = kube_config_clone(options->config);
        struct transport *transport;
        struct client *client;

        if (transport_new(options->loop, config, options->user_agent, &transport, err) < 0) {
                kube_config_free(config);
                return -1;
        }
        client = calloc(1, sizeof(*client));
        client->loop = options->loop;
        for (int method = 0; method < REQUEST_METHODS; method++)
                client->counters.seconds[method] = HISTOGRAM_INIT(SECONDS_BOUNDS);
        client->config = config;
        client->transport = transport;
        client->kick = loop_timer_new(options->loop, client_kick, client);
        client->holdoff = holdoff_new();
        credentials_init(&client->credentials, options->loop, config, client_credentials_changed,
                         client);
        *ret_client = client;
        return 0;
}

void client_free(struct client *client) {
        if (!client)
                return;
        while (client->first) {
                assert(client->first->state != CALL_ENDING);
                client_cancel(client->first);
        }
        transport_free(client->transport);
        holdoff_free(client->holdoff);
        credentials_deinit(&client->credentials);
        loop_timer_free(client->kick);
        kube_config_free(client->config);
        free(client);
}

const struct client_counters *client_counters(const struct client *client) {
        return &client->counters;
}
