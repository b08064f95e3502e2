/*
 * Descriptor tables: one row per field of an API type, beside its C struct.
 *
 * One table gives decoding (with the path of what is wrong), encoding, defaults, bounds, the
 * projection that tells the cutter which bytes to keep, and the CRD schema. JSON is read and
 * written in no other way. A row whose member has another C type than the row says does not
 * compile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "llc/base/projection.h"

struct type;

enum field_kind {
        FIELD_BOOL,     /* bool */
        FIELD_INT,      /* int64_t; from a JSON integer, 1.0 is none */
        FIELD_STR,      /* const char *; NULL = absent */
        FIELD_ENUM,     /* int; 0 = absent, otherwise 1 + index into names */
        FIELD_TIME,     /* int64_t ms, RFC 3339 cut to seconds like metav1.Time; 0 = absent */
        FIELD_OBJ,      /* const struct X *; NULL = absent */
        FIELD_FLAT,     /* an object whose members are this struct's own; absent, so are they */
        FIELD_LIST,     /* const struct X *, and size_t n_… beside it */
        FIELD_STR_LIST, /* const char *const *, and size_t n_… */
        FIELD_INT_LIST, /* const int64_t *, and size_t n_… */
        FIELD_STR_MAP,  /* const struct str_pair *, and size_t n_…; sorted by key when decoded */
        FIELD_RAW,      /* const struct json *; a subtree kept as it is, owned by the parsed tree */
};

struct str_pair {
        const char *key, *value;
};

enum {
        FIELD_REQUIRED = 1u << 0,
        FIELD_MAP_LIST = 1u << 1, /* LIST: x-kubernetes-list-type: map on the items' list_key */
        FIELD_HIDDEN = 1u << 2,   /* read, but never part of the generated schema */
        /*
         * STR, values of a STR_MAP: an integer from 0 is taken as its decimal text, and encoded as
         * that text (x-kubernetes-int-or-string).
         */
        FIELD_INT_OR_STRING = 1u << 3,
        /* Lists: [] is not absent; it decodes to a pointer that is not NULL, with no items. */
        FIELD_MAY_BE_EMPTY = 1u << 4,
};

/* A CEL rule of the CRD (x-kubernetes-validations). */
struct desc_rule {
        const char *rule, *message;
        const char *field_path; /* NULL = where the rule stands */
};

/*
 * Bounds: 0,0 = none; INT64_MIN and INT64_MAX leave one end open. Lengths are counted in
 * characters, as the API server does.
 */
struct field {
        const char *key; /* JSON member name */
        enum field_kind kind;
        unsigned flags;
        size_t offset;
        size_t len_offset;      /* lists and maps: the n_… member */
        bool has_present;       /* is there a presence member? */
        size_t present_offset;  /* BOOL, INT: a bool has_… member that says the field was there */
        const struct type *sub; /* OBJ, LIST; FLAT: other members of the same struct */
        /*
         * NULL-terminated. ENUM: the values; STR: the only values allowed, NULL = any;
         * STR_MAP: the only keys read, NULL = all.
         */
        const char *const *names;
        int64_t min, max;              /* INT: the value; STR: its length; lists and maps: items */
        int64_t item_min, item_max;    /* INT_LIST: one value; STR_LIST, STR_MAP: its length */
        const char *pattern;           /* STR: RE2, for the schema only */
        const char *def;               /* JSON text of the default, or NULL */
        const char *list_key;          /* FIELD_MAP_LIST: the items' key member */
        const char *doc;               /* description in the CRD and in `kubectl explain` */
        const struct desc_rule *rules; /* CEL rules on this field */
        size_t n_rules;
        const struct desc_rule *item_rules; /* STR_LIST, INT_LIST, STR_MAP: on each value */
        size_t n_item_rules;
};

struct type {
        const char *name; /* of the C struct */
        size_t size;
        const struct field *fields;
        size_t n_fields;
        const char *doc;               /* description where no field gives one: root, list items */
        const struct desc_rule *rules; /* CEL rules on the object */
        size_t n_rules;
};

/*
 * Decodes an object into ret_value (type->size bytes, which the caller provides). Strings and
 * lists go into the arena; FIELD_RAW borrows from json. Members that the table does not name are
 * ignored, null is absent, absent fields get their default. Wrong kinds, missing required fields,
 * unknown enum values, broken bounds, double keys of a map list and strings with a NUL in them
 * are ERR_INVALID with the path: "spec.containers[1].image: expected string, found int".
 */
int desc_decode(const struct type *type, const struct json *json, struct arena *arena,
                void *ret_value, struct err *err);

/*
 * As desc_decode, for kinds that others own and may widen: bounds, allowed values and double keys
 * are not checked, an unknown enum value is 0. A wrong kind is still an error, of this object.
 */
int desc_decode_foreign(const struct type *type, const struct json *json, struct arena *arena,
                        void *ret_value, struct err *err);

/*
 * Encodes. Absent fields and empty lists are left out unless required; a BOOL or INT without a
 * presence member is always there, zero or not. The caller owns the result.
 */
struct json *desc_encode(const struct type *type, const void *value);

/* Deep equality; maps compare in their order, which decoding makes the same. */
bool desc_equal(const struct type *type, const void *a, const void *b);

/* The projection that keeps just what the table reads. Lives in the arena. */
const struct projection *desc_projection(const struct type *type, struct arena *arena);

/* The OpenAPI v3 structural schema of the type, for the CRD. The caller owns the result. */
struct json *desc_schema(const struct type *type);
