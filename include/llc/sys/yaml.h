/*
 * YAML to JSON trees and back, for kubeconfig, manifests and test cases (libyaml).
 *
 * Plain scalars mean what kubectl makes of them (go-yaml 2), not what YAML 1.2 says: yes, on and y
 * are true, 0644 is octal, 1_000 and 0x1F are numbers, 1e3 is the integer 1000, ~ is null, dates are
 * strings. Refused: .inf, .nan, integers beyond 64 bits, and keys that are not the text they
 * show (yes, 0777, null: quote them). Quoted scalars and !!str are strings.
 *
 * Refused as well: aliases, anchors, merge keys, other tags, duplicate keys, more than 4 MiB, 64
 * levels or 20,000 values. Errors carry the line and no values.
 */
#pragma once

#include "llc/base/bytes.h"
#include "llc/base/err.h"
#include "llc/base/json.h"
#include "llc/base/strbuf.h"

/* Exactly one document; an empty one is JSON null (*ret_json NULL). */
int yaml_parse(struct bytes text, struct json **ret_json, struct err *err);

/* All documents of a stream as one JSON array; empty ones are left out. */
int yaml_parse_all(struct bytes text, struct json **ret_json, struct err *err);

/*
 * Block style, keys in their order, stable. Strings that any YAML reader could take for something
 * else are quoted; bytes that are no UTF-8 become U+FFFD. yaml_parse gives the same tree back.
 */
void yaml_write(const struct json *json, struct strbuf *out);
