#include "support/fake_client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct client_call {
        struct client *client;
        struct client_call *next;
        struct strbuf target, body;
        client_done_fn done; /* NULL: streamed */
        struct client_stream stream;
        void *ctx;
};

struct client {
        struct client_call *calls; /* oldest first */
        struct client_counters counters;
};

int client_new(const struct client_options *options, struct client **ret_client, struct err *err) {
        (void)options;
        (void)err;
        *ret_client = calloc(1, sizeof(**ret_client));
        return 0;
}

/* Takes the call off the list; the callbacks it still gets must not find it there. */
static void fake_call_unlink(struct client_call *call) {
        struct client_call **link;

        for (link = &call->client->calls; *link != call; link = &(*link)->next)
                assert(*link); /* a call that has ended already */
        *link = call->next;
}

static void fake_call_free(struct client_call *call) {
        strbuf_deinit(&call->target);
        strbuf_deinit(&call->body);
        free(call);
}

void client_cancel(struct client_call *call) {
        if (!call)
                return;
        fake_call_unlink(call);
        fake_call_free(call);
}

void client_free(struct client *client) {
        if (!client)
                return;
        while (client->calls)
                client_cancel(client->calls);
        free(client);
}

static struct client_call *fake_call_new(struct client *client, const struct request *request,
                                         void *ctx) {
        struct client_call *call = calloc(1, sizeof(*call)), **link;

        call->client = client;
        call->target = call->body = STRBUF_INIT(16 << 20);
        strbuf_printf(&call->target, "%s %s", request_method_name(request_method(request)),
                      strbuf_str(&request->target));
        strbuf_append(&call->body, strbuf_bytes(&request->body));
        call->ctx = ctx;
        for (link = &client->calls; *link; link = &(*link)->next) {}
        *link = call;
        client->counters.requests++;
        return call;
}

struct client_call *client_send(struct client *client, const struct request *request,
                                client_done_fn done, void *ctx) {
        struct client_call *call = fake_call_new(client, request, ctx);

        call->done = done;
        return call;
}

struct client_call *client_stream(struct client *client, const struct request *request,
                                  const struct client_stream *stream, void *ctx) {
        struct client_call *call = fake_call_new(client, request, ctx);

        call->stream = *stream;
        return call;
}

const struct client_counters *client_counters(const struct client *client) {
        return &client->counters;
}

struct client_counters *fake_client_counters(struct client *client) {
        return &client->counters;
}

struct client_call *fake_client_call(struct client *client) {
        return client->calls;
}

struct client_call *fake_call_next(const struct client_call *call) {
        return call->next;
}

struct client_call *fake_client_find(struct client *client, const char *text) {
        struct client_call *call;

        for (call = client->calls; call; call = call->next)
                if (strstr(fake_call_target(call), text))
                        break;
        return call;
}

unsigned fake_client_open(const struct client *client) {
        unsigned n = 0;

        for (const struct client_call *call = client->calls; call; call = call->next)
                n++;
        return n;
}

const char *fake_call_target(const struct client_call *call) {
        return strbuf_str(&call->target);
}

struct bytes fake_call_body(const struct client_call *call) {
        return strbuf_bytes(&call->body);
}

static void fake_call_finish(struct client_call *call, struct bytes body, const struct err *err) {
        fake_call_unlink(call);
        if (call->done)
                call->done(call->ctx, body, err);
        else
                call->stream.on_end(call->ctx, err);
        fake_call_free(call);
}

bool fake_call_data(struct client_call *call, const char *text) {
        struct err err;

        if (call->stream.on_data(call->ctx, bytes_of(text), &err) == 0)
                return true;
        fake_call_finish(call, BYTES_NULL, &err);
        return false;
}

void fake_call_end(struct client_call *call, enum err_code code, const char *body_or_message) {
        struct err err;

        if (code != ERR_NONE) {
                err_set(&err, code, "%s", body_or_message);
                fake_call_finish(call, BYTES_NULL, &err);
                return;
        }
        if (!call->done && body_or_message && !fake_call_data(call, body_or_message))
                return;
        fake_call_finish(call, bytes_of(body_or_message), NULL);
}

void fake_call_fail(struct client_call *call, const struct err *err) {
        fake_call_finish(call, BYTES_NULL, err);
}
