/*
 * The JSONPath of printer columns, selectable fields and scale: ".spec.replicas",
 * ".status.conditions[?(@.type==\"Ready\")].status", ".metadata.labels.app\.io/x", "[0]", "[*]",
 * "[-1:]". What cannot be read, or does not fit the object, finds nothing.
 */
#pragma once

#include "llc/base/json.h"
#include "llc/base/strbuf.h"

/* The first value found, or NULL; also when the path cannot be read. */
const struct json *jsonpath_first(const struct json *object, const char *path);
/* The first value found, as a column of type string shows it. False when there is none. */
bool jsonpath_text(const struct json *object, const char *path, struct strbuf *out);
/* Can the path be read? (".." and lists of names are not.) */
bool jsonpath_valid(const char *path);
