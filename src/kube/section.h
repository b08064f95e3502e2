/*
 * One named entry of a kubeconfig's list, read member by member. Errors begin with the place,
 * "clusters[2].cluster.server: …", and never show a value.
 */
#pragma once

#include <stdbool.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "llc/base/strbuf.h"
#include "llc/base/strlist.h"

struct section {
        const struct json *json; /* NULL = empty */
        const char *list, *member;
        size_t index;
        const char *directory; /* of relative paths */
};

/* Finds the one entry of root's list with this name. Keeps ret's directory. */
int section_find(const struct json *root, const char *list, const char *member, struct bytes name,
                 struct section *ret, struct err *err);

/* Puts "clusters[2].cluster.field" before the message. */
int section_wrap(const struct section *s, const char *field, struct err *err);
/* Fails with message, at the field. */
int section_fail(const struct section *s, const char *field, const char *message, struct err *err);

/* null, "", false, {} and [] say the same as nothing. */
bool section_value_is_set(const struct json *value);
/* Fails when one of the fields (NULL after the last) is set. */
int section_refuse(const struct section *s, const char *const *fields, struct err *err);

/* The field as a string, borrowed; NULL when absent, null or "". */
int section_string(const struct section *s, const char *field, const char **ret, struct err *err);
/* False when absent or null. */
int section_bool(const struct section *s, const char *field, bool *ret, struct err *err);
/* Appends the strings of a list; none when absent or null. */
int section_strings(const struct section *s, const char *field, struct strlist *out,
                    struct err *err);
/* The field's list or object, borrowed; NULL when absent or null. */
int section_json(const struct section *s, const char *field, enum json_kind kind,
                 const struct json **ret, struct err *err);

/* A path as the kubeconfig means it; the caller frees it. */
char *section_path(const struct section *s, const char *path);
/* PEM that is given inline as "<field>-data" in base64, or as the path of a file as "<field>". */
int section_pem(const struct section *s, const char *field, const char *marker, struct strbuf *out,
                struct err *err);
