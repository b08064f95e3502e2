/*
 * An API server that does what it is asked, but for one kind of request. Behind the watches of a
 * fixture; time goes by in its steps.
 */
#pragma once

#include "fixture.h"

enum server_collection {
        SERVED_LLCS,
        SERVED_ROLLOUTS,
        SERVED_PODS,
        SERVED_BUDGETS,
        SERVED_COLLECTIONS,
};

enum server_illness {
        ILL_FAILS,   /* answers with an error */
        ILL_LIES,    /* says that it is done, and does nothing */
        ILL_FORGETS, /* does it, and somebody else undoes it */
        ILL_RAVES,   /* does nothing, and its answer can't be read */
};

/* The watch that is open, as it was asked for. */
struct server_watch {
        char target[512];
        int64_t since_ms;
};

struct server {
        struct fixture *f;
        struct server_watch watches[SERVED_COLLECTIONS];
        struct json *objects[SERVED_COLLECTIONS]; /* arrays */
        const char *ill_at;                       /* part of "METHOD target"; NULL = nowhere */
        enum server_illness illness;
        struct err error; /* ILL_FAILS */
        unsigned n_ill;   /* requests that met the illness */
        unsigned n_requests;
};

/* The lists of the fixture are answered: a Rollout, its budget, and a canary with one ready pod. */
void server_start(struct server *server, struct fixture *f);
void server_stop(struct server *server);
/* Answers at once what is asked within so long; fails the test when that has no end. */
void server_run(struct server *server, int64_t ms);

/* Merges a patch into the first object of a collection, as somebody else than the controller. */
void server_change(struct server *server, enum server_collection collection, const char *patch);
/* Takes away the first object of a collection. */
void server_remove(struct server *server, enum server_collection collection);
