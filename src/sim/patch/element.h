/*
 * The elements that the paths of a field set are made of, each as FieldsV1 writes it: "f:NAME" is a
 * member of an object, "k:{…}" the item of a list that has these keys, "v:…" the item that is this
 * value, "i:N" an index. Private to sim/patch.
 */
#pragma once

#include "llc/base/arena.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "llc/base/strbuf.h"

const char *element_of_name(const char *name, struct arena *arena);
const char *element_of_value(const struct json *value, struct arena *arena);
/* keys: an object of what keys there are. */
const char *element_of_keys(const struct json *keys, struct arena *arena);
/* The same text for the same element, however it was written; NULL when its kind is not known. */
int element_parse(const char *text, struct arena *arena, const char **ret_element, struct err *err);

/* Fields come before keys, then values, then indices; numbers by their size. */
int element_compare(const char *a, const char *b);
/* As conflicts and errors name it: ".spec", "[name=\"a\",port=80]", "[=\"x\"]", "[3]". */
void element_write(const char *element, struct strbuf *out);
