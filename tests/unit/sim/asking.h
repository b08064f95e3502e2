/*
 * Requests as text to a server without sockets, and its answers as text.
 *
 *   ask(&asking, "POST /api/v1/namespaces/default/pods\n"
 *                "Content-Type: application/yaml\n"
 *                "\n"
 *                "metadata: {name: a}")
 *
 * A body without Content-Type is said to be JSON. Answers are "STATUS BODY"; UIDs are <uid>.
 */
#pragma once

#include "fixture.h"
#include "serve/access.h"
#include "serve/serve.h"
#include "serve/watch.h"

struct asking {
        struct fixture fixture;
        struct server server;
        const char *authorization; /* of each request; NULL = none */
        struct arena arena;        /* of the last answer */
        struct http_response response;
};

/* with_access: with access control; then nobody has a token yet. */
void asking_init(struct asking *asking, bool with_access);
void asking_deinit(struct asking *asking);

/* The answer, until the next one. A watch stays in response. */
const char *ask(struct asking *asking, const char *request);
/* Of a request whose body is not text. */
const char *ask_with(struct asking *asking, const char *request, struct bytes body);
/* A header of the last answer; NULL = none. */
const char *asking_header(const struct asking *asking, const char *name);
/* What the last answer's watch has to say now. */
const char *asking_take(struct asking *asking);

/* The whole answer is this. */
#define assert_answer(asking, request, expected)                                                   \
        assert_string_equal(ask((asking), (request)), (expected))
/* Status and message of a Status. */
void assert_refused(struct asking *asking, const char *request, int code, const char *message);
