/*
 * One JSON value as a tree: the only way this project sees json-c (src/base/json.c).
 *
 * A tree costs 15–25 times the bytes of its text, so trees are short-lived: parse one projected
 * object, decode it through the tables of llc/api, free it. Never keep one in a cache.
 *
 * JSON null and "absent" are both NULL where a `const struct json *` is returned; json_has() tells
 * them apart. All functions accept NULL as JSON null. The owner of a tree frees its root;
 * pointers into it are borrowed. Out of memory aborts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/strbuf.h"

struct json;

enum json_kind {
        JSON_NULL,
        JSON_BOOL,
        JSON_INT,
        JSON_DOUBLE,
        JSON_STRING,
        JSON_ARRAY,
        JSON_OBJECT,
};

struct json_limits {
        size_t max_bytes;
        size_t max_depth; /* nested arrays and objects */
        size_t max_nodes; /* values of any kind */
};

/* Caps for one API object: 4 MiB, depth 128, 20,000 nodes. */
extern const struct json_limits JSON_LIMITS_OBJECT;

/*
 * Parses exactly one value (RFC 8259, UTF-8 checked, surrounding space allowed). The caps are
 * checked on the bytes, before anything is allocated. Refused too: integers beyond int64_t and NUL
 * in a member name, which json-c would change silently. Of members with one name the last counts,
 * as in Go; half a surrogate pair becomes U+FFFD. ERR_INVALID names the byte offset, ERR_TOO_LARGE
 * the cap.
 */
int json_parse(struct bytes text, const struct json_limits *limits, struct json **ret_json,
               struct err *err);

struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_string(struct bytes text); /* UTF-8; may contain NUL bytes */
struct json *json_new_int(int64_t value);
struct json *json_new_bool(bool value);
struct json *json_clone(const struct json *json);
void json_free(struct json *json);
void json_freep(struct json **json);
#define JSON_CLEANUP __attribute__((cleanup(json_freep)))

enum json_kind json_kind(const struct json *json);
/* "null", "bool", "int", "double", "string", "array", "object" */
const char *json_kind_name(enum json_kind kind);

/* The accessors below assert the kind. */
bool json_as_bool(const struct json *json);
int64_t json_as_int(const struct json *json);
double json_as_number(const struct json *json);       /* INT or DOUBLE */
struct bytes json_as_string(const struct json *json); /* may contain NUL bytes */

/* Arrays and objects: number of items or members; 0 for JSON null. */
size_t json_length(const struct json *json);
const struct json *json_at(const struct json *array, size_t index);
struct json *json_at_mut(struct json *array, size_t index);
void json_append(struct json *array, struct json *item); /* takes item */
void json_remove_at(struct json *array, size_t index);
void json_insert_at(struct json *array, size_t index, struct json *item); /* takes item */
void json_set_at(struct json *array, size_t index, struct json *item);    /* takes item */
/* Hands the item over; JSON null is left in its place. */
struct json *json_take_at(struct json *array, size_t index);

/* Objects. json_get returns NULL when the key is absent, null, or json is no object. */
bool json_has(const struct json *object, const char *key);
const struct json *json_get(const struct json *object, const char *key);
struct json *json_get_mut(struct json *object, const char *key);
void json_set(struct json *object, const char *key, struct json *value); /* takes value */
void json_set_str(struct json *object, const char *key, const char *value);
void json_set_int(struct json *object, const char *key, int64_t value);
void json_set_bool(struct json *object, const char *key, bool value);
void json_remove(struct json *object, const char *key);
/* Removes the member and hands its value over; NULL when it was absent or null. */
struct json *json_take(struct json *object, const char *key);
/* The object's member `key`, made (as an object) when absent or null; asserts that it is one. */
struct json *json_object_at(struct json *object, const char *key);

/* Members that may be missing or of any kind. Text: "" unless a string, up to its first NUL. */
const char *json_text_at(const struct json *object, const char *key);
int64_t json_int_at(const struct json *object, const char *key, int64_t otherwise);
bool json_is_true_at(const struct json *object, const char *key);

/* Walks members in their order: start with *cursor = NULL, stops with false. */
bool json_next(const struct json *object, void **cursor, const char **ret_key,
               const struct json **ret_value);

/* Deep equality; the order of object members does not matter, 1 and 1.0 differ. */
bool json_equal(const struct json *a, const struct json *b);

/* Appends compact JSON text; numbers keep the text they were parsed from (but -0 becomes 0). */
void json_write(const struct json *json, struct strbuf *out);
