/*
 * A world that answers back: plays the API server and who works behind it, so that a canary can be
 * led from one pass to the next. The world is a tree with the members of a world.yaml (case.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"

struct server {
        struct json *tree;
        int64_t now;          /* ms: the clock of everybody */
        int64_t stable_ready; /* pods of a stable ReplicaSet that the world does not name */
        bool pods_ready;      /* pods become ready; or nothing becomes of them */
        bool cache_lags;      /* what a pass has done it does not see before the next */
        int writes_left;      /* until the controller dies; negative: it lives */
        unsigned refused;     /* 1 << enum action_kind: what the controller may not do */
        int n_made;           /* pods, for their UIDs */
};

/* What became of one pass. */
struct passage {
        bool died;
        int n_writes; /* refused ones aside */
        int n_creates;
        bool has_deadline;
        int64_t deadline;
};

/* Borrows nothing. */
void server_init(struct server *server, const struct json *tree, int64_t now);
void server_deinit(struct server *server);

/* One pass of the controller, as src/controller/pass.c leads it. Errors: a law that it broke. */
int server_pass(struct server *server, struct passage *ret_passage, struct err *err);

/* What others do meanwhile: pods that are being deleted go, new ones become ready. */
void server_turn(struct server *server);

/* Looks at all PodDisruptionBudgets that select this pod, as their controller does on an event. */
void server_recount(struct server *server, const struct json *pod);

/* A member of the tree that is a list, made when absent. */
struct json *server_list(struct server *server, const char *member);
/* The LongLivedCanary's spec was changed. */
void server_bump_generation(struct server *server);

/* RFC 7396. */
void server_merge(struct json *object, const struct json *patch);
