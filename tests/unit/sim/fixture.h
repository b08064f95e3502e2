/*
 * A server without sockets for tests of sim's verbs and actors: virtual clock, seeded randomness,
 * the kinds that are built in, the namespace "default", and a custom resource.
 *
 * Objects are written as YAML, best in flow style: "{metadata: {name: a}}". What must go well
 * asserts that it does; the others leave why it did not in refusal.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verbs/agenda.h"
#include "verbs/verbs.h"

/* 2026-03-01T12:00:00Z */
#define FIXTURE_START_MS INT64_C(1772366400000)

struct fixture {
        struct arena arena;
        struct agenda *agenda;
        struct storage *storage;
        struct kinds *kinds;
        struct sim sim;
        struct refusal refusal;
        struct strings warnings;
        struct write_options options; /* of what the functions below write; warnings are kept */
        const char *namespace_;       /* where they write; "default" */
};

void fixture_init(struct fixture *fixture);
void fixture_deinit(struct fixture *fixture);

/* A new tree. */
struct json *fixture_tree(const char *yaml);
const struct kind *fixture_kind(const struct fixture *fixture, const char *api_version,
                                const char *name);
/*
 * Things.example.dev, a custom resource with status and scale: spec.replicas, spec.paused (false by
 * default), spec.size (0 to 9), status.phase, status.replicas. Made through verb_create.
 */
const struct kind *fixture_things(struct fixture *fixture);

/* These return the record, borrowed until the next call; NULL when it was refused. */
struct record *fixture_create(struct fixture *fixture, const struct kind *kind, const char *yaml);
struct record *fixture_update(struct fixture *fixture, const struct kind *kind, const char *name,
                              const char *yaml);
struct record *fixture_patch(struct fixture *fixture, const struct kind *kind, const char *name,
                             enum patch_type type, const char *yaml);
struct record *fixture_delete(struct fixture *fixture, const struct kind *kind, const char *name,
                              const struct delete_options *options, bool *ret_gone);
struct record *fixture_get(struct fixture *fixture, const struct kind *kind, const char *name);

/* {.grace_s = -1} */
extern const struct delete_options FIXTURE_DELETE;

/* A value of an object by its path with dots, as JSON text; "" when it is not there. */
const char *fixture_value(struct fixture *fixture, const struct record *record, const char *path);
void fixture_assert_value(struct fixture *fixture, const struct record *record, const char *path,
                          const char *json);
/* The last call was refused so. */
void fixture_assert_refused(const struct fixture *fixture, const struct record *record, int code,
                            const char *message);
