/*
 * YAML to JSON trees and back, for kubeconfig, manifests and test cases (libyaml).
 *
 * YAML 1.2 core schema for plain scalars (true, false, null, numbers); aliases, anchors and
 * merge keys are refused, and so are duplicate keys, more than 64 levels and more than 20,000
 * nodes. Errors carry the line.
 */
#pragma once

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "llc/base/strbuf.h"

/* Exactly one document; an empty one is JSON null (*ret_json NULL). */
int yaml_parse(struct bytes text, struct json **ret_json, struct err *err);

/* All documents of a stream as one JSON array. */
int yaml_parse_all(struct bytes text, struct json **ret_json, struct err *err);

/* Block style, keys in their order, stable. */
void yaml_write(const struct json *json, struct strbuf *out);
