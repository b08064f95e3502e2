/*
 * The JSONPath of printer columns, selectable fields and scale: ".spec.replicas",
 * ".status.conditions[?(@.type==\"Ready\")].status", ".metadata.labels.app\.io/x", "[0]", "[*]".
 */
#pragma once

#include "llc/base/json.h"
#include "llc/base/strbuf.h"

/* The first value found, or NULL; also when the path cannot be read. */
const struct json *jsonpath_first(const struct json *object, const char *path);
/* All values found, as kubectl prints them (separated by commas). False when there is none. */
bool jsonpath_text(const struct json *object, const char *path, struct strbuf *out);
