/*
 * One write, while it is asked whose its fields are. Private to sim/patch.
 */
#pragma once

#include "patch/managers.h"
#include "patch/ownership.h"
#include "patch/typed.h"

struct writing {
        const struct ownership_of *of;
        const struct schema *root;
        struct arena *arena;
        struct managers managers;
        const char *now;
};

struct writing writing_of(const struct ownership_of *of, struct arena *arena);
/* A manager of this version and subresource, as yet without fields. */
struct manager writing_manager(const struct writing *writing, const char *name, bool applies);

/* Without what a write of this subresource cannot change. */
const struct field_set *writing_in_reach(const struct writing *writing,
                                         const struct field_set *set);
/* Without the fields that are the server's own (uid, resourceVersion, …). */
const struct field_set *writing_without_servers(const struct writing *writing,
                                                const struct field_set *set);
struct comparison writing_compare(const struct writing *writing, const struct json *before,
                                  const struct json *after);
/* What is modified or added. */
const struct field_set *writing_changed(const struct writing *writing,
                                        const struct comparison *comparison);

/* What changed is no longer that of the others. self may be NULL. */
void writing_take_from_others(struct writing *writing, const struct comparison *comparison,
                              const struct manager *self);
/* What changed is now that of an updater of this name. */
void writing_update(struct writing *writing, const struct json *before, const struct json *after,
                    const char *name);
/* Puts the managers into the object. */
void writing_done(struct writing *writing, struct json *object);
