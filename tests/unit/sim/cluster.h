/*
 * A server with some of its actors, under virtual time: what they make of what a test writes.
 *
 * Kinds are named as in YAML ("Pod"). What a test writes must be let in; it fails otherwise.
 */
#pragma once

#include "actors/actor.h"
#include "fixture.h"

struct cluster {
        struct fixture fixture;
        const struct actor_type *types[8];
        void *actors[8];
        size_t n;
};

/* types ends with NULL. */
void cluster_init(struct cluster *cluster, const struct actor_type *const *types);
void cluster_deinit(struct cluster *cluster);
/* Lets time pass; 0 = what is due now. */
void cluster_run(struct cluster *cluster, int64_t ms);

const struct kind *cluster_kind(const struct cluster *cluster, const char *name);
/* Creates each document of a YAML text, then what is due is done. */
void cluster_create(struct cluster *cluster, const char *yaml);
/* The same of one tree, which is taken; nothing is done yet. */
void cluster_create_tree(struct cluster *cluster, struct json *tree);
/* The text of a file of the repository. */
const char *cluster_file(struct cluster *cluster, const char *path);
/* A merge patch, then what is due is done. */
void cluster_patch(struct cluster *cluster, const char *kind, const char *name, enum part part,
                   const char *yaml);
void cluster_delete(struct cluster *cluster, const char *kind, const char *name);

/* NULL = there is none. */
struct record *cluster_get(const struct cluster *cluster, const char *kind, const char *name);
/* As fixture_value. */
const char *cluster_value(struct cluster *cluster, const char *kind, const char *name,
                          const char *path);
/* The same of a text, without quotes. */
const char *cluster_text(struct cluster *cluster, const char *kind, const char *name,
                         const char *path);
/* A value is this JSON, in whatever order; "" = it is not there. */
void cluster_assert(struct cluster *cluster, const char *kind, const char *name, const char *path,
                    const char *json);
/* "Reason: message" of a status' condition that is True, "!Reason: message" of one that is not; ""
 * = there is none. */
const char *cluster_condition(struct cluster *cluster, const char *kind, const char *name,
                              const char *type);

/* The names of those that a label selector matches, in order, with a space between; deleting ones
 * with a "-" before. */
const char *cluster_names(struct cluster *cluster, const char *kind, const char *selector);
/* How many of them are not being deleted. */
size_t cluster_count(struct cluster *cluster, const char *kind, const char *selector);
/* How many writes there were so far: a test of rest compares. */
int64_t cluster_revision(const struct cluster *cluster);
