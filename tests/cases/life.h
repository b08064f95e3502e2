/*
 * What may happen to a canary, its pods and its Rollout.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server.h"

struct life {
        struct server server;
        struct arena arena;
        uint64_t random;
        bool trace;
        bool budgets_lost; /* for a while nothing could be done about them */
};

/* A number below n. */
unsigned life_roll(struct life *life, unsigned n);
/* One thing of all, at random. */
void life_happen(struct life *life);

struct json *life_spec(struct life *life);
struct json *life_rollout(struct life *life);
/* A member that is a string: one of n. */
void life_choose(struct life *life, struct json *object, const char *key, const char *const *values,
                 unsigned n);
#define LIFE_CHOOSE(life, object, key, ...)                                                        \
        life_choose(life, object, key, (const char *const[]){ __VA_ARGS__ },                       \
                    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* The Service follows the Rollout's stable hash, if it has one. */
void life_move_service(struct life *life);

/* Pods */
bool life_is_live(const struct json *pod);
bool life_is_held(const struct json *pod);
/* Its image is one that crashes. */
bool life_is_bad(const struct json *pod);
void life_crash(struct life *life, struct json *pod);
void life_run(struct life *life, struct json *pod);

bool life_text_is(const struct json *json, const char *text);
