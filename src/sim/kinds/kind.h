/*
 * The kinds that the server knows: those built in and those of CustomResourceDefinitions.
 *
 * Both come from the same description (names, scope, schema, columns, subresources). What a
 * description cannot say of a built-in kind (a pod's phase must survive an update of its spec) is
 * in its hooks, one file a kind.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "schema/schema.h"
#include "storage/storage.h"

struct kinds;
struct kind;

/* What of an object a verb is about to write. */
enum part {
        PART_OBJECT,
        PART_STATUS,
        PART_SCALE,
        PART_FINALIZE, /* a namespace's spec.finalizers */
};

struct kind_hooks {
        /* Completes a new object or a new state (before is NULL on creation), once its schema's
         * defaults are there: what defaults from other fields, what an update may not touch. */
        void (*prepare)(const struct kind *kind, struct json *object, const struct json *before,
                        enum part part, int64_t now_ms);
        /* Checks beyond the schema's. */
        void (*validate)(const struct kind *kind, const struct json *object,
                         const struct json *before, enum part part, struct field_errors *errors);
        /* Why a valid state is not let in, in the arena; NULL = it is. The verb answers 403 to the
         * first, 501 to the second. */
        const char *(*forbidden)(const struct kind *kind, const struct json *object,
                                 const struct json *before, struct arena *arena);
        const char *(*out_of_scope)(const struct kind *kind, const struct json *object,
                                    const struct json *before, struct arena *arena);
        /* The cells of a table's row, appended to cells; NULL = each column's own path. */
        void (*cells)(const struct kind *kind, const struct json *object, int64_t now_ms,
                      struct json *cells);
        bool status_on_create; /* the status that a new object comes with is kept (Node) */
};

struct column {
        const char *name, *type, *format, *description;
        int priority;
        const char *path; /* JSONPath, ".spec.replicas"; NULL when hooks->cells makes the cells. Of
                           * type date: shown as an age */
};

/* Where the scale subresource finds what it shows: paths with dots; NULL = the kind has no scale. */
struct scale_paths {
        const char *replicas, *status_replicas;
        const char
                *selector; /* status path of a text, or spec path of a LabelSelector; may be NULL */
};

struct kind {
        const struct kinds *kinds; /* the others; NULL outside a registry */
        const char *group;         /* "" = core */
        const char *version;
        const char *name, *list_name; /* "Pod", "PodList" */
        const char *plural, *singular;
        const char *const *short_names; /* NULL-terminated, as all lists of texts here */
        const char *const *categories;
        const char *const *fields; /* field selectors besides metadata.name and .namespace */
        bool namespaced;
        bool has_status;     /* status is a subresource; generation counts changes of the rest */
        bool has_generation; /* metadata.generation is kept */
        bool builtin;        /* has strategic merge patch; not from a CustomResourceDefinition */
        struct scale_paths *scale;
        const struct schema *schema; /* never NULL; SCHEMA_ANY with preserve_unknown at the least */
        const struct column *columns; /* Name is one of them, mostly the first */
        size_t n_columns;
        const struct kind_hooks *hooks; /* NULL = none */
        struct collection *objects;
        const char *note; /* a warning said with each write ("stored, not enforced"), or NULL */
        const struct kind
                *stored_as; /* its objects are another kind's, seen differently; or NULL */
};

/* Builds the kinds that are built in; their collections live in the store. */
int kinds_new(struct storage *storage, struct kinds **ret_kinds, struct err *err);
void kinds_free(struct kinds *kinds);

/* By the names in a path; NULL = none such. version NULL = the group's preferred one. */
const struct kind *kinds_find(const struct kinds *kinds, const char *group, const char *version,
                              const char *plural);
/* By apiVersion ("v1", "apps/v1") and kind. */
const struct kind *kinds_find_name(const struct kinds *kinds, const char *api_version,
                                   const char *name);
/* Is there anything of the group (and version, unless NULL)? */
bool kinds_has_group(const struct kinds *kinds, const char *group, const char *version);

/* All kinds, in the order of discovery; false at the end. Start with *cursor = 0. */
bool kinds_next(const struct kinds *kinds, size_t *cursor, const struct kind **ret_kind);

/*
 * A CustomResourceDefinition came or changed: makes or replaces its kind, unless its names are
 * another's. The caller writes the status ("Established") that kinds_definition_status makes. A
 * struct kind stays where it is until kinds_free, also when its definition goes.
 */
int kinds_define(struct kinds *kinds, const struct json *definition, struct err *err);
void kinds_undefine(struct kinds *kinds, const char *definition_name);
/* Fills in .status: which names are accepted beside those of the other kinds, and so whether it is
 * established. */
void kinds_definition_status(const struct kinds *kinds, struct json *definition, int64_t now_ms);
/* The CustomResourceDefinitions of the kinds that are there from the start but are not built in, one
 * array; borrowed. */
const struct json *kinds_shipped_definitions(const struct kinds *kinds);

/*
 * Completes what is to be written, before schema_validate: what an update of one part does not
 * touch comes from before, zero values, amounts and times become what they are in the real server,
 * schema's defaults, the hook's prepare. To be called after pruning. ERR_INVALID says what cannot
 * be decoded, in the words of Go's decoder.
 */
int kind_complete(const struct kind *kind, struct json *object, const struct json *before,
                  enum part part, int64_t now_ms, struct err *err);

/*
 * Of a kind with stored_as: into the other's form and back, in place. A verb converts what comes in
 * and goes on with stored_as; what goes out is converted back.
 */
void kind_to_stored(const struct kind *kind, struct json *object);
/* One reference: the record as this kind shows it. The same one unless the kind has stored_as. */
struct record *kind_shown(const struct kind *kind, struct record *record);

/* "v1" or "apps/v1"; in the arena. */
const char *kind_api_version(const struct kind *kind, struct arena *arena);
/* "pods" or "rollouts.argoproj.io", as in the API server's messages; in the arena. */
const char *kind_resource_name(const struct kind *kind, struct arena *arena);
/* Does the kind have a field selector on this path? */
bool kind_selects_on(const struct kind *kind, const char *path);
