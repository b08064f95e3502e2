/*
 * How an actor writes: through sim/verbs, under its own name. A refusal is no error of the actor's:
 * what it saw has changed, or somebody forbids it; it says -1, and the actor looks again.
 */
#pragma once

#include "verbs/verbs.h"

struct writer {
        struct sim *sim;
        const char *manager; /* fieldManager */
};

/* The tree or patch is taken in all cases. */
int writer_create(const struct writer *writer, const struct kind *kind, const char *namespace_,
                  struct json *tree);
/* A merge patch. */
int writer_patch(const struct writer *writer, const struct kind *kind, const char *namespace_,
                 const char *name, enum part part, struct json *patch);
/* uid: the object meant, or NULL. */
int writer_delete(const struct writer *writer, const struct kind *kind, const char *namespace_,
                  const char *name, const char *uid);
/* With a propagation, a grace period, or other preconditions. */
int writer_delete_as(const struct writer *writer, const struct kind *kind, const char *namespace_,
                     const char *name, const struct delete_options *options);
