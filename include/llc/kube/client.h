/*
 * Sends requests to one API server on the loop: libcurl's multi interface behind one file.
 *
 * Connections stay warm and are reused; watches have connections of their own. The only trusted
 * CA is the configured one. A write is never sent twice: when the connection breaks or the server
 * answers 408 or 5xx after it may have been committed, the call ends with ERR_AMBIGUOUS and the
 * caller finds out by a GET. A write that failed otherwise was not committed.
 *
 * What the server asked to come back with later (Retry-After to 429 and 5xx) is not sent before: the
 * call ends with ERR_THROTTLED at once and retry_after_ms says what is left. Nothing is sent again by
 * itself; 429 was not carried out, so that any verb may, 5xx to a write is ERR_AMBIGUOUS.
 *
 * Calls wait while an exec plugin is asked who we are. After a 401 a call is sent once more when
 * there is a newer token or certificate: a 401 was not carried out.
 * Callbacks are never called from within the function that starts a call.
 */
#pragma once

#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/histogram.h"
#include "llc/kube/config.h"
#include "llc/kube/request.h"
#include "llc/sys/loop.h"

struct client;
struct client_call;

/* For metrics. Of calls that are cancelled, only that they were begun. */
struct client_counters {
        uint64_t requests; /* begun */
        uint64_t errors;   /* ended with an error */
        /* Ended, by HTTP status; [0] = no response. */
        uint64_t by_code[REQUEST_METHODS][600];
        /* From the first byte sent to the last one read; without watches. */
        struct histogram seconds[REQUEST_METHODS];
};

struct client_options {
        struct loop *loop;
        const struct kube_config *config; /* copied */
        const char *user_agent;           /* "llc-controller/1.0 (linux/amd64)" */
};

int client_new(const struct client_options *options, struct client **ret_client, struct err *err);
/* Ends all calls without calling back. Not from within a callback. */
void client_free(struct client *client);

/*
 * The answer to a request that is not streamed: err is NULL and body is the whole 2xx body
 * (16 MiB at most), or err says what happened. Borrowed until the callback returns.
 */
typedef void (*client_done_fn)(void *ctx, struct bytes body, const struct err *err);

/* done is called exactly once, unless the call is cancelled. request may be freed at once. */
struct client_call *client_send(struct client *client, const struct request *request,
                                client_done_fn done, void *ctx);

struct client_stream {
        /* The next bytes of a 2xx body; returns -1 with err set to end the call with that error. */
        int (*on_data)(void *ctx, struct bytes bytes, struct err *err);
        /*
         * The end: err is NULL when the body ended as HTTP says. Called exactly once. A body
         * without length and chunks ends with the connection, so anybody may have cut it: only
         * complete JSON is proof.
         */
        void (*on_end)(void *ctx, const struct err *err);
};

/* Lists and watches. */
struct client_call *client_stream(struct client *client, const struct request *request,
                                  const struct client_stream *stream, void *ctx);

/*
 * No callback of the call is made any more. NULL is fine. Not from within its own on_data; from
 * within its own done or on_end it does nothing.
 */
void client_cancel(struct client_call *call);

const struct client_counters *client_counters(const struct client *client);
