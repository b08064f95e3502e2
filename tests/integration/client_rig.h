/*
 * A client, its loop and a scripted server: what every test of the client begins with.
 */
#pragma once

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "llc/base/strbuf.h"
#include "llc/kube/client.h"
#include "support/http_server.h"

struct rig {
        struct loop *loop;
        struct loop_timer *guard; /* a test that hangs fails */
        struct http_server *server;
        struct kube_config *config;
        struct client *client;
        unsigned pending; /* rig_run ends when it reaches 0 */

        /* For scripts, on the server's threads. */
        sem_t step;
        atomic_uint committed;
};

/* How one call ended. */
struct outcome {
        struct rig *rig;
        struct client_call *call;
        unsigned n_ends; /* more than one is a bug of the client */
        bool ok;
        struct err err;
        struct strbuf body; /* all of it, also of streams */
};

typedef void (*rig_script)(struct http_peer *peer, const struct http_request *request, void *ctx);

/* Plain http; the script's ctx is the rig. */
void rig_init(struct rig *rig, rig_script script);
/* The server only; fill config, then rig_connect. */
void rig_init_server(struct rig *rig, const struct http_server_options *options,
                     const char *scheme_and_host);
void rig_connect(struct rig *rig);
void rig_deinit(struct rig *rig);

/* Runs the loop until all begun calls have ended. */
void rig_run(struct rig *rig);

/* Begins a call. body NULL = none. */
void rig_begin(struct rig *rig, struct outcome *outcome, enum request_verb verb, const char *target,
               const char *body, int64_t timeout_ms);
void rig_begin_stream(struct rig *rig, struct outcome *outcome, enum request_verb verb,
                      const char *target);
/* Begins, runs and checks that it ended exactly once. */
void rig_do(struct rig *rig, struct outcome *outcome, enum request_verb verb, const char *target,
            const char *body);

/* The callbacks of the above, for tests that put something in between. */
void outcome_done(void *ctx, struct bytes body, const struct err *err);
int outcome_data(void *ctx, struct bytes bytes, struct err *err);
void outcome_end(void *ctx, const struct err *err);

void outcome_deinit(struct outcome *outcome);
#define OUTCOME_CLEANUP __attribute__((cleanup(outcome_deinit)))

/* Checks; they show what happened instead. */
void check_ok(const struct outcome *outcome, const char *body);
void check_failed(const struct outcome *outcome, enum err_code code, const char *part_of_message);
