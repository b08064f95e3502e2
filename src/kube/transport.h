/*
 * HTTP/1.1 exchanges with one server on the loop. What is above knows neither libcurl nor sockets,
 * what is below knows neither Kubernetes nor tokens.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/kube/config.h"
#include "llc/sys/loop.h"

struct transport;
struct transport_call;

/* config must outlive the transport. */
int transport_new(struct loop *loop, const struct kube_config *config, const char *user_agent,
                  struct transport **ret_transport, struct err *err);
/* All calls must have ended or been cancelled. */
void transport_free(struct transport *transport);

/*
 * The certificate (PEM) that connections made from now on present, instead of the configuration's; both
 * are copied. Connections with another one are not used for new calls.
 */
void transport_set_client_certificate(struct transport *transport, const struct strbuf *certificate,
                                      const struct strbuf *key);

struct transport_request {
        const char *method;
        struct bytes target;      /* path and query; 1 MiB at most */
        const char *accept;       /* media types */
        const char *content_type; /* NULL = no body */
        struct bytes body;        /* must outlive the call */
        const char *token;        /* NULL = none */
        bool write;               /* never sent twice; must have a body */
        bool watch;               /* may be silent for long */
        int64_t timeout_ms;       /* of a watch: until its 2xx body begins; 0 = none */
};

struct transport_handler {
        /* The next bytes of the body, never none. -1 ends the call with the error. */
        int (*on_body)(void *ctx, int status, struct bytes bytes, struct err *err);
        /*
         * The end, after which the call is gone. status is 0 when there was no answer; err is
         * NULL when the answer, whatever its status, is complete. ERR_UNREACHABLE: nothing was
         * sent, of a write: not its body. ERR_AMBIGUOUS: a write may have been.
         */
        void (*on_end)(void *ctx, int status, int64_t retry_after_ms, const struct err *err);
};

/* Not from within on_body. Calls back later, never from within. */
struct transport_call *transport_start(struct transport *transport,
                                       const struct transport_request *request,
                                       const struct transport_handler *handler, void *ctx);

/* No callback is made any more. From anywhere, but not for a call within its own callback. */
void transport_cancel(struct transport_call *call);
