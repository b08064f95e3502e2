/*
 * The whole server but for sockets and files: the store and its kinds, the controllers, who may do
 * what, a clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "serve/serve.h"
#include "verbs/agenda.h"

struct simulator;

struct simulator_options {
        struct agenda_options clock;
        size_t history;                              /* most changes kept; 0 = the default */
        bool open;                                   /* everybody may do everything */
        void (*audit)(void *ctx, struct bytes line); /* of serve/serve.h; NULL = none */
        void *audit_ctx;
        const char *const *no_actors;
        size_t n_no_actors;
};

/* ERR_NOT_FOUND: no controller has one of the names. */
int simulator_new(const struct simulator_options *options, struct simulator **ret_simulator,
                  struct err *err);
/* Watches that serve handed out must be freed before. */
void simulator_free(struct simulator *simulator);

/* Lines of token,user,uid[,"group1,group2"]; not when open. ERR_INVALID names the line. */
int simulator_add_tokens(struct simulator *simulator, struct bytes lines, struct err *err);

/* ctx: the simulator. */
void simulator_serve(void *ctx, const struct http_request *request, struct http_response *response);

/* Lets the controllers work; returns in how many ms there is more, -1 when only a request can
 * bring more. */
int64_t simulator_run(struct simulator *simulator);
/* Called when there is something to run, or sooner than was said. */
void simulator_on_change(struct simulator *simulator, void (*fn)(void *ctx), void *ctx);
